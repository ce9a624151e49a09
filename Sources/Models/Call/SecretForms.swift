import FoundationEssentials

/// A secret in the encodings in which a provider may repeat it, and the search for them.
///
/// | form | found |
/// |---|---|
/// | as it is, in any case, backwards | yes |
/// | base 64, of either alphabet, also within something longer that was encoded | yes, in any case |
/// | hexadecimal digits | yes |
/// | escapes of URLs (`%41`), JSON (`\u0041`, `\/`) and HTML (`&#65;`, `&#x41;`), of all or some of its signs | yes |
/// | encoded twice, compressed, encrypted | no |
struct SecretForms: Hashable, Sendable {
    /// The forms without escapes, in small letters.
    private let forms: [[UInt8]]

    /// The forms of a secret.
    ///
    /// - Parameter secret: Not empty.
    init(_ secret: String) {
        let bytes = Array(secret.utf8)
        let forms = [bytes, bytes.reversed(), Self.hexadecimal(bytes)] + Self.base64(bytes)
        self.forms = forms.filter { !$0.isEmpty }.map { $0.map(Self.small) }
    }

    /// What is left of some words, which may continue.
    struct Cleaned: Hashable {
        /// The words with `[key]` in the place of each form.
        var words: [UInt8]
        /// The end that may be the beginning of a form. It belongs before the words to come.
        var held: ArraySlice<UInt8>
    }

    /// Takes every form out of words.
    ///
    /// - Parameter isEnd: Whether no words follow; then nothing is held.
    func cleaned(_ words: [UInt8], isEnd: Bool) -> Cleaned {
        var kept: [UInt8] = [], place = 0
        while place < words.count {
            switch match(words, at: place) {
            case .form(let end):
                kept += Array("[key]".utf8)
                place = end
            case .beginning where !isEnd: return Cleaned(words: kept, held: words[place...])
            case .beginning, .none:
                kept.append(words[place])
                place += 1
            }
        }
        return Cleaned(words: kept, held: [])
    }

    // MARK: Matching

    private enum Match {
        /// A form stands here, up to a place.
        case form(end: Int)
        /// The words end in what may become a form.
        case beginning
        case none
    }

    private func match(_ words: [UInt8], at start: Int) -> Match {
        var mayBegin = false
        for form in forms {
            var place = start, matched = 0
            while matched < form.count, place < words.count {
                let sign = Sign(words, at: place)
                if sign == nil { mayBegin = true }  // an escape that is cut
                if let sign, Self.small(sign.byte) == form[matched] {
                    place = sign.end
                } else if Self.small(words[place]) == form[matched] {  // a key may hold what looks like an escape
                    place += 1
                } else {
                    break
                }
                matched += 1
                if place == words.count, matched < form.count { mayBegin = true }
            }
            if matched == form.count { return .form(end: place) }
        }
        return mayBegin ? .beginning : .none
    }

    private static func small(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }

    // MARK: The forms

    private static func hexadecimal(_ bytes: [UInt8]) -> [UInt8] {
        let digits = Array("0123456789abcdef".utf8)
        return bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    }

    /// What base 64 makes of the bytes alone, at each of the three places that they can have in what is encoded, in
    /// both alphabets. Letters that also say something of the bytes before or after are left out.
    ///
    /// See: RFC 4648 §4, §5
    private static func base64(_ bytes: [UInt8]) -> [[UInt8]] {
        (0..<3).flatMap { offset -> [[UInt8]] in
            let data = Data([UInt8](repeating: 0, count: offset) + bytes)
            let first = (offset * 8 + 5) / 6, last = data.count * 8 / 6
            guard first < last else { return [] }
            let plain = Array(Array(data.base64EncodedString().utf8)[first..<last])
            let forURLs = plain.map { byte -> UInt8 in
                switch byte {
                case UInt8(ascii: "+"): UInt8(ascii: "-")
                case UInt8(ascii: "/"): UInt8(ascii: "_")
                case _: byte
                }
            }
            return plain == forURLs ? [plain] : [plain, forURLs]
        }
    }
}

/// A byte of a text, as it stands or behind an escape.
private struct Sign {
    let byte: UInt8
    /// Where the next one begins.
    let end: Int

    /// Reads the sign at a place; nil when the words end in the middle of an escape.
    init?(_ words: [UInt8], at place: Int) {
        guard Self.escapes.contains(words[place]) else {
            self.init(byte: words[place], end: place + 1)
            return
        }
        switch Self.escape(Array(words[place...].prefix(Self.escapeBytesMax))) {
        case .none: self.init(byte: words[place], end: place + 1)
        case .cut: return nil
        case .sign(let byte, let length): self.init(byte: byte, end: place + length)
        }
    }

    private init(byte: UInt8, end: Int) {
        (self.byte, self.end) = (byte, end)
    }

    private enum Escape {
        case sign(UInt8, length: Int)
        case cut, none
    }

    /// The bytes with which escapes begin.
    private static let escapes = Array(#"%\&"#.utf8)
    /// `&#0000065;`
    private static let escapeBytesMax = 10

    private static func escape(_ bytes: [UInt8]) -> Escape {
        switch bytes.first {
        case UInt8(ascii: "%"): return number(bytes, from: 1, digits: 2)
        case UInt8(ascii: "\\"):
            guard bytes.count > 1 else { return .cut }
            if bytes[1] == UInt8(ascii: "u") { return number(bytes, from: 2, digits: 4) }
            return #"/\""#.utf8.contains(bytes[1]) ? .sign(bytes[1], length: 2) : .none
        case UInt8(ascii: "&"): return reference(bytes)
        case _: return .none
        }
    }

    /// A hexadecimal number of so many digits.
    private static func number(_ bytes: [UInt8], from start: Int, digits: Int) -> Escape {
        let text = bytes.dropFirst(start).prefix(digits)
        guard text.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) else { return .none }
        guard text.count == digits else { return .cut }
        return UInt8(String(decoding: text, as: UTF8.self), radix: 16).map { .sign($0, length: start + digits) }
            ?? .none
    }

    /// A numeric character reference.
    ///
    /// See: HTML Living Standard §13.5
    private static func reference(_ bytes: [UInt8]) -> Escape {
        let isCut = bytes.count < escapeBytesMax
        guard bytes.count > 2 else { return bytes.starts(with: "&#".utf8.prefix(bytes.count)) ? .cut : .none }
        guard bytes[1] == UInt8(ascii: "#") else { return .none }
        let isHexadecimal = bytes[2] | 0x20 == UInt8(ascii: "x"), start = isHexadecimal ? 3 : 2
        let digits = bytes.dropFirst(start).prefix { Character(Unicode.Scalar($0)).isHexDigit }
        guard start + digits.count < bytes.count else { return isCut ? .cut : .none }
        guard bytes[start + digits.count] == UInt8(ascii: ";"),
            let byte = UInt8(String(decoding: digits, as: UTF8.self), radix: isHexadecimal ? 16 : 10)
        else { return .none }
        return .sign(byte, length: start + digits.count + 1)
    }
}
