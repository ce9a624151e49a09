import Glibc
import JSON
import LinuxSystem
import Testing

/// A provider on loopback that plays scenarios with the vendor's own types; see `FakeProvider/fake_provider.py`.
final class FakeProvider {
    /// The provider ends when this is closed.
    private let connection: FileDescriptor
    private let log: String
    let url: String

    /// A provider that listens.
    ///
    /// - Parameters:
    ///   - apis: Which of its APIs are loaded at once; the others are at their first request, which takes some seconds.
    ///   - port: Where it listens; at a free port when 0.
    init(scratch: Scratch, apis: [String] = [], port: Int = 0) throws {
        log = scratch.newPath("requests")
        let host = try ProviderHost.shared.get()
        let connection = try UnixSocket.connect(host.socket, .stream), socket = connection.raw
        let options = ["--log", log, "--port", "\(port)"] + apis.flatMap { ["--load", $0] }
        let line = JSON.encode(options) + Array("\n".utf8)
        try line.withUnsafeBytes { try connection.writeAll($0) }
        var heard: [UInt8] = []
        try #require(
            waits(for: 60) {
                heard += try UnixSocket.receive(on: socket, capacity: 64)?.bytes ?? []
                return heard.contains(UInt8(ascii: "\n"))
            }, "\(host.errors)")
        let words = String(decoding: heard, as: UTF8.self).split(whereSeparator: \.isWhitespace)
        let port = try #require(Int(words.last ?? ""), "\(host.errors)")
        url = "http://127.0.0.1:\(port)/v1"
        self.connection = connection
    }

    /// What was asked of it so far: a JSON object a line.
    var requests: [String] {
        ((try? Files.read(log, limit: 1 << 26)).map { String(decoding: $0, as: UTF8.self) } ?? "")
            .split(separator: "\n").map(String.init)
    }
}

/// The process that starts the providers of all tests, so that it loads the vendors' packages once; see
/// `FakeProvider/provider_host.py`. It ends with the process of the tests. Nothing of it changes, so all threads may
/// hold it.
private final class ProviderHost: @unchecked Sendable {
    static let shared = Result { try ProviderHost() }

    /// Where it listens.
    let socket: String
    private let scratch: Scratch
    private let command: Command
    /// Held open as long as providers are wanted.
    private let owner: FileDescriptor

    private init() throws {
        let scratch = try Scratch(), socket = scratch.newPath("sock")
        let script = Built.repository + "/Tests/ProcessTests/FakeProvider/provider_host.py"
        let command = try Command(Built.python, [script, socket], scratch: scratch)
        try #require(waits(for: 60) { (try? Files.status(socket)) != nil || command.hasEnded }, "\(command.errors)")
        owner = try UnixSocket.connect(socket, .stream)
        (self.scratch, self.socket, self.command) = (scratch, socket, command)
        atexit { try? ProviderHost.shared.get().scratch.remove() }
    }

    /// What it has complained of.
    var errors: String { command.errors }
}
