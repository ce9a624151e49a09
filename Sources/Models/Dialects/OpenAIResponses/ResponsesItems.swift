import Services

/// Items of a response's output, as a decoder remembers which it has read.
///
/// | an item is known by | since |
/// |---|---|
/// | its `call_id` alone, if it is a call that has one | the outcome is told under it, so no two calls share it |
/// | its type with its place, and its `id` | servers tell one or both; some give every item the place 0 |
/// | its type, in the whole response | a server that tells neither tells every item there once more |
struct ResponsesItems {
    private var names: Set<String> = []
    private var unnamedTypes: Set<String> = []

    /// None yet.
    init() {}

    /// Adds an item that is told by its place and its id.
    ///
    /// - Returns: Whether it can be known again.
    @discardableResult
    mutating func insert(_ type: String, _ place: Int?, _ id: String?) -> Bool {
        let names = Self.names(type, place, id)
        self.names.formUnion(names)
        if names.isEmpty { unnamedTypes.insert(type) }
        return !names.isEmpty
    }

    /// Adds an item that is told in whole.
    mutating func insert(_ item: JSONValue, at place: Int?) {
        if let call = Self.call(item) {
            names.insert(call)
        } else {
            insert(Self.type(item), place, item["id"]?.string)
        }
    }

    /// Whether an item of the stream is one of these.
    func contains(_ item: JSONValue, at place: Int?) -> Bool {
        if let call = Self.call(item) { return names.contains(call) }
        return !names.isDisjoint(with: Self.names(Self.type(item), place, item["id"]?.string))
    }

    /// Whether an item of the whole response repeats one of these that has no name.
    func isRepeated(_ item: JSONValue) -> Bool { unnamedTypes.contains(Self.type(item)) }

    private static func type(_ item: JSONValue) -> String { item["type"]?.string ?? "" }

    private static func call(_ item: JSONValue) -> String? {
        guard let id = item["call_id"]?.string, !id.isEmpty else { return nil }
        return "call \(id)"
    }

    private static func names(_ type: String, _ place: Int?, _ id: String?) -> [String] {
        let place = place.map { "\(type) \($0)" }, id = id.flatMap { $0.isEmpty ? nil : "id \($0)" }
        return [place, id].compactMap(\.self)
    }
}
