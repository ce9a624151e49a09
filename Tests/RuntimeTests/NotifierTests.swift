import Glibc
import LinuxSystem
import Testing

@testable import Runtime

/// A notifier and a supervisor that reads late.
@Suite(.serialized) struct NotifierTests {
    @Test func `what a slow supervisor has no place for is told later, the newest of each kind`() throws {
        SignalDescriptor.ignorePipe()
        let path = "/tmp/egghead-notify-\(getpid())"
        let listener = try UnixSocket.bind(path, .datagrams, mode: 0o600)
        defer { unlink(path) }
        setenv("NOTIFY_SOCKET", path, 1)
        defer { unsetenv("NOTIFY_SOCKET") }
        let notifier = Notifier(title: "test")
        var blocks = 0
        notifier.onBlocked = { blocks += 1 }
        notifier.ready()
        for number in 0..<2_000 { notifier.status("step \(number)") }
        notifier.progress()
        notifier.status("idle")
        #expect(blocks == 1)
        var heard: [String] = []
        func read() throws {
            while let message = try UnixSocket.receive(on: listener.raw, capacity: 4_096) {
                heard.append(String(decoding: message.bytes, as: UTF8.self))
            }
        }
        try read()
        #expect(heard.first == "READY=1" && !heard.contains("STATUS=idle"))
        notifier.resend()
        try read()
        #expect(heard.suffix(2) == ["EGGHEAD_PROGRESS=1", "STATUS=idle"])
        #expect(blocks == 1)
    }
}
