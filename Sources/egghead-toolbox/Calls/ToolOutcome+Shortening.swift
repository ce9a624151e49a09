import Services

extension ToolOutcome {
    /// Keeps the beginning of a text that is too long, and says in the text that this is so.
    ///
    /// - Parameter bytesMax: The most bytes of the text that are kept, the remark not included.
    mutating func shorten(to bytesMax: Int) {
        guard text.utf8.count > bytesMax else { return }
        text =
            text.prefix(bytesMax: bytesMax) + OutsideText.end(of: text)
            + " [shortened here; call the tool again for all]"
    }
}
