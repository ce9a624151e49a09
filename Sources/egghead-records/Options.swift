import Services

/// The role on the command line: `egghead-records index` or `egghead-records store`.
enum Options {
    /// Full-text search and the link graph.
    case index
    /// The files.
    case store

    /// Reads the command line, including the program's own name.
    ///
    /// - Throws: `ServiceFailure` with `.invalid` for any other argument.
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
