import Services
import Testing

struct PrefixTests {
    @Test(arguments: [
        // text, bound, what is left
        ("", 0, ""), ("", 5, ""), ("abc", 0, ""), ("abc", 2, "ab"), ("abc", 3, "abc"), ("abc", 4, "abc"),
        ("abc", .max, "abc"), ("abc", -1, ""), ("abc", .min, ""), ("", -1, ""),
        // A character of two bytes: the bound before it, in it, exactly behind it.
        ("aé!", 1, "a"), ("aé!", 2, "a"), ("aé!", 3, "aé"), ("é", 1, ""), ("é", 2, "é"),
        // Three bytes.
        ("a€!", 1, "a"), ("a€!", 2, "a"), ("a€!", 3, "a"), ("a€!", 4, "a€"), ("€", 2, ""), ("€", 3, "€"),
        // Four bytes.
        ("a𝄞!", 1, "a"), ("a𝄞!", 2, "a"), ("a𝄞!", 3, "a"), ("a𝄞!", 4, "a"), ("a𝄞!", 5, "a𝄞"), ("𝄞", 3, ""),
        ("𝄞", 4, "𝄞"),
    ])
    func `a text is cut between characters`(text: String, bytesMax: Int, prefix: String) {
        #expect(Array(text.prefix(bytesMax: bytesMax).utf8) == Array(prefix.utf8))
        let inside = "€\(text)€".dropFirst().dropLast()
        #expect(Array(inside.prefix(bytesMax: bytesMax).utf8) == Array(prefix.utf8))
    }

    @Test(arguments: [
        // A letter with a combining mark, a line end of two bytes, a flag of two scalars, a family of five.
        ("ae\u{301}!", 2, "a"), ("ae\u{301}!", 4, "ae\u{301}"), ("a\r\nb", 2, "a"), ("a\r\nb", 3, "a\r\n"),
        ("a\u{1F1E9}\u{1F1EA}!", 5, "a"), ("a\u{1F1E9}\u{1F1EA}!", 9, "a\u{1F1E9}\u{1F1EA}"),
        ("a\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}!", 18, "a"),
    ])
    func `a character of several scalars stays whole`(text: String, bytesMax: Int, prefix: String) {
        #expect(Array(text.prefix(bytesMax: bytesMax).utf8) == Array(prefix.utf8))
    }

    @Test func `a character that alone exceeds the bound is cut between its scalars`() {
        let marked = "e" + String(repeating: "\u{301}", count: 100)
        #expect(Array(marked.prefix(bytesMax: 6).utf8) == Array("e\u{301}\u{301}".utf8))
    }

    @Test(arguments: 4...20) func `the pieces of a text are within the bound and make up the text`(bytesMax: Int) {
        let text = "one é two € three 𝄞 e" + String(repeating: "\u{301}", count: 20) + "\r\n\u{1F1E9}\u{1F1EA} end"
        var pieces: [Substring] = [], rest = text[...]
        while !rest.isEmpty {
            let piece = rest.prefix(bytesMax: bytesMax)
            pieces.append(piece)
            rest = rest[piece.endIndex...]
        }
        #expect(pieces.allSatisfy { (1...bytesMax).contains($0.utf8.count) })
        #expect(pieces.flatMap { Array($0.utf8) } == Array(text.utf8))
    }

    @Test(arguments: ["\u{301}", "\u{200D}", "\u{FE0F}", "\u{1F468}\u{200D}", "\u{1F1E9}", "\r\n"])
    func `a character without end is cut as fast as any other`(mark: String) {
        let text = "a" + String(repeating: mark, count: 400_000 / mark.utf8.count)
        var bytes = 0, rest = text[...]
        while !rest.isEmpty {
            let piece = rest.prefix(bytesMax: 1_500)
            #expect(piece.utf8.count > 1_500 - 300 || piece.endIndex == text.endIndex)
            bytes += piece.utf8.count
            rest = rest[piece.endIndex...]
        }
        #expect(bytes == text.utf8.count)
    }

    @Test func `a character is whole also far behind the start`() {
        let family = "\u{1F468}\u{1F3FD}\u{200D}\u{1F469}\u{1F3FD}\u{200D}\u{1F467}\u{1F3FD}"
        let text = String(repeating: "x", count: 1_000) + family + "é\u{301}" + "y"
        let behind = 1_000 + family.utf8.count
        #expect(text.prefix(bytesMax: behind - 1).utf8.count == 1_000)
        #expect(text.prefix(bytesMax: behind).utf8.count == behind)
        #expect(text.prefix(bytesMax: behind + 2).utf8.count == behind)
        #expect(text.prefix(bytesMax: behind + 4).utf8.count == behind + 4)
    }
}
