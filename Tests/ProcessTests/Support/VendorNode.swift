import Services
import Testing

/// A node with a provider for each of the four APIs, all played by one process, one that cannot be reached, one whose
/// key is nowhere, and one whose section of the configuration is wrong.
final class VendorNode {
    /// The providers, named by their APIs.
    static let names = ProviderAPI.allCases.map(\.rawValue)

    let node: TestNode
    let vendors: FakeProvider

    /// Starts the node.
    ///
    /// - Parameter records: Files below `records/`.
    init(records: [String: String] = [:], idleTimeout: String = "30s") throws {
        let scratch = try Scratch()
        let vendors = try FakeProvider(scratch: scratch, apis: ["responses", "messages", "gemini"])
        let providers = ProviderAPI.allCases.map { api in
            let url = api == .gemini ? vendors.url + "beta" : vendors.url
            let keys = "key: test-key, model: normal, idle_timeout: \(idleTimeout)"
            return "  \(api.rawValue): {url: \"\(url)\", api: \(api.rawValue), \(keys)}"
        }
        let dead = #"  dead: {url: "http://127.0.0.1:9/v1", model: normal}"#
        let keyless = #"  keyless: {url: "\#(vendors.url)", model: normal, key: "{env:EGGHEAD_NO_KEY}"}"#
        let wrong = #"  wrong: {url: "http://127.0.0.1:9/v1", modell: normal}"#
        node = try TestNode(
            model: nil,
            configuration: (["providers:"] + providers + [dead, keyless, wrong]).joined(separator: "\n") + "\n",
            records: records)
        self.scratch = scratch
        self.vendors = vendors
        try node.start()
    }

    private let scratch: Scratch

    /// Why requests were not what a vendor takes, by its own types; none if all were.
    var complaints: [String] { vendors.requests.filter { $0.contains(#""event": "invalid""#) } }
}
