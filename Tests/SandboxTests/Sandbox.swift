import Capabilities
import Foundation
import Glibc
import LinuxSystem
import Runtime
import Services
import Testing

@testable import egghead_toolbox

/// The toolbox's tools with real sandboxes, without a node: a directory of an agent, one of somebody else, and one of
/// the node.
final class Sandbox {
    /// The agent's directory, what somebody else has, and what is the node's.
    let root: String, outside: String, node: String
    private let settings: ToolboxSettings
    private let services: Services

    /// The directory of the programs as they are installed: those of a debug build need libraries that no sandbox has.
    static let programs =
        ProcessInfo.processInfo.environment["EGGHEAD_TEST_PROGRAMS"]
        ?? #filePath.dropLast("Tests/SandboxTests/Sandbox.swift".count) + ".build/release"

    private static let pageReader =
        #filePath.dropLast("Tests/SandboxTests/Sandbox.swift".count) + "web/read_page.py"

    /// - Parameter directory: Where its directories are made.
    init(in directory: String = NSTemporaryDirectory()) throws {
        let base = "\(directory)/sandbox-\(UUID().uuidString.prefix(8))".replacing("//", with: "/")
        (root, outside, node) = ("\(base)/root", "\(base)/outside", "\(base)/node")
        for directory in [root, outside, node] {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        }
        try "the secret of others\n".write(toFile: "\(outside)/secret", atomically: true, encoding: .utf8)
        try "the key of the node\n".write(toFile: "\(node)/key", atomically: true, encoding: .utf8)
        try "the KEY of the node\n".write(toFile: "\(node)/environment", atomically: true, encoding: .utf8)
        try FileManager.default.createDirectory(atPath: "\(node)/records", withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(atPath: "\(root)/link", withDestinationPath: "\(outside)/secret")
        try FileManager.default.createSymbolicLink(atPath: "\(root)/all", withDestinationPath: "/")
        services = try Services(in: root)
        setenv("EGGHEAD_SECRET", "what a child of ours might inherit", 1)
        settings = ToolboxSettings(
            stateDirectory: node, recordsDirectory: "\(node)/records",
            hidden: ["\(node)/key", "\(node)/environment", "\(node)/state"], pageReader: String(Self.pageReader))
    }

    deinit { try? FileManager.default.removeItem(atPath: String(root.dropLast("/root".count))) }

    /// Whether nothing that is somebody else's has changed.
    var isOutsideIntact: Bool {
        let files = [("\(outside)/secret", "the secret of others\n"), ("\(node)/key", "the key of the node\n")]
        return files.allSatisfy { (try? String(contentsOfFile: $0, encoding: .utf8)) == $1 }
            && (try? FileManager.default.contentsOfDirectory(atPath: "\(node)/records")) == []
            && FileManager.default.fileExists(atPath: node)
    }

    /// What a call comes to, with what it may do.
    ///
    /// - Parameter pageSeconds: How long a page may take.
    func call(
        _ name: String, _ arguments: [String: JSONValue], capabilities: [Grant], pageSeconds: Int = 60
    ) throws -> ToolOutcome {
        let loop = try EventLoop()
        let tools = SandboxedTools(
            settings: settings, programs: Self.programs, pageSeconds: pageSeconds, loop: loop,
            log: Log(identifier: "test", journal: nil))
        let text = String(decoding: try JSONEncoder().encode(JSONValue.object(arguments)), as: UTF8.self)
        let call = ToolCall(id: UUID().uuidString, name: name, arguments: text)
        let authority = Authority(capabilities: capabilities)
        do throws(ToolRefusal) {
            let authorized = try AuthorizedCall(call, of: "scout", authority: authority, menu: tools.menu)
            var outcome: ToolOutcome?
            tools.run(authorized) {
                outcome = $0
                loop.stop(.success)
            }
            if outcome == nil { _ = try? loop.run() }
            return outcome ?? ToolOutcome(.unknown, "the loop ended")
        } catch {
            return error.outcome
        }
    }
}

extension Sandbox {
    /// What a script comes to that runs in the agent's directory, which it may change.
    func evaluate(_ script: String, timeout: Int = 60) throws -> ToolOutcome {
        try call(
            "proc_eval", ["code": .string("export \(names)\n\(script)"), "timeout": .integer(timeout)],
            capabilities: [
                Grant(.evaluate, [.root: [root]]), Grant(.writeFiles, [.root: [root]]),
                Grant(.readFiles, [.root: [root]]),
            ])
    }

