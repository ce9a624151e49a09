import Services

/// What becomes of a text, line by line: what goes, what comes, and what stays around them.
///
/// Lines are compared by their bytes: what looks the same may be something else to a program.
struct TextDifference {
    /// What becomes of a line.
    enum Mark: String {
        case goes = "- ", comes = "+ ", stays = "  "
    }

    /// A line and what becomes of it.
    struct Line: Hashable {
        let mark: Mark
        let text: Substring
    }

    /// All lines, in order.
    let lines: [Line]

    /// The most lines of which the fewest changes are looked for, which takes their number times that of the changes:
    /// longer texts are told as if all of one went and all of the other came.
    private static let linesMax = 2_000

    /// The difference between two texts. A line ends where a shell or an editor ends it, and nowhere else.
    init(from old: String, to new: String) {
        let old = Self.lines(of: old), new = Self.lines(of: new)
        guard old.count + new.count <= Self.linesMax else {
            lines = old.map { Line(mark: .goes, text: $0) } + new.map { Line(mark: .comes, text: $0) }
            return
        }
        var numbers: [[UInt8]: Int] = [:]
        func numbered(_ lines: [Substring]) -> [Int] {
            lines.map { line in
                let bytes = Array(line.utf8), number = numbers[bytes] ?? numbers.count
                numbers[bytes] = number
                return number
            }
        }
        let oldNumbers = numbered(old), newNumbers = numbered(new)
        let changes = newNumbers.difference(from: oldNumbers)
        let removed = Set(changes.removals.map(Self.place)), inserted = Set(changes.insertions.map(Self.place))
        var compared: [Line] = [], place = 0
        func come() {
            while inserted.contains(place) {
                compared.append(Line(mark: .comes, text: new[place]))
                place += 1
            }
        }
        for (offset, line) in old.enumerated() {
            if removed.contains(offset) {
                compared.append(Line(mark: .goes, text: line))
            } else {
                come()
                compared.append(Line(mark: .stays, text: line))
                place += 1
            }
        }
        come()
        lines = compared
    }

    /// The lines of a text.
    static func lines(of text: String) -> [Substring] {
        text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map(Substring.init)
    }

    private static func place(of change: CollectionDifference<Int>.Change) -> Int {
        switch change {
        case .remove(let offset, _, _), .insert(let offset, _, _): offset
        }
    }

    /// Calls a function with each line that is to be read in a short form, and with how many that stay are left out
    /// between them.
    ///
    /// - Parameter context: How many lines that stay are read before and after each change.
    func abridged<Shown>(context: Int, line: (Line) -> Shown, gap: (Int) -> Shown) -> [Shown] {
        let changed = lines.indices.filter { lines[$0].mark != .stays }
        let near = Set(changed.flatMap { ($0 - context)...($0 + context) })
        var shown: [Shown] = [], hidden = 0
        for (index, each) in lines.enumerated() {
            guard near.contains(index) else {
                hidden += 1
                continue
            }
            if hidden > 0 { shown.append(gap(hidden)) }
            hidden = 0
            shown.append(line(each))
        }
        return hidden > 0 ? shown + [gap(hidden)] : shown
    }
}
