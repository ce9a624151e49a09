import Capabilities
import Services
import Testing

/// What is read in an address, and which addresses are of the internet at large.
@Suite struct WebAddressTests {
    @Test(arguments: [
        ("https://example.org", "example.org", "/"), ("HTTPS://Example.ORG./a?b#c", "example.org", "/a?b"),
        ("http://example.org:8080/x", "example.org:8080", "/x"), ("http://example.org:80?q", "example.org", "/?q"),
        ("https://example.org:80/", "example.org:80", "/"), ("http://192.0.2.1/", "192.0.2.1", "/"),
        ("http://[2001:DB8::1]:8080/", "[2001:db8:0:0:0:0:0:1]:8080", "/"),
        ("http://[::ffff:10.0.0.1]/", "[0:0:0:0:0:ffff:a00:1]", "/"),
        ("https://xn--bcher-kva.example/", "xn--bcher-kva.example", "/"),
        ("https://a_b.example/%C3%A4", "a_b.example", "/%C3%A4"),
    ])
    func `host and path are read`(text: String, place: String, path: String) throws {
        let address = try WebAddress(text)
        #expect(address.place == place && address.path == path)
        #expect(try WebAddress(address.description) == address)
    }

    @Test(arguments: [
        "", "example.org", "ftp://example.org/", "file:///etc/passwd", "https:///etc/passwd", "https://",
        "https://good.example@evil.example/", "https://user:secret@example.org/", "https://@example.org/",
        "https://evil.example\\@good.example/", "https://good.example\\.evil.example/", "https://exa mple.org/",
        "https://example.org\n.evil.example/", "https://example.org\t/", "https://bücher.example/",
        "https://example。org/",
        "https://ｅxample.org/", "http://2130706433/", "http://0x7f000001/", "http://0x7f.0.0.1/", "http://0177.0.0.1/",
        "http://127.1/", "http://127.0.1/", "http://127.0.0.01/", "http://1.2.3.4.5/", "http://999.0.0.1/",
        "http://1.2.3.0x4/",
        "http://[::1", "http://[::1]x/", "http://[fe80::1%25eth0]/", "http://[1.2.3.4]/", "http://[:::]/",
        "http://[1::2::3]/",
        "http://example.org:/", "http://example.org:0/", "http://example.org:65536/", "http://example.org:8a/",
        "http://example.org:80:80/", "http://exam%70le.org/", "http://.example.org/", "http://example..org/",
        "javascript:alert(1)",
        "https://example.org\u{0}/", "https://\(String(repeating: "a", count: 64)).example/",
    ])
    func `what programs read in different ways is refused`(text: String) {
        let error = #expect(throws: ServiceFailure.self) { try WebAddress(text) }
        #expect(error?.code == .invalid)
    }

    @Test(arguments: [
        ("8.8.8.8", true), ("1.1.1.1", true), ("100.63.255.255", true), ("172.32.0.1", true), ("192.169.0.1", true),
        ("2606:4700::1111", true), ("2a00:1450:4001::1", true), ("::ffff:8.8.8.8", true), ("64:ff9b::808:808", true),
        ("2002:808:808::1", true),
        ("0.0.0.0", false), ("10.1.2.3", false), ("100.64.0.1", false), ("127.0.0.1", false),
        ("127.255.255.254", false),
        ("169.254.169.254", false), ("172.16.0.1", false), ("172.31.255.255", false), ("192.168.1.1", false),
        ("192.0.0.1", false),
        ("192.0.2.1", false), ("198.18.0.1", false), ("198.51.100.1", false), ("203.0.113.9", false),
        ("224.0.0.1", false),
        ("239.1.1.1", false), ("255.255.255.255", false), ("::", false), ("::1", false), ("fe80::1", false),
        ("fc00::1", false),
        ("fd12:3456::1", false), ("ff02::1", false), ("2001:db8::1", false), ("2001::1", false),
        ("::ffff:127.0.0.1", false),
        ("::ffff:a00:1", false), ("::127.0.0.1", false), ("64:ff9b::7f00:1", false), ("2002:7f00:1::1", false),
        ("100::1", false),
    ])
    func `what is not of the internet at large is known`(text: String, isPublic: Bool) throws {
        #expect(try #require(IPAddress(text)).isPublic == isPublic)
    }
}
