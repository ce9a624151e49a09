import EventStream
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

    fileprivate var hasArguments: Bool { arguments?.isEmpty == false }
    /// Whether its arguments are the beginning of an object.
    fileprivate var beginsObject: Bool { arguments?.first { !$0.isWhitespace } == "{" }
}

/// The tool calls of one answer, put together from the pieces in which they come. A decoder keeps one.
///
/// Of the pieces of a call each may have an index, an id and the tool's name, or lack it. A call is *open* while its
/// arguments are no JSON text, and *blank* while they are nothing or `{}`. "The call at hand" is the one at the
/// piece's index, or the last one for a piece without an index.
///
/// | id | index | name | the piece belongs to |
/// |---|---|---|---|
/// | any | any | another than the call's | a new call |
/// | known | any | none | the call of this id at this index, or the last one of this id |
/// | known | the call's, or none | the call's | the call, also with its arguments in whole; a new call behind them |
/// | known | another than the call's | the call's | a new call, unless its arguments go on in those of an open one |
/// | new | known, or none | none | the call at hand; other arguments behind whole ones are of a nameless call |
/// | new | new | none | the last call while it is open or blank, if the piece has arguments; else a new call |
/// | new | known, or none | the call's | the call at hand while it is open, if the piece has arguments; else a new |
/// | new | new | a name | a new call |
/// | none | known, or none | none | the call at hand |
/// | none | new | none | the last call, unless it is whole and the piece has arguments |
/// | none | known, or none | the call's | the call at hand while it is open; else a new call |
/// | none | new | a name | a new call |
///
/// A piece that begins a call, as its vendor says, is a new call, unless the call of its id is there and blank. Whole
/// arguments without an index are a call of their own where the call at hand has none and another id.
///
/// A new call is left out at the end if it repeats the id and the tool of another one, with its arguments or with none
/// told: some servers tell one call twice, and others give two calls one id, of which only those that differ are
/// worth the risk. A call without a name is none.
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
        let known = place(of: piece)
        try add(piece, toCallAt: known)
        return known == nil
    }

    /// Adds a piece to a call that its decoder has found out; nil begins one.
    ///
    /// - Returns: The place of the call in the order in which they began.
    /// - Throws: `StreamProblem` if there is too much.
    @discardableResult
    mutating func add(_ piece: ToolCallPiece, toCallAt known: Int?) throws(StreamProblem) -> Int {
        bytes += (piece.id?.utf8.count ?? 0) + (piece.name?.utf8.count ?? 0) + (piece.arguments?.utf8.count ?? 0)
        guard bytes <= ModelLimits.toolCallBytesMax else {
            throw StreamProblem("its tool calls are longer than \(ModelLimits.toolCallBytesMax) bytes")
        }
        let place = known ?? calls.count
        if known == nil {
            guard calls.count < ModelLimits.toolCallsMax else {
                throw StreamProblem("the answer has more than \(ModelLimits.toolCallsMax) tool calls")
            }
            calls.append(ToolCall(id: "", name: "", arguments: ""))
        }
        if let index = piece.index { places[index] = place }
        // Some servers give each piece an id of its own; the first one is the call's.
        if let id = piece.id, calls[place].id.isEmpty { calls[place].id = id }
        if let name = piece.name?.toolName, !name.isEmpty { calls[place].name = name }
        if let more = piece.arguments, !more.isEmpty, !isRepeated(more, of: calls[place]) {
            if isToldAnew(more, of: calls[place]) { calls[place].arguments = "" }
            calls[place].arguments += more
        }
        return place
    }

    /// The call that a piece belongs to; nil when it begins one.
    private func place(of piece: ToolCallPiece) -> Int? {
        let atIndex = piece.index.flatMap { places[$0] }, last = calls.indices.last
        let id = piece.id ?? "", name = piece.name?.toolName ?? ""
        if !id.isEmpty, let known = calls.lastIndex(where: { $0.id == id }) {
            return place(of: piece, whoseIDIsKnownAt: known, atIndex: atIndex)
        }
        if piece.isFirst { return nil }
        let atHand = piece.index == nil ? last : atIndex
        if name.isEmpty { return placeOfNameless(piece, atHand: atHand) }
        guard let place = atHand, calls[place].name == name || calls[place].name.isEmpty else { return nil }
        let call = calls[place]
        if call.name.isEmpty { return place }
        if id.isEmpty || call.id.isEmpty {
            return call.arguments.isWholeJSON && (id.isEmpty || piece.hasArguments) ? nil : place
        }
        guard piece.hasArguments, !call.arguments.isWholeJSON else { return nil }
        return piece.index == nil && call.hasNoArguments && piece.arguments?.isWholeJSON == true ? nil : place
    }

    private func place(of piece: ToolCallPiece, whoseIDIsKnownAt known: Int, atIndex: Int?) -> Int? {
        let isAtIndex = atIndex.map { calls[$0].id == piece.id } == true
        let place = isAtIndex ? atIndex ?? known : known, call = calls[place], name = piece.name?.toolName ?? ""
        if !name.isEmpty, !call.name.isEmpty, name != call.name { return nil }
        if name.isEmpty, !piece.isFirst { return place }
        if !isAtIndex, piece.index != nil, places.values.contains(place) {
            let goesOn = piece.hasArguments && !piece.beginsObject && !call.arguments.isWholeJSON
            return goesOn && !call.hasNoArguments && !piece.isFirst ? place : nil
        }
        if call.hasNoArguments { return place }
        if piece.isFirst { return nil }
        guard call.arguments.isWholeJSON else { return place }
        if !piece.hasArguments { return nil }
        guard piece.beginsObject else { return place }
        return call.arguments.isSameJSON(as: piece.arguments ?? "") ? place : nil
    }

    /// The call that goes on with a piece whose id, if it has one, is new.
    private func placeOfNameless(_ piece: ToolCallPiece, atHand: Int?) -> Int? {
        let hasID = piece.id?.isEmpty == false
        if let place = atHand {
            let call = calls[place]
            if hasID, !piece.hasArguments, call.name.isEmpty { return nil }
            let isOther = hasID && piece.beginsObject && call.arguments.isWholeJSON && !call.hasNoArguments
            return isOther && !call.arguments.isSameJSON(as: piece.arguments ?? "") ? nil : place
        }
        guard let last = calls.last else { return nil }
        if !piece.hasArguments { return hasID ? nil : calls.count - 1 }
        return last.arguments.isWholeJSON && !last.hasNoArguments ? nil : calls.count - 1
    }

    /// Whether a server sends the arguments of a call once more in whole.
    private func isRepeated(_ arguments: String, of call: ToolCall) -> Bool {
        isToldAnew(arguments, of: call) && arguments.isSameJSON(as: call.arguments)
            || arguments == call.arguments && arguments.isWholeJSON
    }

    /// Whether a server tells arguments that are whole once more, in pieces of which this is the first.
    private func isToldAnew(_ arguments: String, of call: ToolCall) -> Bool {
        arguments.first == "{" && call.arguments.last == "}" && call.arguments.isWholeJSON
    }

    /// Whether any call has begun.
    var hasCall: Bool { !calls.isEmpty }

    /// A call as far as it has come.
    subscript(place: Int) -> ToolCall { calls[place] }

    /// Takes other arguments in place of those that have come.
    ///
    /// - Throws: `StreamProblem` if there is too much.
    mutating func replaceArguments(ofCallAt place: Int, by arguments: String) throws(StreamProblem) {
        calls[place].arguments = ""
        try add(ToolCallPiece(arguments: arguments), toCallAt: place)
    }

    /// The calls in the order in which they began, each whole; what has no arguments has an empty object of them. What
    /// is no call, or is told a second time, has no name.
    func whole() -> [ToolCall] {
        var whole: [ToolCall] = []
        for call in calls {
            let isBlank = call.arguments.allSatisfy(\.isWhitespace)
            let arguments = isBlank ? "{}" : SplitCharacters.restored(call.arguments)
            let isTold = whole.contains { before in
                !call.id.isEmpty && before.id == call.id && before.name == call.name
                    && (isBlank || before.arguments.isSameJSON(as: arguments))
            }
            whole.append(ToolCall(id: call.id, name: isTold ? "" : call.name, arguments: arguments))
        }
        return whole
    }
}

