import Services

/// What becomes of a text, line by line: `- ` before what goes, `+ ` before what comes, two blanks before what stays
/// around them, and how many lines stay besides.
struct TextDifference {
    /// The lines that a person reads.
    let lines: [String]

    /// How many lines that stay are shown before and after each change.
    private static let contextCount = 2
    /// The most lines of which the fewest changes are looked for, which takes their number times that of the changes:
    /// longer texts are told as if all of one went and all of the other came.
    private static let linesMax = 2_000

    private struct Line {
        var mark: Character, text: String
    }

    /// The difference between two texts, by their lines.
    init(from old: [String], to new: [String]) {
        if old == new { lines = ["[nothing changes]"] } else { lines = Self.shown(Self.compared(old, new)) }
    }

    private static func compared(_ old: [String], _ new: [String]) -> [Line] {
        guard old.count + new.count <= linesMax else {
            return old.map { Line(mark: "-", text: $0) } + new.map { Line(mark: "+", text: $0) }
        }
        let changes = new.difference(from: old)
        let removed = Set(changes.removals.map(place)), inserted = Set(changes.insertions.map(place))
        var compared: [Line] = [], place = 0
        for (offset, line) in old.enumerated() {
            if removed.contains(offset) {
                compared.append(Line(mark: "-", text: line))
                continue
            }
            while inserted.contains(place) {
                compared.append(Line(mark: "+", text: new[place]))
                place += 1
            }
            compared.append(Line(mark: " ", text: line))
            place += 1
        }
        return compared + new[place...].map { Line(mark: "+", text: $0) }
    }

    private static func place(of change: CollectionDifference<String>.Change) -> Int {
        switch change {
        case .remove(let offset, _, _), .insert(let offset, _, _): offset
        }
    }

    private static func shown(_ compared: [Line]) -> [String] {
        let changed = compared.indices.filter { compared[$0].mark != " " }
        let near = Set(changed.flatMap { ($0 - contextCount)...($0 + contextCount) })
        var lines: [String] = [], hidden = 0
        func tell(hidden count: Int) { if count > 0 { lines.append("[\(Counted.words(count, "line")) as before]") } }
        for (index, line) in compared.enumerated() {
            guard near.contains(index) else {
                hidden += 1
                continue
            }
            tell(hidden: hidden)
            hidden = 0
            lines.append("\(line.mark) \(line.text)")
        }
        tell(hidden: hidden)
        return lines
    }
}
