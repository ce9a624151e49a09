import Glibc
import LinuxSystem
import Services
import Testing

/// Where a provider's key must not be: in anything that a node writes, in arguments and environments, and in the memory
/// of any process but the gateway, whose memory root alone can read.
@Suite(.serialized) struct KeySecrecyTests {
    /// The tests hold no whole key of their own, or a copy of their source would be found.
    private static func makeKey() -> String { "sk-secret-" + String(UInt64.random(in: .min ... .max), radix: 36) }

    /// A node with a key from somewhere, whose provider has answered, refused the key, and quoted it.
    private static func run(
        key: String, written: String, environment: [String: String] = [:]
    ) throws -> [String] {
        let outside = try Scratch()
        let provider = try FakeProvider(scratch: outside)
        let node = try TestNode(
            model: nil,
            configuration: """
                providers:
                  fake: {url: "\(provider.url)", model: normal, key: "\(written)"}
                """, records: ["scout.md": "---\nclass: agent\n---\nYou are Scout.\n"])
        try node.start(environment: environment)
        for words in ["hello", "fake:unauthorized", "fake:tools", "fake:mid-stream-error"] {
            _ = try node.egghead("chat", "--wait", "@scout \(words)")
        }
        #expect(provider.requests.contains { $0.contains(key) }, "the provider never saw the key")
        for command in [["ps"], ["status"], ["doctor"], ["llm", "list"], ["agents"], ["usage"]] {
            _ = try node.begin(command).wait()
        }
        var found = Self.processes(of: node, holding: key)
        let gateway = try #require(node.pid(of: "llm"))
        #expect(Memory.contains(key, of: gateway), "the search does not find the key where it is")
        // What a crash writes is searched, too; a core there is none, since the process cannot be dumped.
        Glibc.kill(gateway, SIGSEGV)
        try #require(waits(for: 60) { node.pid(of: "llm") != gateway && node.isReady })
        _ = node.stop()
        found += Self.files(below: node.home, holding: key) + Self.files(below: node.scratch.path, holding: key)
        return found
    }

    /// The processes whose memory, arguments or environment have a text.
    private static func processes(of node: TestNode, holding key: String) -> [String] {
        let processes = node.children.compactMap { child in child.pid.map { (child.name, $0) } }
        #expect(processes.count > 6, "\(processes)")
        return processes.flatMap { name, pid -> [String] in
            let shown = ["cmdline", "environ"].filter { part in
                let bytes = (try? Files.read("/proc/\(pid)/\(part)", limit: 1 << 20)) ?? []
                return String(decoding: bytes, as: UTF8.self).contains(key)
            }
            let holds = name != "llm" && Memory.contains(key, of: pid)
            return shown.map { "\($0) of \(name)" } + (holds ? ["memory of \(name)"] : [])
        }
    }

    /// The files that have a text.
    private static func files(below path: String, holding key: String) -> [String] {
        ((try? Files.list(path)) ?? []).flatMap { name -> [String] in
            let file = "\(path)/\(name)"
            switch try? Files.linkStatus(file).kind {
            case .directory: return files(below: file, holding: key)
            case .file:
                guard let bytes = try? Files.read(file, limit: 256 << 20) else { return ["\(file) was not read"] }
                return Memory.contains(key, in: bytes) ? [file] : []
            default: return []
            }
        }
    }

    @Test func `a key from a file is where it is used and nowhere else`() throws {
        let key = Self.makeKey(), scratch = try Scratch(), path = scratch.newPath("key")
        try Files.replace(path, with: Array("\(key)\n".utf8), mode: 0o600)
        let found = try Self.run(key: key, written: "{file:\(path)}")
        #expect(found == [])
    }

    @Test func `a key from a variable is where it is used and nowhere else`() throws {
        let key = Self.makeKey()
        let found = try Self.run(
            key: key, written: "{env:SECRET_OF_TEST}", environment: ["SECRET_OF_TEST": key])
        #expect(found == [])
    }
}

/// The memory of a process, as the kernel shows it to root and to whoever may trace it.
private enum Memory {
    /// See: proc_pid_maps(5), proc_pid_mem(5)
    static func contains(_ text: String, of pid: pid_t) -> Bool {
        let maps = String(decoding: (try? Files.read("/proc/\(pid)/maps", limit: 4 << 20)) ?? [], as: UTF8.self)
        let memory = open("/proc/\(pid)/mem", O_RDONLY | O_CLOEXEC)
        guard memory >= 0 else {
            Issue.record("the memory of \(pid) cannot be read")
            return false
        }
        defer { close(memory) }
        return maps.split(separator: "\n").contains { line in
            let fields = line.split(separator: " ")
            let bounds = (fields.first ?? "").split(separator: "-").compactMap { Int($0, radix: 16) }
            guard bounds.count == 2, fields.count > 1, fields[1].hasPrefix("rw") else { return false }
            return contains(text, in: memory, from: bounds[0], to: bounds[1])
        }
    }

    private static func contains(_ text: String, in memory: CInt, from start: Int, to end: Int) -> Bool {
        let piece = 4 << 20
        var buffer = [UInt8](repeating: 0, count: piece), place = start
        while place < end {
            let count = pread(memory, &buffer, min(piece, end - place), place)
            if count <= 0 { return false }
            if contains(text, in: buffer[..<count]) { return true }
            // The next piece begins before the end of this one: the text may lie across it.
            place += count == end - place ? count : max(1, count - text.utf8.count)
        }
        return false
    }

    /// Whether bytes have a text in them.
    static func contains(_ text: String, in bytes: some RandomAccessCollection<UInt8>) -> Bool {
        let first = Int32(text.utf8.first ?? 0), length = text.utf8.count
        let found = bytes.withContiguousStorageIfAvailable { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while rest.count >= length, let start = rest.baseAddress,
                let place = memchr(start, first, rest.count - length + 1)
            {
                if memcmp(place, text, length) == 0 { return true }
                rest = UnsafeRawBufferPointer(rebasing: rest[(UnsafeRawPointer(place) - start + 1)...])
            }
            return false
        }
        return found ?? false
    }
}
