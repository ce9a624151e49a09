/// A part of a shared byte buffer. To keep it longer than the call, copy it; otherwise the buffer cannot be used again.
public typealias Bytes = ArraySlice<UInt8>

/// The grammar of subjects, over bytes: the broker examines millions of them and makes no `String` of them.
///
///     subject = token *("." token)          a token is not empty and holds no blank and no control byte
///     pattern = the same; a token "*" stands for any one token, a last token ">" for one or more
///
/// See: NATS documentation, subject-based messaging
public enum SubjectSyntax {
    static let separator = UInt8(ascii: "."), anyToken = UInt8(ascii: "*"), anyRest = UInt8(ascii: ">")

    /// Whether it is within the limits, UTF-8, and every token is one or more visible bytes; `*` and `>` count as
    /// ordinary tokens.
    public static func isWellFormed(_ text: some Collection<UInt8>) -> Bool {
        guard text.count <= ProtocolLimits.subjectBytesMax else { return false }
        var tokenLength = 0, tokens = 1, isASCII = true
        for byte in text {
            if byte == separator {
                tokens += 1
                if tokenLength == 0 || tokens > ProtocolLimits.subjectTokensMax { return false }
                tokenLength = 0
            } else {
                if byte <= 0x20 || byte == 0x7F { return false }
                if byte >= 0x80 { isASCII = false }
                tokenLength += 1
            }
        }
        // Many clients read it as text, and some cannot continue after invalid UTF-8.
        return tokenLength > 0 && (isASCII || String(validating: text, as: UTF8.self) != nil)
    }

    /// Whether it can be published to: well formed and without wildcards.
    public static func isLiteral(_ text: some Collection<UInt8>) -> Bool {
        isWellFormed(text) && !hasWildcard(text)
    }

    /// Whether a token of it is a wildcard.
    static func hasWildcard(_ text: some Collection<UInt8>) -> Bool {
        var rest = text[...]
        while let token = nextToken(&rest) {
            if isToken(token, anyToken) || isToken(token, anyRest) { return true }
        }
        return false
    }

    /// Whether it can be subscribed to: well formed, and `>` only as the last token.
    public static func isPattern(_ text: some Collection<UInt8>) -> Bool {
        guard isWellFormed(text) else { return false }
        var rest = text[...]
        while let token = nextToken(&rest) {
            if isToken(token, anyRest) { return rest.isEmpty }
        }
        return true
    }

    /// Whether the pattern matches everything that the other pattern matches; for a literal: whether it matches it.
    ///
    ///     covers("room.>", "room.*.event")   covers("a.*", "a.b")   not covers("a.*", "a.>")
    public static func covers(_ pattern: some Collection<UInt8>, _ other: some Collection<UInt8>) -> Bool {
        var wanted = pattern[...], given = other[...]
        while let want = nextToken(&wanted) {
            guard let got = nextToken(&given) else { return false }
            if isToken(want, anyRest), wanted.isEmpty { return true }
            if isToken(got, anyRest) { return false }
            if !isToken(want, anyToken), !want.elementsEqual(got) { return false }
        }
        return given.isEmpty
    }

    /// Removes the first token and the separator after it; nil if nothing is left.
    static func nextToken<Text: Collection<UInt8>>(_ text: inout Text) -> Text? where Text.SubSequence == Text {
        guard !text.isEmpty else { return nil }
        guard let end = text.firstIndex(of: separator) else {
            defer { text = text[text.endIndex...] }
            return text
        }
        defer { text = text[text.index(after: end)...] }
        return text[..<end]
    }

    static func isToken(_ token: some Collection<UInt8>, _ wildcard: UInt8) -> Bool {
        token.count == 1 && token.first == wildcard
    }
}
