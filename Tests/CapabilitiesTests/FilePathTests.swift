import Capabilities
import Testing

/// Paths as names: what they are without dots and doubled slashes, and which is below which.
@Suite struct FilePathTests {
    /// Every text of up to six of these signs, and some longer ones.
    private static let texts: [String] = {
        var texts = [""], last = [""]
        for _ in 0..<6 {
            last = last.flatMap { text in ["/", ".", "a"].map { text + $0 } }
            texts += last
        }
        return texts + ["/a/b\u{301}", "/a/\u{301}b", "/a/b/", "/.../a..", "/a/..b/c.", "/ab", "/a\u{0}b", "/a/b\u{0}"]
    }()

    /// The parts of a path, taken apart by the rule: nil for what is no absolute path.
    private static func parts(_ text: String) -> [String]? {
        let bytes = Array(text.utf8)
        guard bytes.first == UInt8(ascii: "/"), !bytes.contains(0) else { return nil }
        return bytes.split(separator: UInt8(ascii: "/")).map { String(decoding: $0, as: UTF8.self) }
            .reduce(into: []) { parts, part in
                if part == ".." { _ = parts.popLast() } else if part != "." { parts.append(part) }
            }
    }

    @Test func `a path is its parts, however it was written`() {
        for text in Self.texts {
            #expect(FilePath(text)?.description == Self.parts(text).map { "/" + $0.joined(separator: "/") })
        }
    }

    @Test func `a relative path begins at its base, which it may leave`() {
        for text in Self.texts where !text.isEmpty && text.first != "/" && !text.utf8.contains(0) {
            for base in ["/", "/b", "/b/c"] {
                let whole = FilePath("\(base)/\(text)")
                #expect(FilePath(base).flatMap { FilePath(text, in: $0) } == whole)
            }
        }
    }

    @Test func `a path is below another one when its parts begin with those of the other`() {
        let paths = Set(Self.texts.compactMap { FilePath($0) })
        for path in paths {
            for other in paths {
                let own = Self.parts(path.description) ?? [], others = Self.parts(other.description) ?? []
                let isBelow =
                    others.count >= own.count && zip(own, others).allSatisfy { $0.utf8.elementsEqual($1.utf8) }
                let relative = isBelow ? others.dropFirst(own.count).joined(separator: "/") : nil
                #expect(path.relative(other) == relative, "\(path) \(other)")
                #expect(path.contains(other) == isBelow, "\(path) \(other)")
            }
        }
    }
}
