/// JSON as editors let people write it: with comments, and a comma behind the last member.
///
/// See: code.visualstudio.com/docs/languages/json, JSON with Comments
enum JSONComments {
    /// The text without them, byte for byte as long as before.
    static func removed(from text: [UInt8]) -> [UInt8] {
        var plain = text, place = 0, lastComma: Int?
        while place < plain.count {
            switch plain[place] {
            case UInt8(ascii: "\""):
                lastComma = nil
                place = endOfString(plain, at: place)
            case UInt8(ascii: "/") where isComment(plain, at: place):
                let end = endOfComment(plain, at: place)
                for byte in place..<end { plain[byte] = UInt8(ascii: " ") }
                place = end
            case let byte:
                if byte == UInt8(ascii: ",") {
                    lastComma = place
                } else if byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") {
                    if let lastComma { plain[lastComma] = UInt8(ascii: " ") }
                    lastComma = nil
                } else if byte > 0x20 {
                    lastComma = nil
                }
                place += 1
            }
        }
        return plain
    }

    private static func isComment(_ text: [UInt8], at place: Int) -> Bool {
        place + 1 < text.count && "/*".utf8.contains(text[place + 1])
    }

    private static func endOfComment(_ text: [UInt8], at start: Int) -> Int {
        if text[start + 1] == UInt8(ascii: "/") {
            return text[start...].firstIndex(of: UInt8(ascii: "\n")) ?? text.endIndex
        }
        var place = start + 2
        while place + 1 < text.count {
            if text[place] == UInt8(ascii: "*"), text[place + 1] == UInt8(ascii: "/") { return place + 2 }
            place += 1
        }
        return text.endIndex
    }

    private static func endOfString(_ text: [UInt8], at start: Int) -> Int {
        var place = start + 1
        while place < text.count {
            if text[place] == UInt8(ascii: "\"") { return place + 1 }
            place += text[place] == UInt8(ascii: "\\") ? 2 : 1
        }
        return text.endIndex
    }
}
