import Configuration
import LinuxSystem
import Runtime
import Services

/// Why a command fails, and its exit status.
struct CommandFailure: Error {
    /// The exit status.
    let status: ExitStatus
    /// One line: what was tried, on what, what the answer was, what to do. Nil if there is nothing to add to the
    /// output.
    let message: String?

    /// A failure with a status, by default without a message.
    init(_ status: ExitStatus, _ message: String? = nil) {
        self.status = status
        self.message = message
    }

    /// The same failure with more at the end of its message, but for what ends the message already.
    func adding(_ advice: [String]) -> CommandFailure {
        guard let message else { return self }
        let more = advice.reduce(message) { $0.hasSuffix($1) ? $0 : "\($0); \($1)" }
        return CommandFailure(status, more)
    }

    /// The failure that an error of this project means; nil for errors of the command line.
    init?(_ error: any Error) {
        switch error {
        case let failure as CommandFailure: self = failure
        case let failure as ServiceFailure: self.init(Self.status(of: failure.code), failure.message)
        case let failure as ConfigurationError: self.init(.configuration, failure.description)
        case let failure as SystemCallError: self.init(.failure, failure.description)
        case _: return nil
        }
    }

    private static func status(of code: ServiceFailure.Code) -> ExitStatus {
        switch code {
        case .invalid: .usage
        case .unavailable: .unavailable
        case .timeout: .temporaryFailure
        case .notFound, .exists, .stale, .denied, .exhausted, .failed, .internalError: .failure
        }
    }
}
