import Glibc
import Runtime
import Services

/// How the terminal ends when it cannot go on.
enum Ending {
    /// Writes one line on standard error and ends the process.
    static func now(_ status: ExitStatus, _ message: String) -> Never {
        let line = Array("egghead-tui: \(message)\n".utf8)
        _ = line.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }  // nobody is left to hear of a failure
        status.exit()
    }

    /// Ends the process with what the body returns, or with a line about what it throws.
    static func now(after body: () throws -> ExitStatus) -> Never {
        do {
            try body().exit()
        } catch let failure as ServiceFailure {
            now(failure.code == .invalid ? .usage : .failure, failure.message)
        } catch {
            now(.failure, "\(error)")
        }
    }

    /// Ends the process unless a person sits at both ends of it.
    static func unlessTerminal() {
        guard isatty(0) == 1, isatty(1) == 1 else {
            now(
                .usage,
                "standard input and output must be a terminal; programs use `egghead chat` and `egghead watch`"
            )
        }
    }
}
