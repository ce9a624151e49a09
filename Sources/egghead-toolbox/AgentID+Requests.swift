import Services

extension AgentID {
    /// The most bytes of an agent's id in a record's id and in a request's id, which the store both bounds at 200.
    private static let bytesMax = 90

    /// The id, cut so far that ids made with it stay within the store's bound.
    var cut: Substring { rawValue.prefix(bytesMax: Self.bytesMax) }

    /// A request's id for the store, in which one agent cannot take another's.
    func requestID(_ request: String) -> String { "\(cut):\(request)" }
}
