/// The part of a row that shows why it matches: some words of one column, with marks round what matches.
struct Excerpt: Hashable {
    /// A place at which a row matches a phrase.
    struct Instance: Hashable {
        /// The phrase's number.
        var phrase: Int
        /// The column's number.
        var column: Int
        /// The words of the column, from 0.
        var words: Range<Int>
    }

    /// The column's number.
    let column: Int
    /// The words of the column that are shown.
    let words: Range<Int>
    /// Those of them that match, without overlaps.
    let marked: [Range<Int>]
    /// Whether the column has more words before these.
    let isCutBefore: Bool
    /// Whether the column has more words after these.
    let isCutAfter: Bool

    /// The most words that are shown.
    static let wordsMax = 24

    /// The first of the parts with the most different phrases; nil if nothing matches.
    ///
    /// - Parameters:
    ///   - instances: All places, in the order of columns and words.
    ///   - sizes: The number of words of each column.
    init?(of instances: [Instance], sizes: [Int]) {
        guard let best = Self.best(instances) else { return nil }
        let first = instances[best.lowerBound].words.lowerBound
        let last = min(instances[best.upperBound - 1].words.upperBound, first + Self.wordsMax)
        column = instances[best.lowerBound].column
        let size = column < sizes.count ? max(sizes[column], last) : last
        // The rest of the place is shared out on both sides.
        let start = max(0, min(first - (Self.wordsMax - (last - first)) / 2, size - Self.wordsMax))
        let words = start..<min(start + Self.wordsMax, size)
        self.words = words
        isCutBefore = start > 0
        isCutAfter = words.upperBound < size
        let column = column
        let shown = instances.lazy.filter { $0.column == column }.map { $0.words.clamped(to: words) }
        marked = shown.reduce(into: []) { marked, next in
            if next.isEmpty { return }
            if let last = marked.last, next.lowerBound < last.upperBound {
                marked[marked.count - 1] = last.lowerBound..<max(last.upperBound, next.upperBound)
            } else {
                marked.append(next)
            }
        }
    }

    /// The instances that stand within so many words and are of the most phrases.
    private static func best(_ instances: [Instance]) -> Range<Int>? {
        var counts: [Int: Int] = [:], start = 0, best: Range<Int>?, most = 0
        for (index, instance) in instances.enumerated() {
            counts[instance.phrase, default: 0] += 1
            while start < index, !isShown(instances[start], with: instance) {
                let phrase = instances[start].phrase
                counts[phrase] = counts[phrase].flatMap { $0 > 1 ? $0 - 1 : nil }
                start += 1
            }
            if counts.count > most {
                most = counts.count
                best = start..<index + 1
            }
        }
        return best
    }

    private static func isShown(_ first: Instance, with last: Instance) -> Bool {
        first.column == last.column && last.words.upperBound - first.words.lowerBound <= wordsMax
    }

    /// The part of the column's text.
    ///
    /// - Parameters:
    ///   - bytes: The column's text.
    ///   - places: The place of each of the words in it.
    func text(from bytes: UnsafeRawBufferPointer, places: [Range<Int>]) -> String {
        guard let firstPlace = places.first, let lastPlace = places.last else { return "" }
        var shown = isCutBefore ? "…" : "", position = isCutBefore ? firstPlace.lowerBound : 0
        func copy(to end: Int) {
            if end <= position { return }
            shown += String(decoding: UnsafeRawBufferPointer(rebasing: bytes[position..<end]), as: UTF8.self)
            position = end
        }
        for range in marked {
            let first = range.lowerBound - words.lowerBound, last = range.upperBound - 1 - words.lowerBound
            guard places.indices.contains(first), places.indices.contains(last) else { continue }
            copy(to: places[first].lowerBound)
            shown += "**"
            copy(to: places[last].upperBound)
            shown += "**"
        }
        copy(to: isCutAfter ? lastPlace.upperBound : bytes.count)
        return shown + (isCutAfter ? "…" : "")
    }
}
