import Services

/// What the command line asks for: `egghead-records index` or `egghead-records store`.
enum Options {
    /// Full-text search and the link graph.
    case index
    /// The files.
    case store

    /// Reads the command line, the program's own name included.
    ///
    /// - Throws: `ServiceFailure` with `.invalid` when it is neither.
    init(_ arguments: [String]) throws(ServiceFailure) {
        switch arguments.dropFirst() {
        case ["index"]: self = .index
        case ["store"]: self = .store
        case let rest:
            let given = rest.isEmpty ? "nothing" : rest.joined(separator: " ")
            throw ServiceFailure(.invalid, "egghead-records takes `index` or `store` and was given \(given)")
        }
    }
}
