import Capabilities
import Sandbox
import Sandboxes
import Services

// What people are shown before a file is replaced.
extension SandboxedTools {
    /// How many texts are read at once, and how long one may take: people wait for it, and calls do not wait behind it.
    private static let readingsMax = 4, readingTime = Duration.seconds(5)

    /// The file is read by the right to replace it, in a sandbox that is no call's.
    func readReplaced(by call: AuthorizedCall, done: @escaping (Result<String, ServiceFailure>) -> Void) {
        guard call.tool == .writeFile, let path = call.requests.first?.object.path else {
            return done(.failure(ServiceFailure(.invalid, "\(call.tool.name) replaces no text as a whole")))
        }
        guard readingCount < Self.readingsMax else {
            return done(.failure(ServiceFailure(.exhausted, "too many files are compared just now")))
        }
        let view = SandboxView(root: call.grantedRoot, isWritable: false, directory: nil)
        let work = HelperWork.file(
            .text(path: path.description), permissions: [.writeFiles], grants: call.usable.grants(of: .writeFiles))
        do throws(ServiceFailure) {
            try begin(work, view, of: nil, time: Self.readingTime) { [unowned self] ending, _ in
                readingCount -= 1
                done(Self.text(of: ending))
            }
            readingCount += 1
        } catch {
            done(.failure(error))
        }
    }

    private static func text(of ending: SandboxedProcess.Ending) -> Result<String, ServiceFailure> {
        switch ending.reply {
        case .done(let text): .success(text)
        case .failed(let reason): .failure(ServiceFailure(.failed, reason))
        case .outside(let place):
            .failure(ServiceFailure(.denied, "it leads to \(place), which its record does not grant"))
        case .begun, nil: .failure(ServiceFailure(.failed, "it could not be read"))
        }
    }
}

extension AccessRequest.Object {
    /// The file or directory that it is.
    var path: FilePath? {
        switch self {
        case .file(let path), .directory(let path): path
        case .filteredRecords, .record, .unnamedRecord, .ownOutput, .agent, .host, .command, .code, .room, .serverTool:
            nil
        }
    }
}

extension AuthorizedCall {
    /// The directory of the grant by which it is allowed.
    var grantedRoot: FilePath? {
        requests.first.flatMap { request in
            usable.grants(of: request.permission).first { $0.covers(request.object) }?.root
        }
    }
}
