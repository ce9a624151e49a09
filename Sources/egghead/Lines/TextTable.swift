import Terminal

/// Tables as commands print them.
enum TextTable {
    /// A line for each row, each cell as wide as the widest of its column, two blanks apart.
    static func lines(_ rows: [[String]], _ width: TextWidth) -> [String] {
        let columns = (rows.first ?? []).indices.map { column in rows.map { width.of($0[column]) }.max() ?? 0 }
        return rows.map { row in
            let line = zip(row, columns).map { width.padded($0, to: $1) }.joined(separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed())
        }
    }

    /// Bytes in the largest unit of which there is one: `640K`, `3.1M`, `1.2G`.
    static func size(_ bytes: Int) -> String {
        let units: [(Int, String)] = [(1 << 30, "G"), (1 << 20, "M")]
        guard let (unit, name) = units.first(where: { bytes >= $0.0 }) else { return "\(bytes >> 10)K" }
        return "\(bytes / unit).\(bytes % unit * 10 / unit)\(name)"
    }
}
