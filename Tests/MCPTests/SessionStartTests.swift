import MCP
import Services
import Testing
import Time

/// From the start of a server to its list of tools.
@Suite struct `Starting a server` {
    private static let discovered = #"{"jsonrpc":"2.0","id":1,"result":{"supportedVersions":["2026-07-28"]}}"#

    private static func probing(_ generation: MCPGeneration? = nil) -> ServedSession {
        var served = ServedSession(.init(server: "s", generation: generation))
        let actions = served.handle(.started)
        precondition(actions.methods == ["server/discover"])
        return served
    }

    /// What may answer the probe, and what the client does then.
    @Test(arguments: [
        (discovered, "tools/list"),
        (
            #"{"jsonrpc":"2.0","id":"1","result":{"supportedVersions":["2026-07-28"],"resultType":"complete"}}"#,
            "tools/list"
        ),
        (#"{"jsonrpc":"2.0","id":1.0,"result":{"supportedVersions":["2027-01-01","2026-07-28"]}}"#, "tools/list"),
        (#"{"jsonrpc":"2.0","id":1,"result":{"supportedVersions":["2025-06-18"]}}"#, "initialize"),
        (#"{"jsonrpc":"2.0","id":1,"result":{"supportedVersions":["2026-07-28"],"resultType":"x"}}"#, "initialize"),
        (#"{"jsonrpc":"2.0","id":1,"result":{}}"#, "initialize"),
        (#"{"jsonrpc":"2.0","id":1,"result":7}"#, "initialize"),
        (#"{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"Method not found"}}"#, "initialize"),
        (#"{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"x","data":""}}"#, "initialize"),
        (#"{"jsonrpc":"2.0","id":1,"error":{"code":-32002,"message":"not initialized"}}"#, "initialize"),
        (#"{"jsonrpc":"2.0","id":1,"error":{"code":1e30}}"#, "initialize"),
        (#"{"jsonrpc":"2.0","id":1,"error":"no"}"#, "initialize"),
        (
            #"{"jsonrpc":"2.0","id":1,"error":{"code":-32022,"message":"x","data":{"supported":["2025-03-26"]}}}"#,
            "initialize"
        ),
    ])
    func `whatever does not show the modern generation leads to the handshake`(answer: String, next: String) {
        var served = Self.probing()
        #expect(served.say(answer).methods == [next])
    }

    @Test(arguments: [
        #"{"jsonrpc":"2.0","id":1,"error":{"code":-32022,"message":"x","data":{"supported":["2027-01-01"]}}}"#,
        #"{"jsonrpc":"2.0","id":1,"error":{"code":-32021,"message":"sampling is wanted"}}"#,
    ])
    func `a server of the modern generation that refuses is not asked for a handshake`(answer: String) {
        var served = Self.probing()
        let actions = served.say(answer)
        #expect(actions.methods == [])
        #expect(actions.failure?.hasPrefix("The MCP server `s` has refused `server/discover`: ") == true)
    }

    @Test func `silence leads to the handshake, and more silence to the end`() {
        var served = Self.probing()
        #expect(served.wait(.seconds(9)).methods == [])
        #expect(served.wait(.seconds(1)).methods == ["initialize"])
        #expect(served.wait(.seconds(119)).failure == nil)
        #expect(
            served.wait(.seconds(1)).failure
                == "The MCP server `s` has not answered `initialize` within 2 minutes. "
                + "Run its command by hand to see what it says.")
        #expect(!served.session.isReady)
    }

    @Test func `a slow server of the modern generation is taken for what it is`() {
        var served = Self.probing()
        _ = served.wait(.seconds(10))
        let actions = served.say(Self.discovered)
        #expect(actions.methods == ["tools/list"])
        #expect(actions.contains(.remember(.modern)))
        // The answer to the handshake that it was sent too changes nothing.
        #expect(served.say(#"{"jsonrpc":"2.0","id":2,"result":{"protocolVersion":"2025-06-18"}}"#) == [])
        #expect(served.say(#"{"jsonrpc":"2.0","id":3,"result":{"tools":[]}}"#).toolNames == [])
    }

    @Test func `a slow server that speaks the modern generation only is probed again, once`() {
        let refusal = #""error":{"code":-32022,"message":"x","data":{"supported":["2026-07-28"]}}}"#
        var served = Self.probing()
        _ = served.wait(.seconds(10))
        #expect(served.say(#"{"jsonrpc":"2.0","id":2,\#(refusal)"#).methods == ["server/discover"])
        _ = served.wait(.seconds(10))
        #expect(served.say(#"{"jsonrpc":"2.0","id":4,\#(refusal)"#).failure != nil)
    }

    @Test func `a late error to the probe does not disturb the handshake`() {
        var served = Self.probing()
        _ = served.wait(.seconds(10))
        #expect(served.say(#"{"jsonrpc":"2.0","id":1,"error":{"code":-32022,"message":"x"}}"#) == [])
        let actions = served.say(#"{"jsonrpc":"2.0","id":2,"result":{"protocolVersion":"2025-06-18"}}"#)
        #expect(actions.methods == ["notifications/initialized", "tools/list"])
        #expect(actions.contains(.remember(.legacy)))
    }

    @Test func `a server that leaves at the probe is started again for the handshake, once`() {
        var served = Self.probing()
        let actions = served.handle(.exited("exit status 1"))
        #expect(actions.last == .restart)
        #expect(served.handle(.started).methods == ["initialize"])
        #expect(
            served.handle(.exited("exit status 1")).failure
                == "The MCP server `s` has ended before it was ready: exit status 1. "
                + "Run its command by hand to see what it says.")
    }

    @Test func `what was remembered is used, and forgotten when it fails`() {
        var served = ServedSession(.init(server: "s", generation: .legacy))
        #expect(served.handle(.started).methods == ["initialize"])
        let actions = served.say(#"{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"x"}}"#)
        #expect(actions.first == .remember(nil))
        #expect(actions.failure != nil)

        var modern = Self.probing(.modern)
        #expect(modern.handle(.exited("gone")).first == .remember(nil))
        var again = Self.probing(.modern)
        #expect(again.say(Self.discovered).contains(.remember(.modern)) == false)
    }

    @Test(arguments: ["2026-07-28", "1999-01-01", "x\\ny"])
    func `an unknown revision in a handshake is refused`(version: String) {
        var served = ServedSession(.init(server: "s", generation: .legacy))
        _ = served.handle(.started)
        let failure = served.say(#"{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"\#(version)"}}"#).failure
        #expect(failure?.contains("unknown revision") == true)
        #expect(failure?.contains("\n") == false)
    }

    @Test func `over HTTP a refusal leads to the handshake, and an outage does not`() {
        var served = Self.probing()
        #expect(served.handle(.requestFailed(id: 1, .refused("HTTP 400"))).methods == ["initialize"])
        var away = Self.probing()
        let actions = away.handle(.requestFailed(id: 1, .lost("connection refused")))
        #expect(actions.methods == [])
        #expect(actions.failure?.contains("connection refused") == true)
    }

    @Test func `a message says the revision for HTTP as soon as there is one`() {
        func versions(_ actions: [MCPSession.Action]) -> [String?] {
            actions.compactMap { if case .send(let message) = $0 { .some(message.protocolVersion) } else { nil } }
        }
        var served = ServedSession(.init(server: "s", isHTTP: true))
        #expect(versions(served.handle(.started)) == ["2026-07-28"])
        #expect(versions(served.handle(.requestFailed(id: 1, .refused("HTTP 404")))) == [nil])
        let hands = #"{"jsonrpc":"2.0","id":2,"result":{"protocolVersion":"2025-03-26"}}"#
        #expect(versions(served.handle(.message(Array(hands.utf8)))) == ["2025-03-26", "2025-03-26"])
    }

    @Test func `without a list of tools a server is not ready`() {
        for answer in [
            #"{"jsonrpc":"2.0","id":2,"result":{}}"#, #"{"jsonrpc":"2.0","id":2,"result":{"tools":7}}"#,
            #"{"jsonrpc":"2.0","id":2,"error":{"code":-32603}}"#,
        ] {
            var served = Self.probing()
            _ = served.say(Self.discovered)
            #expect(served.say(answer).failure?.contains("`tools/list`") == true)
        }
        var silent = Self.probing()
        _ = silent.say(Self.discovered)
        #expect(silent.wait(.seconds(30)).failure?.contains("`tools/list`") == true)
        // One of resources alone has no tools.
        var other = Self.probing()
        _ = other.say(Self.discovered)
        #expect(other.say(#"{"jsonrpc":"2.0","id":2,"error":{"code":-32601,"message":"x"}}"#).toolNames == [])
    }

    @Test func `a session that is over begins again when it is told to`() {
        var served = ServedSession.ready(.modern)
        _ = served.call("a")
        let actions = served.handle(.exited("signal 9"))
        #expect(actions.outcomes["a"]?.status == .unknown)
        #expect(actions.failure?.hasPrefix("The MCP server `s` has ended: signal 9") == true)
        #expect(served.say(Self.discovered) == [])
        #expect(served.call("b").outcomes["b"]?.status == .failed)
        #expect(served.handle(.started).methods == ["server/discover"])
    }

    @Test func `a stop cancels what runs and says no more`() {
        var served = ServedSession.ready(.legacy)
        _ = served.call("a")
        let actions = served.handle(.stop)
        #expect(actions.methods == ["notifications/cancelled"])
        #expect(actions.outcomes["a"]?.status == .unknown)
        #expect(served.handle(.exited("exit status 0")) == [])
    }
}
