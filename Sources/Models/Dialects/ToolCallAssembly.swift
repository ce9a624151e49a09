import FoundationEssentials
import Services

/// A piece of a tool call: the first one of a call tells its id and its tool, each one may add to its arguments.
struct ToolCallPiece: Hashable, Sendable {
    /// Which call of this answer, from 0; nil where a server does not say it.
    var index: Int?
    /// The provider's id for the call.
    var id: String?
    /// The tool.
    var name: String?
    /// The next part of the arguments' text.
    var arguments: String?
    /// Whether it begins a call, as far as its vendor says so.
    var isFirst = false
}

/// The tool calls of one answer, put together from the pieces in which they come. A decoder keeps one.
///
/// | a piece | belongs to |
/// |---|---|
/// | with a new id | a new call, also under a known index: some servers send every call under 0 |
/// | with a known id | that call: some servers repeat id and tool in each piece |
/// | that begins a call, without an id | a new call |
/// | with a tool, without an id | the call of this tool at its index until its arguments are whole; else a new one |
/// | with neither | the call at its index, or the last one |
struct ToolCallAssembly: Hashable, Sendable {
    private var calls: [ToolCall] = []
    /// Which call the pieces of an index belong to.
    private var places: [Int: Int] = [:]
    private var bytes = 0

    /// No call yet.
    init() {}

    /// Adds a piece.
    ///
    /// - Returns: Whether it began a call.
    /// - Throws: `StreamProblem` if there is too much.
    mutating func add(_ piece: ToolCallPiece) throws(StreamProblem) -> Bool {
        bytes += (piece.id?.utf8.count ?? 0) + (piece.name?.utf8.count ?? 0) + (piece.arguments?.utf8.count ?? 0)
        guard bytes <= ModelLimits.toolCallBytesMax else {
            throw StreamProblem("its tool calls are longer than \(ModelLimits.toolCallBytesMax) bytes")
        }
        let known = place(of: piece)
        let place = known ?? calls.count
        if known == nil {
            guard calls.count < ModelLimits.toolCallsMax else {
                throw StreamProblem("the answer has more than \(ModelLimits.toolCallsMax) tool calls")
            }
            calls.append(ToolCall(id: "", name: "", arguments: ""))
        }
        if let index = piece.index { places[index] = place }
        if let id = piece.id, !id.isEmpty { calls[place].id = id }
        if let name = piece.name, !name.isEmpty { calls[place].name = name }
        if let more = piece.arguments, !more.isEmpty, !isRepeated(more, of: calls[place]) {
            if isToldAnew(more, of: calls[place]) { calls[place].arguments = "" }
            calls[place].arguments += more
        }
        return known == nil
    }

    /// The call that a piece belongs to; nil when it begins one.
    private func place(of piece: ToolCallPiece) -> Int? {
        let atIndex = piece.index.flatMap { places[$0] }
        if let id = piece.id, !id.isEmpty {
            if let known = calls.lastIndex(where: { $0.id == id }) { return known }
            return atIndex.flatMap { calls[$0].id.isEmpty ? $0 : nil }
        }
        if piece.isFirst { return nil }
        let last = calls.isEmpty ? nil : calls.count - 1
        guard let name = piece.name, !name.isEmpty else { return atIndex ?? last }
        let candidate = piece.index == nil ? last : atIndex
        return candidate.flatMap { place in
            let call = calls[place]
            return call.name.isEmpty || call.name == name && !Self.isWhole(call.arguments) ? place : nil
        }
    }

    /// Whether a server sends the arguments of a call once more in whole.
    private func isRepeated(_ arguments: String, of call: ToolCall) -> Bool {
        arguments == call.arguments && Self.isWhole(arguments)
    }

    /// Whether a server tells arguments that are whole once more, in pieces of which this is the first.
    private func isToldAnew(_ arguments: String, of call: ToolCall) -> Bool {
        arguments.first == "{" && call.arguments.last == "}" && Self.isWhole(call.arguments)
    }

    private static func isWhole(_ arguments: String) -> Bool {
        (try? JSONDecoder().decode(JSONValue.self, from: Data(arguments.utf8))) != nil
    }

    /// Whether any call has begun.
    var hasCall: Bool { !calls.isEmpty }

    /// Whether nothing has come of the arguments of the call that pieces of an index belong to.
    func isWithoutArguments(at index: Int?) -> Bool {
        (index.flatMap { places[$0] } ?? calls.indices.last).map { calls[$0].arguments.isEmpty } ?? false
    }

    /// The calls, each whole; what has no arguments has an empty object of them.
    ///
    /// - Throws: `StreamProblem` if one names no tool.
    func whole() throws(StreamProblem) -> [ToolCall] {
        guard calls.allSatisfy({ !$0.name.isEmpty }) else { throw StreamProblem("a tool call names no tool") }
        return calls.map { call in
            let isBlank = call.arguments.allSatisfy(\.isWhitespace)
            let arguments = isBlank ? "{}" : SplitCharacters.restored(call.arguments)
            return ToolCall(id: call.id, name: call.name, arguments: arguments)
        }
    }
}
