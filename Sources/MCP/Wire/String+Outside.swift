import Services

extension String {
    /// A text of a server's for a line of ours: on one line, without signs that move a terminal's cursor or are not
    /// seen, cut at a bound.
    func outsideLine(bytesMax: Int) -> String {
        let beginning = prefix(bytesMax: bytesMax)
        let isCut = beginning.utf8.count < utf8.count
        let line = String(beginning).onOneLine.readable
        return isCut ? line + "…" : line
    }

    /// A text of a server's that people or models read: without signs that are not seen, cut at a bound.
    func outsideText(bytesMax: Int) -> String {
        let beginning = prefix(bytesMax: bytesMax)
        return String(beginning).readable + (beginning.utf8.count < utf8.count ? "…" : "")
    }

    /// Without control characters but line ends and tabs, and without the signs that only a model would see, by which
    /// instructions can be hidden from people.
    private var readable: String {
        guard utf8.contains(where: { $0 < 0x20 || $0 >= 0x7f }) else { return self }
        var text = String.UnicodeScalarView()
        for scalar in unicodeScalars where scalar == "\n" || scalar == "\t" || !scalar.isHidden { text.append(scalar) }
        return String(text)
    }

    /// Whether a control character or a sign that is not seen is in it.
    var hasHidden: Bool { unicodeScalars.contains(where: \.isHidden) }

    /// The same of a text of several lines.
    var hasHiddenWords: Bool {
        unicodeScalars.contains { $0.isHidden && $0 != "\n" && $0 != "\r" && $0 != "\t" }
    }

    /// The text, with a remark in the middle where something is left out.
    func cutInTheMiddle(bytesMax: Int) -> String {
        guard utf8.count > bytesMax else { return self }
        let head = prefix(bytesMax: bytesMax / 2)
        // From the first whole scalar of the last bytes.
        let tail = utf8.suffix(bytesMax / 2).drop { $0 & 0xc0 == 0x80 }
        let left = utf8.count - head.utf8.count - tail.count
        return "\(head)\n[… \(left) bytes are left out here …]\n\(String(decoding: tail, as: UTF8.self))"
    }
}

extension Unicode.Scalar {
    fileprivate var isHidden: Bool {
        properties.generalCategory == .control
            || properties.isDefaultIgnorableCodePoint && self != "\u{200d}" && self != "\u{fe0f}"
    }
}