extension ToolCall {
    /// Whether no arguments have come, or as many as an object without members has: some servers begin with one.
    ///
    /// It is asked for with each piece, so the rest of long arguments is not looked at.
    var hasNoArguments: Bool { ["", "{}"].contains(String(arguments.lazy.filter { !$0.isWhitespace }.prefix(3))) }
}

extension String {
    private var json: JSONValue? { try? JSONDecoder().decode(JSONValue.self, from: Data(utf8)) }

    /// Whether it is a JSON text. It is asked for with each piece, so an object without its end is not read.
    var isWholeJSON: Bool { !isObjectWithoutEnd && json != nil }

    private var isObjectWithoutEnd: Bool {
        let isBlank = { (byte: UInt8) in " \t\r\n".utf8.contains(byte) }
        guard utf8.first(where: { !isBlank($0) }) == UInt8(ascii: "{") else { return false }
        return utf8.last { !isBlank($0) } != UInt8(ascii: "}")
    }

    /// Whether it says the same as another text, which may be written with other blanks and in another order.
    func isSameJSON(as other: String) -> Bool { self == other || json.map { $0 == other.json } == true }

    /// The tool's name without what models write round it: the name space of their vendor's own prompts, a number that
    /// belongs to the call's id (`functions.find:0`), and the marks that follow it (`find<|channel|>commentary`).
    var toolName: String {
        var name = self[...].blanksTrimmed
        if let mark = name.firstRange(of: "<|"), mark.lowerBound > name.startIndex {
            name = name[..<mark.lowerBound].blanksTrimmed
        }
        for space in ["functions.", "default_api:", "default_api."] where name.hasPrefix(space) {
            name = name.dropFirst(space.count).blanksTrimmed
            if let colon = name.lastIndex(of: ":"), name[colon...].dropFirst().allSatisfy({ $0.isASCII && $0.isNumber })
            {
                name = name[..<colon]
            }
        }
        return String(name)
    }
}

extension Substring {
    fileprivate var blanksTrimmed: Substring {
        guard let first = firstIndex(where: { !$0.isWhitespace }), let last = lastIndex(where: { !$0.isWhitespace })
        else { return self[endIndex...] }
        return self[first...last]
    }
}
