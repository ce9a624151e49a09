import Glibc
import Runtime
import Services

/// Ends the process before the terminal is attached, and after it.
enum Ending {
    /// Writes a line on standard error and exits.
    static func now(_ status: ExitStatus, _ message: String) -> Never {
        let line = Array("egghead-tui: \(message)\n".utf8)
        _ = line.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }  // a failure cannot be reported anywhere
        status.exit()
    }

    /// Exits with the status that the body returns, or with a line about the error that it throws.
    static func now(after body: () throws -> ExitStatus) -> Never {
        do {
            try body().exit()
        } catch let failure as ServiceFailure {
            now(failure.code == .invalid ? .usage : .failure, failure.message)
        } catch {
            now(.failure, "\(error)")
        }
    }

    /// Exits unless standard input and output are a terminal.
    static func unlessTerminal() {
        guard isatty(0) == 1, isatty(1) == 1 else {
            now(
                .usage,
                "standard input and output must be a terminal; programs use `egghead chat` and `egghead watch`"
            )
        }
    }
}
