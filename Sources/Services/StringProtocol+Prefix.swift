extension StringProtocol where SubSequence == Substring {
    /// The longest beginning of whole characters that fits a number of bytes. Every text that is cut at a bound in
    /// bytes is cut here, in a time that does not depend on the text.
    ///
    /// A character that is not whole within the last `characterBytesMax` bytes, as a letter with hundreds of combining
    /// marks, is cut between its scalars. So a caller that splits a text into pieces of at least four bytes always
    /// advances.
    ///
    /// - Parameter bytesMax: The most bytes of UTF-8. Bounds are often what is left of another one: fewer than 0 are 0.
    /// - Returns: The whole text if it fits; nothing if not even the first scalar fits.
    ///
    /// See: Unicode Standard Annex 29, grapheme clusters
    public func prefix(bytesMax: Int) -> Substring {
        let bytesMax = Swift.max(0, bytesMax)
        guard utf8.count > bytesMax else { return self[...] }
        let end = scalarStart(utf8.index(startIndex, offsetBy: bytesMax))
        let back = utf8.index(end, offsetBy: -characterBytesMax, limitedBy: startIndex)
        let start = back.map(scalarStart) ?? startIndex
        // The scalar behind the bound says whether a character ends there. Its own character need not be whole.
        let window = String(self[start..<unicodeScalars.index(after: end)])
        let room = utf8.distance(from: start, to: end)
        var ends: [Int] = [], length = 0
        for character in window {
            length += character.utf8.count
            if length > room { break }
            ends.append(length)
        }
        // What looks like the first character may be the rest of one that begins before.
        let isSure = start == startIndex || ends.count > 1
        guard let last = ends.last, isSure else { return self[..<end] }
        return self[..<utf8.index(start, offsetBy: last)]
    }

    /// The start of the scalar that a byte belongs to.
    private func scalarStart(_ byte: Index) -> Index {
        // `index(after:)` rounds its argument down.
        unicodeScalars.index(before: unicodeScalars.index(after: byte))
    }
}

/// How far `prefix(bytesMax:)` looks back for the start of a character, in bytes: the longest ones that people write,
/// families of emoji with skin tones, have some 40.
private let characterBytesMax = 256