    /// The same by way of a program with arguments: the shell is one like any other.
    func execute(_ script: String, timeout: Int = 60) throws -> ToolOutcome {
        try execute(["sh", "-c", "export \(names)\n\(script)"], timeout: timeout)
    }

    /// What a program comes to that runs in the agent's directory, which it may change.
    func execute(_ words: [String], timeout: Int = 60) throws -> ToolOutcome {
        try call(
            "proc_exec", ["command": .array(words.map(JSONValue.string)), "timeout": .integer(timeout)],
            capabilities: [
                Grant(.execute, [.root: [root], .commands: [words[0]]]), Grant(.writeFiles, [.root: [root]]),
                Grant(.readFiles, [.root: [root]]),
            ])
    }

    /// What a script prints without a sandbox, as root. It has namespaces of its own for mounts and the machine's name,
    /// and a session without a terminal, so that it leaves nothing behind.
    ///
    /// - Parameters:
    ///   - onCopy: Whether it sees the machine's files as a copy that it may change.
    ///   - amongItself: Whether a signal to all processes goes to its own.
    func runOutside(_ script: String, onCopy: Bool = false, amongItself: Bool = false) -> String {
        let process = Process(), output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/timeout")
        let namespaces = ["--mount", "--uts", "--propagation", "private"] + (amongItself ? ["--pid", "--fork"] : [])
        let shell = ["sh", "-c"] + (onCopy ? [Self.copy, "sh"] : [])
        process.arguments =
            ["10", "setsid", "--wait", "unshare"] + namespaces + shell
            + ["export \(names) TMPDIR=\(outside)\n\(script)"]
        (process.standardOutput, process.standardError) = (output, output)
        process.standardInput = FileHandle.nullDevice
        try? process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return text
    }

    /// Runs the script that follows on an overlay of the machine's files, of which memory takes every change.
    private static let copy = """
        mount -t tmpfs none /mnt && mkdir /mnt/upper /mnt/work /mnt/root &&
            mount -t overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work none /mnt/root &&
            mount -t proc none /mnt/root/proc && mount -t tmpfs none /mnt/root/dev &&
            : >/mnt/root/dev/null && mount --bind /dev/null /mnt/root/dev/null &&
            exec chroot /mnt/root sh -c "$1"
        """

    private var names: String {
        let names = [
            "ROOT=\(root)", "OUT=\(outside)", "NODE=\(node)", "TESTPID=\(getpid())", "TESTPORT=\(services.port)",
            "TESTSOCKET=\(services.abstractName)",
        ]
        return names.joined(separator: " ")
    }
}

/// What others serve on this machine: on a port, on a socket in a directory, and on one without a file.
private final class Services {
    let port: UInt16, abstractName: String
    private let sockets: [CInt]

    init(in directory: String) throws {
        abstractName = "egghead-test-\(UUID().uuidString)"
        let loopback = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        Self.listen(on: loopback, &address)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = getsockname(loopback, $0, &length) }
        }
        port = UInt16(bigEndian: address.sin_port)
        let datagrams = socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue), 0)
        var place = sockaddr_un()
        place.sun_family = sa_family_t(AF_UNIX)
        let name = "\(directory)/datagrams.sock".utf8.prefix(107)
        withUnsafeMutableBytes(of: &place.sun_path) { $0.copyBytes(from: name) }
        Self.bind(datagrams, to: &place)
        sockets =
            [loopback, datagrams]
            + [Array("\(directory)/service.sock".utf8), [0] + Array(abstractName.utf8)].map { name in
                let socket = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
                var address = sockaddr_un()
                address.sun_family = sa_family_t(AF_UNIX)
                withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name.prefix(107)) }
                Self.listen(on: socket, &address)
                return socket
            }
    }

    deinit { sockets.forEach { close($0) } }

    private static func listen<Address>(on socket: CInt, _ address: inout Address) {
        bind(socket, to: &address)
        #expect(Glibc.listen(socket, 5) == 0)
    }

    private static func bind<Address>(_ socket: CInt, to address: inout Address) {
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                #expect(Glibc.bind(socket, $0, socklen_t(MemoryLayout<Address>.size)) == 0)
            }
        }
    }
}
