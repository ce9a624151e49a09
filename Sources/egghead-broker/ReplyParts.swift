/// Puts the parts of eggheadd's replies together. The parts of one reply come in order; those of two may be mixed.
struct ReplyParts {
    private var unfinished: [Int: [UInt8]] = [:]

    /// Adds a part.
    ///
    /// - Returns: The whole payload when this was its last part.
    mutating func add(_ text: String, part: Int, of count: Int, to id: Int) -> [UInt8]? {
        let payload = (unfinished.removeValue(forKey: id) ?? []) + Array(text.utf8)
        if part == count - 1 { return payload }
        unfinished[id] = payload
        return nil
    }
}
