import Services

extension String {
    /// A text, or as many of its whole characters as fit and a mark.
    ///
    /// - Parameter bytesMax: The most bytes of UTF-8, the mark included.
    public init(cut text: String, to bytesMax: Int) {
        guard text.utf8.count > bytesMax else {
            self = text
            return
        }
        let mark = " […]"
        self = text.prefix(bytesMax: bytesMax - mark.utf8.count) + mark
    }
}
