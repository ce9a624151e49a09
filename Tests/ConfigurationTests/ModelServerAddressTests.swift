import Services
import Testing

@testable import Configuration

/// Where eggheadd asks a model server whether it is ready.
@Suite struct ModelServerAddressTests {
    private static func address(_ url: String, socket: String? = nil) -> ModelServerAddress? {
        ModelServerAddress(
            ProviderSettings(
                name: "p", url: url, socket: socket, model: "m", contextWindow: 1_000, tools: true,
                idleTimeoutMilliseconds: 30_000, isSupervised: true))
    }

    @Test(
        arguments: [
            ("http://localhost/v1", .loopback(hosts: ["127.0.0.1", "::1"], port: 80)),
            ("http://LOCALHOST:8081/v1", .loopback(hosts: ["127.0.0.1", "::1"], port: 8_081)),
            ("http://models.localhost:8081/v1", .loopback(hosts: ["127.0.0.1", "::1"], port: 8_081)),
            ("http://127.0.0.1:8081", .loopback(hosts: ["127.0.0.1"], port: 8_081)),
            ("http://user@127.3.2.1:65535?x", .loopback(hosts: ["127.3.2.1"], port: 65_535)),
            ("http://[::1]:8081/v1", .loopback(hosts: ["::1"], port: 8_081)),
            ("http://[::1]/v1", .loopback(hosts: ["::1"], port: 80)), ("http://127.1/", nil),
            ("http://127.0.0.256/", nil), ("https://localhost:8081/v1", nil),
            ("http://10.0.0.7:8000/v1", nil), ("http://127.example.org/v1", nil), ("http://localhost.example/", nil),
            ("http://[fe80::1]:80/", nil), ("http://localhost:65536/", nil), ("http://localhost:x/", nil),
        ] as [(String, ModelServerAddress?)])
    func `only what this machine alone can reach is asked`(url: String, address: ModelServerAddress?) {
        #expect(Self.address(url) == address)
        #expect(Self.address(url, socket: "/run/m.sock") == .unix("/run/m.sock"))
    }
}
