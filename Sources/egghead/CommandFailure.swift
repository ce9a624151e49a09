import Configuration
import LinuxSystem
import Runtime
import Services

/// How a command ends that does not end well.
struct CommandFailure: Error {
    /// The exit status.
    let status: ExitStatus
    /// One line: what was tried, on what, what the answer was, what to do. Nil when everything is said already.
    let message: String?

    init(_ status: ExitStatus, _ message: String? = nil) {
        self.status = status
        self.message = message
    }

    /// The end that an error of ours means; nil for errors of the command line.
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
