/// Puts characters together of which a server sends one half in one event and the other half in the next: model servers
/// write each token as it comes, and a token may end within a character.
///
/// Such an event is no JSON text: it has a surrogate escape without the other one, or bytes that are no UTF-8. Each
/// half is replaced by a placeholder of a private plane before JSON is read, and by what it stands for afterwards.
///
/// See: RFC 8259 §8.2, WTF-8 (simonsapin.github.io/wtf-8)
struct SplitCharacters {
    /// The first half of a character at the end of what has been read, in WTF-8.
    private var pending: [UInt8] = []
    private var hasPlaceholders = false

    /// The placeholder of a byte that is part of no character, and that of the surrogate 0xD800.
    private static let firstByte: UInt32 = 0x10F700, firstSurrogate: UInt32 = 0x10F800

    /// Nothing is pending.
    init() {}

    /// A JSON text without halves of characters.
    ///
    /// - Returns: Nil if there are none: the text is wrong for another reason.
    mutating func repaired(_ json: ArraySlice<UInt8>) -> [UInt8]? {
        if !Self.mayHoldHalves(json) { return nil }
        var isRepaired = false
        let scalars = Self.scalars(of: json, &isRepaired), text = Self.withoutHalves(scalars, &isRepaired)
        hasPlaceholders = isRepaired
        return isRepaired ? Array(String(text).utf8) : nil
    }

    /// Whether a text needs a closer look: it has a surrogate escape, or is no UTF-8.
    private static func mayHoldHalves(_ json: ArraySlice<UInt8>) -> Bool {
        let hasSurrogate = json.indices.dropLast(2).contains { place in
            json[place] == UInt8(ascii: "\\") && json[place + 1] == UInt8(ascii: "u")
                && json[place + 2] | 0x20 == UInt8(ascii: "d")
        }
        return hasSurrogate || json.contains { $0 >= 0x80 } && String(validating: json, as: UTF8.self) == nil
    }

    private static func scalars(of json: ArraySlice<UInt8>, _ isRepaired: inout Bool) -> [Unicode.Scalar] {
        var parser = Unicode.UTF8.ForwardParser(), bytes = json.makeIterator(), position = json.startIndex
        var scalars: [Unicode.Scalar] = []
        while true {
            switch parser.parseScalar(from: &bytes) {
            case .valid(let encoded):
                scalars.append(Unicode.UTF8.decode(encoded))
                position += encoded.count
            case .error(let length):
                isRepaired = true
                scalars += json[position..<position + length].compactMap { Unicode.Scalar(firstByte + UInt32($0)) }
                position += length
            case .emptyInput: return scalars
            }
        }
    }

    /// Replaces each escape of a surrogate that has no other half.
    private static func withoutHalves(
        _ scalars: [Unicode.Scalar], _ isRepaired: inout Bool
    ) -> String.UnicodeScalarView {
        var text = String.UnicodeScalarView(), place = 0
        while place < scalars.count {
            var length = scalars[place] == "\\" ? 2 : 1
            if let first = escape(scalars[place...]) {
                let isPair =
                    (0xD800..<0xDC00).contains(first)
                    && escape(scalars.dropFirst(place + 6)).map { (0xDC00..<0xE000).contains($0) } == true
                length = isPair ? 12 : 6
                if !isPair, (0xD800..<0xE000).contains(first),
                    let placeholder = Unicode.Scalar(firstSurrogate + first - 0xD800)
                {
                    isRepaired = true
                    text.append(placeholder)
                    place += length
                    continue
                }
            }
            text.append(contentsOf: scalars[place..<min(place + length, scalars.count)])
            place += length
        }
        return text
    }

    /// The number of an escape `\uXXXX` that begins here.
    private static func escape(_ scalars: ArraySlice<Unicode.Scalar>) -> UInt32? {
        guard scalars.count >= 6, scalars.starts(with: ["\\", "u"]) else { return nil }
        let digits = scalars.dropFirst(2).prefix(4)
        guard digits.allSatisfy({ $0.properties.isASCIIHexDigit }) else { return nil }
        return UInt32(String(String.UnicodeScalarView(digits)), radix: 16)
    }

    /// The text of an event with the half that the event before has left, and without the half at its own end.
    mutating func joined(_ text: String) -> String {
        if text.isEmpty || !hasPlaceholders && pending.isEmpty { return text }
        var bytes = pending
        for scalar in text.unicodeScalars {
            if hasPlaceholders, scalar.value >= Self.firstSurrogate {
                Self.append(surrogate: 0xD800 + scalar.value - Self.firstSurrogate, to: &bytes)
            } else if hasPlaceholders, scalar.value >= Self.firstByte {
                bytes.append(UInt8(truncatingIfNeeded: scalar.value - Self.firstByte))
            } else {
                bytes += UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter
            }
        }
        hasPlaceholders = false
        let end = bytes.count - Self.halfLength(at: bytes)
        pending = Array(bytes[end...])
        return String(decoding: bytes[..<end], as: UTF8.self)
    }

    /// A text that has come in pieces, with its halves put together.
    static func restored(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { $0.value >= firstByte }) else { return text }
        var whole = SplitCharacters()
        whole.hasPlaceholders = true
        let head = whole.joined(text)
        return head + String(decoding: whole.pending, as: UTF8.self)
    }

    /// Adds a surrogate as three bytes, or with the other half before it as the four of their character.
    private static func append(surrogate: UInt32, to bytes: inout [UInt8]) {
        let low = surrogate & 0x3FF, isLow = surrogate >= 0xDC00
        if isLow, let high = highSurrogate(at: bytes),
            let character = Unicode.Scalar(0x10000 + (high << 10) + low), let encoded = UTF8.encode(character)
        {
            bytes.removeLast(3)
            bytes += encoded
        } else {
            bytes += [0xED, (isLow ? 0xB0 : 0xA0) | UInt8(low >> 6), 0x80 | UInt8(low & 0x3F)]
        }
    }

    /// The ten bits of a high surrogate at the end.
    private static func highSurrogate(at bytes: [UInt8]) -> UInt32? {
        let last = bytes.suffix(3)
        guard last.count == 3, last[last.startIndex] == 0xED, (0xA0..<0xB0).contains(last[last.startIndex + 1]) else {
            return nil
        }
        return UInt32(last[last.startIndex + 1] & 0x0F) << 6 | UInt32(last[last.startIndex + 2] & 0x3F)
    }

    /// How many bytes at the end begin a character and may be continued.
    private static func halfLength(at bytes: [UInt8]) -> Int {
        if highSurrogate(at: bytes) != nil { return 3 }
        for length in 1...3 where length <= bytes.count {
            let byte = bytes[bytes.count - length]
            if byte < 0x80 { return 0 }
            if byte >= 0xC2 {
                let whole = byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : byte < 0xF5 ? 4 : 1
                return length < whole ? length : 0
            }
        }
        return 0
    }
}
