/// Swift text without what is in its comments and strings.
///
/// It knows line comments, nested block comments, strings of one and of many lines with any number of `#`, and
/// interpolations with strings in them. It does not know regular expression literals.
struct CodeText {
    /// The code: as many bytes as the source, with blanks for what was taken out. Line ends stay.
    var text: String { String(decoding: code, as: UTF8.self) }

    private let source: [UInt8]
    private var code: [UInt8] = []
    /// How much of the source has been taken.
    private var position: Int { code.count }

    init(_ text: String) {
        source = Array(text.utf8)
        code.reserveCapacity(source.count)
        takeCode(untilParenthesis: false)
    }

    /// Takes code up to its end or, in an interpolation, up to the parenthesis that closes it.
    private mutating func takeCode(untilParenthesis: Bool) {
        var depth = 0
        while position < source.count {
            switch source[position] {
            case UInt8(ascii: "/") where isNext("//"): takeLineComment()
            case UInt8(ascii: "/") where isNext("/*"): takeBlockComment()
            case UInt8(ascii: "\""), UInt8(ascii: "#"):
                if let delimiter = stringDelimiter() { takeString(delimiter) } else { take() }
            case UInt8(ascii: "("):
                depth += 1
                take()
            case UInt8(ascii: ")"):
                depth -= 1
                if untilParenthesis, depth < 0 { return }
                take()
            case _: take()
            }
        }
    }

    private mutating func take() { code.append(source[position]) }

    private mutating func takeLineComment() {
        blank((source[position...].firstIndex(of: UInt8(ascii: "\n")) ?? source.count) - position)
    }

    private mutating func takeBlockComment() {
        var depth = 0
        repeat {
            let begins = isNext("/*"), ends = isNext("*/")
            depth += begins ? 1 : ends ? -1 : 0
            blank(begins || ends ? 2 : 1)
        } while depth > 0 && position < source.count
    }

    /// The quotes that a string begins with here, and the number of `#` before them.
    private func stringDelimiter() -> (quotes: String, hashes: Int)? {
        let hashes = source[position...].prefix { $0 == UInt8(ascii: "#") }.count
        if isNext("\"\"\"", after: hashes) { return ("\"\"\"", hashes) }
        return isNext("\"", after: hashes) ? ("\"", hashes) : nil
    }

    private mutating func takeString(_ delimiter: (quotes: String, hashes: Int)) {
        let hashes = String(repeating: "#", count: delimiter.hashes)
        let end = delimiter.quotes + hashes, escape = "\\" + hashes
        blank(end.utf8.count)
        while position < source.count {
            switch source[position] {
            case UInt8(ascii: "\"") where isNext(end): return blank(end.utf8.count)
            case UInt8(ascii: "\\") where isNext(escape + "("):
                blank(escape.utf8.count + 1)
                takeCode(untilParenthesis: true)
                blank(1)
            case UInt8(ascii: "\\") where isNext(escape): blank(escape.utf8.count + 1)
            case _: blank(1)
            }
        }
    }

    private func isNext(_ sign: String, after count: Int = 0) -> Bool {
        source[(position + count)...].starts(with: sign.utf8)
    }

    private mutating func blank(_ count: Int) {
        for byte in source[position...].prefix(count) {
            code.append(byte == UInt8(ascii: "\n") ? byte : UInt8(ascii: " "))
        }
    }
}
