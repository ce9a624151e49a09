extension String {
    /// The text without its line ends, a blank in the place of each run of them.
    public var onOneLine: String { split(whereSeparator: \.isNewline).joined(separator: " ") }
}
