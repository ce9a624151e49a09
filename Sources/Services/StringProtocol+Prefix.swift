extension StringProtocol where SubSequence == Substring {
    /// The longest beginning of whole characters that fits a number of bytes. Every text that is cut at a bound in
    /// bytes is cut here.
    ///
    /// If the first character alone exceeds the bound, as a letter with hundreds of combining marks does, it is cut
    /// between its scalars. So a caller that splits a text into pieces of at least four bytes always advances.
    ///
    /// - Parameter bytesMax: The most bytes of UTF-8. Bounds are often what is left of another one: fewer than 0 are 0.
    /// - Returns: The whole text if it fits; nothing if not even the first scalar fits.
    ///
    /// See: Unicode Standard Annex 29, grapheme clusters
    public func prefix(bytesMax: Int) -> Substring {
        let bytesMax = Swift.max(0, bytesMax)
        guard utf8.count > bytesMax else { return self[...] }
        let bound = utf8.index(startIndex, offsetBy: bytesMax)
        // `index(after:)` rounds its argument down, so the pair finds where the character at the bound begins.
        let end = index(before: index(after: bound))
        if end > startIndex { return self[..<end] }
        return self[..<unicodeScalars.index(before: unicodeScalars.index(after: bound))]
    }
}
