import Foundation
import Services
import Testing

@testable import Models

/// What the vendors take, by the table that is installed.
@Suite struct PriceTableTests {
    private static let path =
        String(#filePath.dropLast("/Tests/ModelsTests/PriceTableTests.swift".count)) + "/models/prices.txt"

    private static let vendors: Set<String> = [
        "openai", "anthropic", "google", "deepseek", "groq", "mistral", "xai",
    ]

    private static func installed(_ wanted: Set<String> = vendors) throws -> PriceTable {
        var table = PriceTable()
        #expect(table.read(try String(contentsOfFile: path, encoding: .utf8), of: wanted) == [])
        return table
    }

    @Test func `the table that is installed is read in whole, or of the vendors that are wanted`() throws {
        let table = try Self.installed()
        #expect(Set(table.vendors.keys) == Self.vendors && table.vendors.values.allSatisfy { $0.count > 5 })
        let sonnet = try #require(table.listed("claude-sonnet-4-5-20250929", vendor: "anthropic"))
        #expect(sonnet.input == Money(dollars: 3) && sonnet.cacheWrite == Money(dollars: 3.75))
        #expect(sonnet.long?.above == 200_000 && sonnet.window == 200_000 && sonnet.outputMax == 64_000)
        #expect(sonnet.long?.output == Money(dollars: 22.5) && sonnet.long?.cacheRead == Money(dollars: 0.6))
        #expect(try Set(Self.installed(["xai", "nobody"]).vendors.keys) == ["xai"])
    }

    @Test(arguments: ["claude-sonnet-5", "claude-opus-5"])
    func `a window is the table's unless it is configured, or its price is`(model: String) throws {
        var table = try Self.installed(), provider = Sample.settings()
        (provider.vendor, provider.model) = ("anthropic", model)
        table.setWindow(of: &provider)
        #expect(provider.contextWindow == 1_000_000)
        table.own["\(provider.name)/\(model)"] = ModelPrice(input: .zero, output: .zero, window: 7_000)
        table.setWindow(of: &provider)
        #expect(provider.contextWindow == 7_000)
        provider.contextWindow = 50_000
        provider.isWindowConfigured = true
        table.setWindow(of: &provider)
        #expect(provider.contextWindow == 50_000)
    }

    @Test(arguments: [
        "vendor", "vendor a b", "m  in 1  out 2", "vendor v\nm  in 1", "vendor v\nm  in 1  out",
        "vendor v\nm  in 1  out x",
        "vendor v\nm  in -1  out 2", "vendor v\nm  in 1  out 2  cash 3", "vendor v\nm  in 1  out 2  above 5  in 1",
        "vendor v\nm  in nan  out 2", "vendor v\nm  in 1  out 2  window inf",
    ])
    func `a line that is no price is told and passed over`(text: String) {
        var table = PriceTable()
        let problems = table.read(text + "\n# a comment\n\nvendor w\r\nn in 1 out 2\r\n", of: ["v", "w"])
        #expect(problems.count == 1 && problems[0].hasPrefix(text.contains("\n") ? "2: " : "1: "), "\(problems)")
        #expect(table.vendors == ["w": ["n": ModelPrice(input: Money(dollars: 1)!, output: Money(dollars: 2)!)]])
    }

    @Test func `a model's price is its own, its release's, or the vendor's dearest`() {
        func price(_ dollars: Double) -> ModelPrice {
            ModelPrice(input: .zero, output: Money(dollars: dollars) ?? .zero)
        }
        var table = PriceTable(vendors: [
            "v": ["m-1": price(1), "m-1-mini": price(2), "m-1.5": price(3), "big": price(9)]
        ])
        let cases: [(String, Double)] = [
            ("m-1", 1), ("m-1-2026-03-05", 1), ("m-1-20260305", 1), ("m-1-latest", 1), ("m-1-preview-09-2026", 1),
            ("m-1-mini", 2), ("m-1-mini-latest", 2), ("m-1.5", 3), ("m-1-5", 9), ("m-1.9", 9), ("m-1-pro", 9), ("n", 9),
        ]
        for (model, dollars) in cases {
            #expect(table.price(of: model, at: "p", vendor: "v") == price(dollars), "\(model)")
        }
        #expect(table.price(of: "m-1", at: "p", vendor: nil) == nil && table.listed("n", vendor: "v") == nil)
        table.own = ["p/m-1": price(5), "q": .free]
        #expect(table.price(of: "m-1", at: "p", vendor: "v") == price(5))
        #expect(table.price(of: "m-1", at: "q", vendor: "v") == .free)
    }
}
