/// The headers of a message.
///
///     block = "NATS/1.0" [" " status] ␍␊ *(name ":" value ␍␊) ␍␊
enum HeaderBlock {
    /// Whether it is a block as above, in UTF-8. NATS servers do not check it, and clients that rely on it break.
    static func isWellFormed(_ bytes: RawBytes) -> Bool {
        guard bytes.starts(with: FrameText.headerVersion) else { return false }
        var rest = RawBytes(rebasing: bytes.dropFirst(FrameText.headerVersion.count))
        guard let status = takeLine(&rest), status.first ?? FrameText.space == FrameText.space else { return false }
        while let line = takeLine(&rest) {
            if line.isEmpty { return rest.isEmpty && isUTF8(bytes) }
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex else { return false }
        }
        return false  // the empty line at the end is missing
    }

    private static func isUTF8(_ bytes: RawBytes) -> Bool {
        bytes.allSatisfy { $0 < 0x80 } || String(validating: bytes, as: UTF8.self) != nil
    }

    /// Removes the first line; nil if there is none that ends with both bytes.
    private static func takeLine(_ rest: inout RawBytes) -> RawBytes? {
        guard let lineFeed = rest.firstIndex(of: FrameText.lineFeed), lineFeed > 0,
            rest[lineFeed - 1] == FrameText.carriageReturn
        else { return nil }
        defer { rest = RawBytes(rebasing: rest[(lineFeed + 1)...]) }
        return RawBytes(rebasing: rest[..<(lineFeed - 1)])
    }
}
