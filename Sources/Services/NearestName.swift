/// The name that somebody probably meant who typed one that does not exist.
public enum NearestName {
    /// The one name that is nearest; nil when none is near, or two are equally near.
    ///
    /// The first rule that any name satisfies decides:
    ///
    /// 1. the same without regard to case, `-` and `_`, as a whole or after its last `:` or `/`: `scout` for
    ///    `agent:scout`
    /// 2. a beginning of at least two characters of either: `coord` for `coordinator`
    /// 3. at most one slip of the finger in four or five characters, two in more
    public static func nearest(to typed: String, among names: [String]) -> String? {
        let wanted = fold(typed[...])
        if wanted.isEmpty { return nil }
        let folded = names.map { name in (name: name, forms: [fold(name[...]), fold(lastPart(of: name))]) }
        let slipsMax = wanted.count < 4 ? 0 : wanted.count < 6 ? 1 : 2
        let rules: [(String) -> Bool] = [
            { $0 == wanted }, { wanted.count >= 2 && $0.hasPrefix(wanted) },
            { slipsMax > 0 && abs($0.count - wanted.count) <= slipsMax && wanted.slips(to: $0) <= slipsMax },
        ]
        for rule in rules {
            let found = folded.filter { $0.forms.contains(where: rule) }
            if !found.isEmpty { return found.count == 1 ? found[0].name : nil }
        }
        return nil
    }

    /// `; did you mean coordinator?`, for the end of a message; empty when no name is near.
    public static func hint(for typed: String, among names: [String]) -> String {
        nearest(to: String(typed.prefix(lengthMax)), among: names).map { "; did you mean \($0)?" } ?? ""
    }

    /// The most characters of a typed name that are compared.
    private static let lengthMax = 200

    private static func fold(_ name: Substring) -> String { name.lowercased().filter { $0 != "-" && $0 != "_" } }

    private static func lastPart(of name: String) -> Substring {
        name.lastIndex { $0 == ":" || $0 == "/" }.map { name[name.index(after: $0)...] } ?? name[...]
    }
}
