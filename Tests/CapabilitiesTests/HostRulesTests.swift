import Capabilities
import Services
import Testing

/// Where a call may go, and what a proxy reads of a request.
@Suite struct HostRulesTests {
    private func rules(_ grants: [Permission: [String]]) -> HostRules {
        HostRules(
            permissions: grants.keys.sorted { $0.rawValue < $1.rawValue },
            grants: grants.map { Grant($0.key, [.hosts: $0.value]) })
    }

    @Test(arguments: [
        (["example.org"], "https://example.org/", true), (["Example.ORG"], "http://example.org/", true),
        (["example.org"], "https://sub.example.org/", false), (["*.example.org"], "https://sub.example.org/", true),
        (["*.example.org"], "https://example.org/", false), (["*.example.org"], "https://badexample.org/", false),
        (["*"], "http://10.0.0.1/", true), (["10.0.0.1"], "http://10.0.0.1/", true),
        (["10.0.0.1"], "http://10.0.0.1:8080/", false), (["10.0.0.1:8080"], "http://10.0.0.1:8080/", true),
        (["[0:0:0:0:0:0:0:1]:80"], "https://[::1]:80/", true), ([], "https://example.org/", false),
    ])
    func `a host is reached by its name`(hosts: [String], address: String, isAllowed: Bool) throws {
        #expect(try rules([.getFromHosts: hosts]).allow(WebAddress(address)) == isAllowed)
    }

    @Test(arguments: [
        (["example.org"], "93.184.215.14", true), (["*"], "2606:2800::1", true), (["example.org"], "10.0.0.1", false),
        (["*"], "127.0.0.1", false), (["*", "127.0.0.1:8080"], "127.0.0.1", false), (["localhost"], "127.0.0.1", false),
        (["localhost", "127.0.0.1"], "127.0.0.1", true),
        (["10.0.0.1:8080"], "10.0.0.1", false), (["10.0.0.1:80"], "10.0.0.1", true), (["10.0.0.1"], "10.0.0.2", false),
        (["10.*"], "10.0.0.1", false),
        (["[::1]:80"], "::1", true), (["[::1]"], "::1", true), (["::1"], "::1", false),
        (["127.0.0.1"], "::ffff:127.0.0.1", false),
        (["0x7f.0.0.1"], "127.0.0.1", false), (["127.0.0.1"], "169.254.169.254", false),
    ])
    func `an address that is not of the internet is reached when a grant has it`(
        hosts: [String], address: String, isAllowed: Bool
    ) throws {
        #expect(rules([.getFromHosts: hosts]).allow(try #require(IPAddress(address)), port: 80) == isAllowed)
    }

    @Test func `an address of this machine's own network is none of the internet`() throws {
        let rules = rules([.getFromHosts: ["*"]]), here = try #require(IPAddress("8.8.8.1"))
        let network = try #require(IPNetwork(here, bits: 24))
        for (text, isAllowed) in [("8.8.8.1", false), ("8.8.8.200", false), ("8.8.9.1", true), ("2606::1", true)] {
            let address = try #require(IPAddress(text))
            #expect(rules.allow(address, port: 443, outside: [network]) == isAllowed, "\(text)")
        }
        #expect(IPNetwork(here, bits: 0) == nil && IPNetwork(here, bits: 33) == nil)
    }

    @Test(arguments: [
        ("*", "example.org", true), ("*", "10.0.0.1", false), ("*", "127.0.0.1:8080", false), ("*", "8.8.8.8", true),
        ("10.0.0.1", "10.0.0.1", true), ("*", "*", true), ("*", "*.example.org", true), ("*", "[::1]", false),
        ("*", "localhost", true), ("[::1]", "[0:0::1]", true),
    ])
    func `a pattern has no private address to hand on`(own: String, given: String, isContained: Bool) {
        let grants = Authority(capabilities: [Grant(.getFromHosts, [.hosts: [own]])]).grants
        #expect(grants.contain([Grant(.getFromHosts, [.hosts: [given]])]) == isContained)
    }

    @Test func `every permission must take the host in`() throws {
        let rules = rules([.getFromHosts: ["a.example", "b.example"], .postToHosts: ["b.example", "*.example"]])
        #expect(try rules.allow(WebAddress("https://a.example/")))
        #expect(try !rules.allow(WebAddress("https://c.example/")))
        #expect(rules.places == ["a.example", "b.example"])
    }

