import Services

/// A piece of a tool call: the first one of a call tells its id and its tool, each one may add to its arguments.
struct ToolCallPiece: Hashable, Sendable {
    /// Which call of this answer, from 0.
    var index: Int
    /// The provider's id for the call.
    var id: String?
    /// The tool.
    var name: String?
    /// The next part of the arguments' text.
    var arguments: String?
}

/// The tool calls of one answer, put together from the pieces in which they come. A decoder keeps one.
struct ToolCallAssembly: Hashable, Sendable {
    private var calls: [ToolCall] = []
    /// Which call the pieces of an index belong to.
    private var places: [Int: Int] = [:]
    private var bytes = 0

    /// No call yet.
    init() {}

    /// Adds a piece.
    ///
    /// A new index begins a call, and so does a new id: some servers send whole calls, each under index 0.
    ///
    /// - Returns: Whether it began a call.
    /// - Throws: `StreamProblem` if there is too much.
    mutating func add(_ piece: ToolCallPiece) throws(StreamProblem) -> Bool {
        bytes += (piece.id?.utf8.count ?? 0) + (piece.name?.utf8.count ?? 0) + (piece.arguments?.utf8.count ?? 0)
        guard bytes <= ModelLimits.toolCallBytesMax else {
            throw StreamProblem("its tool calls are longer than \(ModelLimits.toolCallBytesMax) bytes")
        }
        let id = piece.id ?? ""
        var place = places[piece.index]
        if let known = place, !id.isEmpty, !calls[known].id.isEmpty, calls[known].id != id { place = nil }
        let index = place ?? calls.count
        if place == nil {
            guard calls.count < ModelLimits.toolCallsMax else {
                throw StreamProblem("the answer has more than \(ModelLimits.toolCallsMax) tool calls")
            }
            calls.append(ToolCall(id: "", name: "", arguments: ""))
            places[piece.index] = index
        }
        if !id.isEmpty { calls[index].id = id }
        if let name = piece.name, !name.isEmpty { calls[index].name = name }
        calls[index].arguments += piece.arguments ?? ""
        return place == nil
    }

    /// The calls, each whole.
    ///
    /// - Throws: `StreamProblem` if one names no tool.
    func whole() throws(StreamProblem) -> [ToolCall] {
        guard calls.allSatisfy({ !$0.name.isEmpty }) else { throw StreamProblem("a tool call names no tool") }
        return calls
    }
}
