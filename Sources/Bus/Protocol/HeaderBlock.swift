/// The headers of a message.
///
///     block = "NATS/1.0" [" " status] ␍␊ *(name ":" value ␍␊) ␍␊
enum HeaderBlock {
    /// Whether it is a block as above, in UTF-8. NATS servers do not look, and clients that trust them break.
    static func isWellFormed(_ bytes: RawBytes) -> Bool {
        let end = [UInt8](FrameText.lineEnd + FrameText.lineEnd)
        guard bytes.starts(with: FrameText.headerVersion), bytes.count >= FrameText.headerVersion.count + end.count,
            bytes.suffix(end.count).elementsEqual(end), String(validating: bytes, as: UTF8.self) != nil
        else { return false }
        var lines = Array(bytes.dropLast(end.count)).split(
            separator: FrameText.lineFeed, omittingEmptySubsequences: false)[...]
        guard let first = lines.popFirst() else { return false }
        let behindVersion = first.dropFirst(FrameText.headerVersion.count).first
        guard behindVersion.map({ $0 == FrameText.space || $0 == FrameText.carriageReturn }) ?? true else {
            return false
        }
        // The line ends are whole: every line but the last ends with the carriage return of its own.
        let isWhole = ([first] + lines).dropLast().allSatisfy { $0.last == FrameText.carriageReturn }
        return isWhole && lines.allSatisfy { ($0.firstIndex(of: UInt8(ascii: ":")) ?? $0.startIndex) > $0.startIndex }
    }
}
