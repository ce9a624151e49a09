import LinuxSystem

/// Some lines of a file, however long it is.
struct FileLines {
    /// The file, open for reading.
    let file: SharedDescriptor
    /// The first line, from 1; a negative number counts from the end.
    let from: Int
    /// How many.
    let count: Int

    /// The most that is told, in bytes.
    static let bytesMax = 48 << 10
    /// How much is read at once, and how far from the end a negative number looks, in bytes.
    private static let pieceBytes = 256 << 10, tailBytesMax = 1 << 20

    /// The lines, below one that says which they are.
    ///
    /// - Parameter name: The file's name, for the first line.
    func text(of name: String) throws(SystemCallError) -> String {
        let found = from < 0 ? try last() : try first()
        if found.isBinary { return "\(name) is not text; it has \(try Files.status(file.linkPath).size) bytes." }
        if found.bytes.isEmpty { return "\(name) has no such lines\(found.end.map { "; it has \($0)" } ?? "")." }
        let text = String(decoding: found.bytes, as: UTF8.self)
        let rest = found.isCut ? "\n[It goes on: read on from line \(found.next).]" : ""
        return "\(name), \(found.place):\n\(text)\(rest)"
    }

    private struct Found {
        var bytes: [UInt8] = []
        var place = ""
        /// Whether there is more that was asked for.
        var isCut = false
        /// The line after the last one that is told.
        var next = 0
        var isBinary = false
        /// How many lines the file has, when that is known.
        var end: Int?
    }

    private func first() throws(SystemCallError) -> Found {
        let size = try Files.status(file.linkPath).size
        var found = Found(), line = 1, offset = 0, first = max(1, from), consumed = 0, lastByte = UInt8(ascii: "\n")
        let end = first + count
        reading: while line < end {
            let piece = try file.read(at: offset, bytesMax: Self.pieceBytes)
            if piece.isEmpty { break }
            if offset == 0, piece.contains(0) {
                found.isBinary = true
                return found
            }
            offset += piece.count
            for byte in piece {
                if line >= first {
                    if found.bytes.count == Self.bytesMax { break reading }
                    found.bytes.append(byte)
                }
                consumed += 1
                lastByte = byte
                if byte == UInt8(ascii: "\n") { line += 1 }
                if line == end { break reading }
            }
        }
        found.isCut = consumed < size
        if found.bytes.isEmpty { found.end = lastByte == UInt8(ascii: "\n") ? line - 1 : line }
        first = min(first, line)
        found.next = line
        let isWhole = found.bytes.last == UInt8(ascii: "\n")
        found.place = "lines \(first) to \(isWhole ? line - 1 : line)"
        return found
    }

    private func last() throws(SystemCallError) -> Found {
        let size = try Files.status(file.linkPath).size, start = max(0, size - Self.tailBytesMax)
        let tail = try file.read(at: start, bytesMax: Self.tailBytesMax)
        if tail.contains(0) { return Found(isBinary: true) }
        var lines = tail.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        if start > 0, !lines.isEmpty { lines.removeFirst() }  // it begins before what was read
        let wanted = lines.suffix(min(count, -from))
        var found = Found()
        for line in wanted.reversed() where found.bytes.count + line.count < Self.bytesMax {
            found.bytes = line + [UInt8(ascii: "\n")] + found.bytes
        }
        found.place = "the last lines"
        return found
    }
}