    @Test func `without a host for one of them there is no way at all`() {
        let all = HostRules.everything.map { Grant($0, [.hosts: ["example.org"]]) }
        #expect(HostRules(HostRules.everything, of: Authority(capabilities: all)) != nil)
        for permission in HostRules.everything {
            let fewer = all.filter { $0.permission != permission } + [Grant(permission)]
            #expect(HostRules(HostRules.everything, of: Authority(capabilities: fewer)) == nil)
        }
    }

    @Test func `a tunnel leads to a host and a port`() throws {
        let head = try ProxyHead("CONNECT Example.org:443 HTTP/1.1\r\nHost: evil.example\r\n\r\n".utf8)
        #expect(head.address.place == "example.org" && head.forwarded == nil && head.bodyLength == nil)
        #expect(
            try ProxyHead("CONNECT 2606:0:0:0:0:0:0:1:443 HTTP/1.1\r\n\r\n".utf8).address.place
                == "[2606:0:0:0:0:0:0:1]")
        #expect(try ProxyHead("CONNECT [::1]:22 HTTP/1.0\r\n\r\n".utf8).address.place == "[0:0:0:0:0:0:0:1]:22")
    }

    @Test func `a request is handed on to the host of its target, without what ends at a proxy`() throws {
        let text =
            "POST http://Example.org:8080/a?b=c HTTP/1.1\r\nHost: evil.example\r\nProxy-Authorization: x\r\n"
            + "Connection: keep-alive, X\r\nContent-Length: 3\r\nX: y\r\n\r\n"
        let head = try ProxyHead(text.utf8)
        let sent =
            "POST /a?b=c HTTP/1.1\r\nHost: example.org:8080\r\nContent-Length: 3\r\nX: y\r\nConnection: close\r\n\r\n"
        #expect(head.address.place == "example.org:8080" && head.bodyLength == 3)
        #expect(head.forwarded.map { String(decoding: $0, as: UTF8.self) } == sent)
    }

    @Test(arguments: [
        "", "GET\r\n", "GET /path HTTP/1.1\r\n", "GET http://example.org/ HTTP/2\r\n",
        "get http://example.org/ HTTP/1.1\r\n",
        "GET  http://example.org/ HTTP/1.1\r\n", "GET http://example.org/ x HTTP/1.1\r\n",
        "GET https://example.org/ HTTP/1.1\r\n", "GET http://user@example.org/ HTTP/1.1\r\n",
        "GET file:///etc/passwd HTTP/1.1\r\n", "CONNECT example.org/x HTTP/1.1\r\n", "CONNECT a@b:443 HTTP/1.1\r\n",
        "CONNECT 0x7f.1:443 HTTP/1.1\r\n", "CONNECT 2130706433:80 HTTP/1.1\r\n",
        "GET http://example.org/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\n",
        "GET http://example.org/ HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n",
        "GET http://example.org/ HTTP/1.1\r\nContent-Length: -1\r\n",
        "GET http://example.org/ HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n",
        "GET http://example.org/ HTTP/1.1\r\nHost : evil\r\n", "GET http://example.org/ HTTP/1.1\r\n folded\r\n",
        "GET http://example.org/ HTTP/1.1\r\nX: a\nHost: evil\r\n", "GET http://example.org/ HTTP/1.1\r\nX: a\rb\r\n",
        "GET http://example.org/ HTTP/1.1\r\nX: \u{0}\r\n", "GET http://exa\u{301}mple.org/ HTTP/1.1\r\n",
    ])
    func `what servers read in different ways is refused`(lines: String) {
        let error = #expect(throws: ServiceFailure.self) { try ProxyHead((lines + "\r\n").utf8) }
        #expect(error?.code == .invalid)
    }

    @Test func `the end of a head is found wherever it was cut`() {
        let head = Array("GET http://a/ HTTP/1.1\r\n\r\n".utf8)
        for count in head.indices { #expect(ProxyHead.length(in: Array(head[..<count])) == nil) }
        let more = head + Array("rest\r\n\r\n".utf8)
        for looked in 0..<head.count { #expect(ProxyHead.length(in: more, after: looked) == head.count) }
    }
}
