import Configuration
import Testing

/// Providers that are added to a file and removed from it, and everything else in it.
@Suite struct ConfigurationTextTests {
    private static let file = """
        # Ours.
        providers:
          # The usual one.
          openai: {}   # its key is in OPENAI_API_KEY

          workshop:
            url: http://localhost:9/v1   # a server
            # its model
            model: default

        # Rooms.
        room:
          budget: 7
        """ + "\n"

    private static func added(_ text: String, _ fields: [(key: String, value: String)] = []) -> String? {
        var text = ConfigurationText(text, key: "providers")
        return text.add("ollama", fields.map { ($0.key, .text($0.value)) }) ? text.text : nil
    }

    @Test func `what is added comes behind the others, as far in as they are`() {
        let fields: [(key: String, value: String)] = [
            ("model", "qwen3:8b"), ("url", "http://localhost:1/v1"), ("key", "{env:A_KEY}"),
            ("tools", "false"),
        ]
        let expected = Self.file.replacing(
            "    model: default\n",
            with: """
                    model: default
                  ollama:
                    model: qwen3:8b
                    url: http://localhost:1/v1
                    key: "{env:A_KEY}"
                    tools: false

                """)
        #expect(Self.added(Self.file, fields) == expected)
        #expect(Self.added("") == "providers:\n  ollama: {}\n")
        #expect(
            Self.added("providers:  # a: {} is enough\n  b: {}\n")
                == "providers:  # a: {} is enough\n  b: {}\n  ollama: {}\n")
        #expect(Self.added("providers:\r\n  b: {}\r\n") == "providers:\r\n  b: {}\r\n  ollama: {}\r\n")
        #expect(Self.added("\u{feff}providers:\n  b: {}\n") == "\u{feff}providers:\n  b: {}\n  ollama: {}\n")
        #expect(Self.added("providers:\n  b: {}") == "providers:\n  b: {}\n  ollama: {}\n")
        let commented = "providers:\n  b:\n    model: m\n    # tools: false\n\n# More.\n"
        #expect(Self.added(commented) == commented.replacing("false\n", with: "false\n  ollama: {}\n"))
        #expect(Self.added("# nothing yet") == "# nothing yet\n\nproviders:\n  ollama: {}\n")
        #expect(Self.added("providers:\nroom:\n  budget: 7\n") == "providers:\n  ollama: {}\nroom:\n  budget: 7\n")
        #expect(Self.added("providers: {}\n")?.contains("\n  ollama: {}\n") == true)
        #expect(Self.added("providers:\n    a: {}\n") == "providers:\n    a: {}\n    ollama: {}\n")
        #expect(Self.added("providers: {a: {url: x}}\n") == nil)
    }

    private static func removed(_ name: String, from text: String) -> String? {
        var text = ConfigurationText(text, key: "providers")
        return text.remove(name) ? text.text : nil
    }

    @Test func `what is removed takes its keys along, and no comment of others`() {
        #expect(Self.removed("room", from: Self.file) == nil && Self.removed("url", from: Self.file) == nil)
        let start = Self.file.range(of: "  workshop:")?.lowerBound ?? Self.file.startIndex
        let without = Self.file[..<start] + "\n# Rooms.\nroom:\n  budget: 7\n"
        #expect(Self.removed("workshop", from: Self.file) == String(without))
        let none = "# Ours.\nproviders:\n  # The usual one.\n\n\n# Rooms.\nroom:\n  budget: 7\n"
        #expect(Self.removed("openai", from: String(without)) == none)
        let quoted = "providers:\n  \"a\": {}\n  'b': {}\n"
        #expect(Self.removed("a", from: quoted) == "providers:\n  'b': {}\n")
        #expect(Self.removed("b", from: quoted) == "providers:\n  \"a\": {}\n")
        #expect(Self.removed("a", from: "providers: {a: {}}\n") == nil)
        let mixed = "providers:\r\n  a: {}\r\n  # b: key in the vault\r\n  # call Ann\n  c: {}\n"
        #expect(Self.removed("a", from: mixed) == mixed.replacing("  a: {}\r\n", with: ""))
        let commented = "providers:\n  a:\n    model: m\n    # tools: false\n  b: {}\n"
        #expect(Self.removed("a", from: commented) == "providers:\n  b: {}\n")
    }

    @Test func `a text that YAML would read otherwise is quoted`() throws {
        for text in ["no: thing", "{env:X}", "- a", "\"q\"\\", "# c", "a b", "*x", "1e3", "true"] {
            let added = try #require(Self.added("", [("model", text), ("url", "http://localhost/v1")]))
            let read = try NodeConfiguration(yaml: added, path: "config.yml") { _ in true }
            #expect(read.providers[0].settings.model == text, "\(added)")
        }
    }
}
