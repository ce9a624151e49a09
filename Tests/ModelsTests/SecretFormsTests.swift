import FoundationEssentials
import Services
import Testing

@testable import Models

/// Keys that a provider has encoded, in its errors and in its answers.
@Suite struct SecretFormsTests {
    private static let key = "sk-Proj/01+23&45\"67wXyZ"
    private static let escapedKey = "sk-Proj/01+23&45\\\"67wXyZ"

    private static func swapped(_ text: String) -> String {
        var swapped = ""
        for character in text { swapped += character.isUppercase ? character.lowercased() : character.uppercased() }
        return swapped
    }

    private static func base64(_ text: String) -> String { Data(text.utf8).base64EncodedString() }

    private static func hexadecimal(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16)
        return digits.count == 1 ? "0" + digits : digits
    }

    private static func percent(_ text: String, _ isEscaped: (UInt8) -> Bool) -> String {
        var escaped = ""
        for byte in text.utf8 {
            escaped += isEscaped(byte) ? "%" + hexadecimal(byte).uppercased() : String(Unicode.Scalar(byte))
        }
        return escaped
    }

    private static func isNoLetter(_ byte: UInt8) -> Bool { !Character(Unicode.Scalar(byte)).isLetter }

    private static func forURLs(_ text: String) -> String {
        text.replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    /// What a provider may make of a key.
    static let encoded: [String] = {
        var encoded: [String] = [key, swapped(key), String(key.reversed()), escapedKey]
        encoded.append(percent(key) { _ in true })
        encoded.append(percent(key, isNoLetter))
        encoded.append(percent(key) { $0 % 2 == 0 }.lowercased())
        encoded.append(key.utf8.map { "\\u00" + hexadecimal($0) }.joined())
        encoded.append(key.replacing("/", with: "\\/"))
        encoded.append(key.replacing("&", with: "&#38;").replacing("\"", with: "&#x22;"))
        encoded.append("&#0000115;" + key.dropFirst())
        let digits = key.utf8.map(hexadecimal).joined()
        encoded += [digits, digits.uppercased()]
        for before in ["", "x", "xy", "Bearer ", "user:"] {
            for after in ["", "z", "zz"] {
                let text = base64(before + key + after)
                encoded += [text, forURLs(text), percent(text, isNoLetter)]
            }
        }
        return encoded
    }()

    /// Whether some words say a key, to whoever decodes them.
    private static func isTold(in words: String) -> Bool {
        let plain = String(key.prefix(10)), core = String(base64(key).prefix(20))
        let parts = [core, String(key.reversed().prefix(10)), "%2F01%2B", "5c75"]
        return words.lowercased().contains(plain.lowercased()) || parts.contains { words.contains($0) }
    }

    @Test(arguments: encoded) func `a key in any encoding is in no notice`(encoded: String) {
        for (before, after) in [("", ""), ("your key ", " is wrong"), ("{\"key\":\"", "\"}"), ("key=", "&x=1")] {
            let shown = SecretWords.removed(Self.key, from: before + encoded + after)
            #expect(shown.contains("[key]") && !Self.isTold(in: shown), "\(shown)")
            #expect(shown.hasPrefix(before) && shown.hasSuffix(after), "\(shown)")
        }
    }

    @Test(arguments: [1, 2, 3, 5, 1_000])
    func `a key is in no answer either, however it is cut into pieces`(size: Int) {
        for encoded in Self.encoded {
            var screen = AnswerScreen(Self.key), shown = ""
            let words = Array("The key is \(encoded), ünd das war’s".unicodeScalars)
            for start in stride(from: 0, to: words.count, by: size) {
                var piece = String.UnicodeScalarView()
                piece.append(contentsOf: words[start..<min(start + size, words.count)])
                shown += screen.pass(String(piece))
            }
            shown += screen.rest()
            #expect(shown.hasPrefix("The key is ") && shown.hasSuffix(", ünd das war’s") && shown.contains("[key]"))
            #expect(!Self.isTold(in: shown), "\(encoded) in pieces of \(size): \(shown)")
        }
    }

    @Test(arguments: [
        "", "sk", "sk-Proj", "50 % of it, 100%", "\\", "a \\u", "&#", "&#x", "&amp; &#38; &#1114112;", "%4",
        "é%C3%A9\u{0}",
        "c2s=", "the words sk-proj and 01+23 alone, and 50%25",
    ])
    func `words without the key stay as they are`(words: String) {
        #expect(SecretForms(Self.key).cleaned(Array(words.utf8), isEnd: true).words == Array(words.utf8))
        var screen = AnswerScreen(Self.key)
        let shown = words.unicodeScalars.map { screen.pass(String($0)) }.joined() + screen.rest()
        #expect(shown == words)
        for key in [nil, "sk-Proj"] {
            var screen = AnswerScreen(key)
            let shown = screen.pass(words)
            #expect(shown == words, "there is no key, or it may be a word")
        }
    }

    @Test func `a key that holds what looks like an escape is found as it stands`() {
        var screen = AnswerScreen("key%41\\u0042&#67;")
        let shown = screen.pass("it is key%41\\u0042&#67;!") + screen.rest()
        #expect(shown == "it is [key]!")
    }

    @Test func `of a piece only what may be the beginning of the key is held`() {
        var screen = AnswerScreen(Self.key)
        let passed = ["Hello, SK-p", "resto. %5", "3k-Pro"].map { screen.pass($0) }
        #expect(passed == ["Hello, ", "SK-presto. ", ""])
        let rests = [screen.rest(), screen.rest()]
        #expect(rests == ["%53k-Pro", ""])
    }

    private static func event(_ delta: String) -> ProviderCall.Event {
        .bytes(Array("data: {\"choices\":[{\"delta\":\(delta)}]}\n\n".utf8))
    }

    @Test func `an answer, its tool calls and its failure hold no key, and nothing else is lost`() {
        let key = "sk-secret-7"
        func play(_ events: [ProviderCall.Event]) -> [ProviderCall.Action] {
            var call = ProviderCall(to: Sample.profile(key: key), seed: 1)
            _ = call.resume()
            return ([.response(status: 200, retryAfter: nil)] + events).flatMap { call.handle($0) }
        }
        func text(_ actions: [ProviderCall.Action]) -> String {
            actions.map { if case .text(let text) = $0 { text } else { "" } }.joined()
        }
        let begun = [Self.event(#"{"content":"it is sk-sec"}"#), Self.event(#"{"content":"ret-7, sk"}"#)]
        func end(_ reason: String) -> ProviderCall.Event {
            let stop = #"data: {"choices":[{"delta":{},"finish_reason":"\#(reason)"}]}"#
            return .bytes(Array("\(stop)\n\ndata: [DONE]\n\n".utf8))
        }
        let done = play(begun + [end("stop")])
        #expect(text(done) == "it is [key], sk")
        let broken = play(begun + [.broken("reset by c2stc2VjcmV0LTc=")])
        #expect(text(broken) == "it is [key], sk")
        guard case .fail(let failure) = broken.last else {
            Issue.record("\(broken)")
            return
        }
        #expect(failure.message.contains("[key]") && !failure.message.contains("c2stc2Vj"))
        let call =
            #"{"tool_calls":[{"index":0,"id":"1","function":{"name":"t","arguments":"{\"k\":\"SK-SECRET-7\"}"}}]}"#
        let called = play(begun + [Self.event(call), end("tool_calls")])
        #expect(text(called) == "it is [key], sk")
        guard case .finish(let outcome) = called.last else {
            Issue.record("\(called)")
            return
        }
        #expect(outcome.toolCalls?.map(\.arguments) == [#"{"k":"[key]"}"#])
    }
}
