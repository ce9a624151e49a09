import Services

/// The tool calls of one answer, put together from the pieces in which they come.
struct ToolCallAssembly: Hashable, Sendable {
    private var calls: [ToolCall] = []
    private var bytes = 0

    /// No call yet.
    init() {}

    /// Whether there are none.
    var isEmpty: Bool { calls.isEmpty }

    /// Adds a piece.
    ///
    /// - Throws: `StreamProblem` when the piece belongs to no call, or there is too much.
    mutating func add(_ piece: ToolCallPiece) throws(StreamProblem) {
        guard (0...calls.count).contains(piece.index) else {
            throw StreamProblem("a tool call has index \(piece.index) after \(calls.count) calls")
        }
        bytes += (piece.id?.utf8.count ?? 0) + (piece.name?.utf8.count ?? 0) + (piece.arguments?.utf8.count ?? 0)
        guard bytes <= ModelLimits.toolCallBytesMax else {
            throw StreamProblem("its tool calls are longer than \(ModelLimits.toolCallBytesMax) bytes")
        }
        if piece.index == calls.count {
            guard calls.count < ModelLimits.toolCallsMax else {
                throw StreamProblem("the answer has more than \(ModelLimits.toolCallsMax) tool calls")
            }
            calls.append(ToolCall(id: "", name: "", arguments: ""))
        }
        if let id = piece.id, !id.isEmpty { calls[piece.index].id = id }
        if let name = piece.name, !name.isEmpty { calls[piece.index].name = name }
        calls[piece.index].arguments += piece.arguments ?? ""
    }

    /// The calls, each whole.
    ///
    /// - Throws: `StreamProblem` when one names no tool.
    func whole() throws(StreamProblem) -> [ToolCall] {
        guard calls.allSatisfy({ !$0.name.isEmpty }) else { throw StreamProblem("a tool call names no tool") }
        return calls
    }
}
