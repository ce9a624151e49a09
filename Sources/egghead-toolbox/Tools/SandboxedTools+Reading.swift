import Capabilities
import Sandbox
import Services

// Pages of the web, and what people are shown before a file is replaced.
extension SandboxedTools {
    /// Reads a page of the web.
    func fetch(_ call: AuthorizedCall, _ done: @escaping (ToolOutcome) -> Void) throws(ServiceFailure) {
        let address = try WebAddress(try call.arguments.text("url"))
        var view = SandboxView(root: nil, isWritable: false, directory: nil)
        view.hosts = HostRules(permissions: [.getFromHosts], grants: call.usable.grants(of: .getFromHosts))
        view.additions = [SandboxPlan.pageReaderPath: pageReader]
        // -I: neither the environment nor the directory is looked at for modules.
        let words = ["/usr/bin/python3", "-I", SandboxPlan.pageReaderPath, address.description]
        start(call, view, .program(words), time: .seconds(pageSeconds)) { [pageSeconds] ending, output in
            done(ProgramOutcome(ending: ending, output: output, seconds: pageSeconds).page)
        } onFailure: {
            done($0)
        }
    }

    /// The file is read by the right to replace it, since people read it and not the agent.
    func readReplaced(by call: AuthorizedCall, done: @escaping (String?) -> Void) {
        guard call.tool == .writeFile, let path = call.requests.first?.object.path else { return done(nil) }
        let view = SandboxView(root: call.grantedRoot, isWritable: false, directory: nil)
        let work = HelperWork.file(
            .text(path: path.description), permissions: [.writeFiles], grants: call.usable.grants(of: .writeFiles))
        start(call, view, work, time: Self.fileTime) { ending, _ in
            if case .done(let text)? = ending.reply { done(text) } else { done(nil) }
        } onFailure: { _ in
            done(nil)
        }
    }
}

extension AccessRequest.Object {
    /// The file or directory that it is.
    var path: FilePath? {
        switch self {
        case .file(let path), .directory(let path): path
        case .filteredRecords, .record, .unnamedRecord, .ownOutput, .agent, .host, .command, .code, .room: nil
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
