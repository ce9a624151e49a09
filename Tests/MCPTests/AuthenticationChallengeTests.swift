import Testing

@testable import MCP

/// The header field by which a server asks for a login.
@Suite struct `Challenges` {
    private typealias Case = (fields: [String], metadata: String?, scopes: [String]?, error: String?)

    @Test(
        arguments: [
            ([], nil, nil, nil),
            (["Bearer"], nil, nil, nil),
            (["bearer scope=read"], nil, ["read"], nil),
            ([#"BEARER Scope="a  b",error="invalid_token""#], nil, ["a", "b"], "invalid_token"),
            ([#"Bearer realm="x, Basic scope=\"no\"", scope="a""#], nil, ["a"], nil),
            ([#"Basic realm="b", Bearer scope = "a" , error = e, DPoP algs="ES256""#], nil, ["a"], "e"),
            ([#"Negotiate YWJj==, Bearer resource_metadata="https://a/b?c=d,e""#], "https://a/b?c=d,e", nil, nil),
            ([#"Bearer resource_metadata=https://a/b"#], "https://a/b", nil, nil),
            (["Basic realm=x", #"Bearer scope="a""#], nil, ["a"], nil),
            (["Bearer", #"Bearer error="e", scope="a""#], nil, ["a"], "e"),
            ([#"Bearer scope="a", scope="b""#], nil, ["a"], nil),
            ([#",, ,Bearer , ,scope="a",,"#], nil, ["a"], nil),
            ([#"Bearer error="a\"b\\c""#], nil, nil, #"a"b\c"#),
            ([#"Bearer error="a", scope="open"#], nil, nil, "a"),
            ([#"scope="a""#], nil, nil, nil),
            (["Basic scope=\"a\""], nil, nil, nil),
            (["Bearer scope=\"a\n\""], nil, [], nil),
            (["Bearer =, ==, \"\", scope=\"a\""], nil, nil, nil),
            (["\u{0}\u{1}é Bearer scope=a"], nil, nil, nil),
            (["Bearer scope=\"" + String(repeating: "a", count: 9_000) + "\""], nil, nil, nil),
        ] as [([String], String?, [String]?, String?)])
    func `a challenge is read as RFC 9110 has it, and what is none says nothing`(
        fields: [String], metadata: String?, scopes: [String]?, error: String?
    ) {
        let challenge = AuthenticationChallenge(fields: fields)
        #expect(challenge.resourceMetadata == metadata)
        #expect(challenge.scopes == scopes)
        #expect(challenge.error == error)
    }

    /// See: RFC 7636 appendix B
    @Test func `the proof key is that of the standard`() {
        let octets: [UInt8] = [
            116, 24, 223, 180, 151, 153, 224, 37, 79, 250, 96, 125, 216, 173, 187, 186, 22, 212, 37, 77, 105, 214, 191,
            240, 91, 88, 5, 88, 83, 132, 141, 121,
        ]
        let proof = ProofKey(random: octets)
        #expect(proof.verifier.text == "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
        #expect(proof.challenge == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
    }

    /// See: RFC 4648 §10
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ])
    func `base 64 is that of the standard`(text: String, letters: String) {
        #expect(Base64.encode(Array(text.utf8)) == letters)
        #expect(Base64.encodeForURL(Array(text.utf8)) == letters.filter { $0 != "=" })
    }

    @Test func `signs of addresses are those that no address escapes`() {
        #expect(Base64.encode([0xfb, 0xff]) == "+/8=")
        #expect(Base64.encodeForURL([0xfb, 0xff]) == "-_8")
    }

    /// See: RFC 6749 appendix B
    @Test func `forms escape everything but what needs none`() {
        #expect(FormEncoding.escape(" %&+£€") == "%20%25%26%2B%C2%A3%E2%82%AC")
        let fields = FormEncoding.decode("a=+%25%26%2B%C2%A3%E2%82%AC&b&c=d=e&&")
        #expect(fields?.map(\.name) == ["a", "b", "c"])
        #expect(fields?.map(\.value) == [" %&+£€", "", "d=e"])
        for broken in ["a=%", "a=%2", "a=%zz", "a=%ff", "%fé=1"] { #expect(FormEncoding.decode(broken) == nil) }
    }

    @Test(arguments: [
        ("https://a.b/c", true), ("http://127.0.0.1:80/c", true), ("http://localhost/c", true),
        ("http://[::1]:1", true), ("https://a.b:8443", true), ("HTTPS://A.B", true),
        ("http://a.b/c", false), ("http://127.0.0.1.b/c", false), ("http://localhost.b", false),
        ("https://u:p@a.b", false), ("https://u@a.b", false), ("https://a.b/#c", false), ("https://", false),
        ("https:///c", false), ("https://a.b:x", false), ("https://a.b:99999", false), ("https://a.b/ c", false),
        ("https://a.b/\"c", false), ("https://a.b/`c`", false), ("https://a.b\\@c", false), ("https://ä.b", false),
        ("javascript:alert(1)//https://a", false), ("file:///etc/passwd", false), ("ftp://a.b", false), ("a.b", false),
        ("x?https://a.b", false), ("https://a.b/\n", false), ("", false),
        ("https://a.b/" + String(repeating: "c", count: 2_048), false),
    ])
    func `an address is taken with https, or on this machine`(text: String, isTaken: Bool) {
        #expect((SecureURL(text, allowsLoopback: true) != nil) == isTaken)
    }

    @Test(arguments: [
        ("https://a/mcp", "https://a/mcp", true), ("https://A:443/mcp", "https://a/mcp", true),
        ("https://a", "https://a/mcp", true), ("https://a/", "https://a/mcp", true),
        ("https://a/mcp/", "https://a/mcp", true), ("https://a/x", "https://a/x/mcp", true),
        ("https://a/mc", "https://a/mcp", false), ("https://a/mcp/x", "https://a/mcp", false),
        ("https://b/mcp", "https://a/mcp", false), ("https://a:1/mcp", "https://a/mcp", false),
        ("https://a.b", "https://a/mcp", false),
    ])
    func `a resource holds what is below it at the same origin`(resource: String, server: String, holds: Bool) throws {
        let first = try #require(SecureURL(resource, allowsLoopback: true))
        let second = try #require(SecureURL(server, allowsLoopback: true))
        #expect(first.contains(second) == holds)
    }
}
