import Services

/// Names of files and folders that a person cannot tell apart: they differ only in the composition of their letters.
///
/// Names in ASCII have one composition, and are not kept.
struct Lookalikes {
    /// The forms of each name, with the number of files in each; equal keys are equal letters.
    private var forms: [String: [ExactText: Int]] = [:]
    /// The names of which there is more than one form.
    private var clashing: Set<String> = []

    /// A file has this path.
    mutating func add(_ path: String) { change(path, by: 1) }

    /// The file is gone.
    mutating func remove(_ path: String) { change(path, by: -1) }

    /// A path with the same letters; the first of several.
    func form(of path: String) -> String? { forms[path]?.keys.min()?.text }

    /// Each form but the first, with the first one, in the order of the names.
    var clashes: [(name: String, first: String)] {
        clashing.sorted().flatMap { name in
            let all = (forms[name] ?? [:]).keys.sorted().map(\.text)
            return all.dropFirst().map { ($0, all[0]) }
        }
    }

    private mutating func change(_ path: String, by difference: Int) {
        if path.utf8.allSatisfy({ $0 < 0x80 }) { return }
        var name = path[...]
        while true {
            change(name: String(name), by: difference)
            guard let slash = name.utf8.lastIndex(of: .slash) else { return }
            name = name[..<slash]
            if name.utf8.allSatisfy({ $0 < 0x80 }) { return }
        }
    }

    private mutating func change(name: String, by difference: Int) {
        var counts = forms[name] ?? [:]
        let count = (counts[ExactText(name)] ?? 0) + difference
        counts[ExactText(name)] = count > 0 ? count : nil
        forms[name] = counts.isEmpty ? nil : counts
        if counts.count > 1 { clashing.insert(name) } else { clashing.remove(name) }
    }
}
