import EventStream
import FoundationEssentials
import Services

/// Reads a stream of OpenAI's Responses.
///
/// ```
/// {"type":"response.output_item.added","output_index":0,"item":{"type":"function_call",…}}     callBegun
/// {"type":"response.function_call_arguments.delta","output_index":0,"delta":"{\"ci"}           a piece of the call
/// {"type":"response.output_text.delta","output_index":1,"delta":"Hel"}                         text
/// {"type":"response.refusal.delta","output_index":1,"delta":"I cannot"}                        text
/// {"type":"response.output_text.done","output_index":1,"text":"Hello"}                         text, if none came
/// {"type":"response.output_item.done","output_index":0,"item":{"type":"reasoning",…}}          opaque
/// {"type":"response.completed","response":{"usage":{…},…}}                                     usage, stop, done
/// {"type":"response.incomplete","response":{"incomplete_details":{"reason":…},…}}              usage, stop, done
/// {"type":"response.failed","response":{"error":{…}}}, {"type":"error","message":…}            refused
/// {"type":"response.reasoning_summary_text.delta",…}, and whatever else a response is at       a piece
/// {"type":"response.in_progress"}, {"type":"keepalive"}, and whatever is new                   nothing
/// ```
///
/// An item is told in pieces, then in whole, then once more in the whole response. Its words are said where they are
/// told first; a call takes the arguments that are told last. See `ResponsesItems`. So a whole response in place of a
/// stream is read as well.
///
/// See: platform.openai.com/docs/api-reference/responses-streaming
struct ResponsesDecoder: AnswerDecoder {
    private var assembly = ToolCallAssembly()
    private var texts = SplitCharacters()
    /// The items of which something was read.
    private var items = ResponsesItems()

    /// Reads the data of one event: `.malformed` if it is not a JSON object.
    mutating func decode(_ event: ServerSentEvent) -> [AnswerEvent] {
        switch texts.text(of: event) {
        case .nothing: return []
        case .done: return [.done]
        case .json(let data): return read(data, named: event.name)
        }
    }

    private mutating func read(_ data: Data, named name: String?) -> [AnswerEvent] {
        let decoder = JSONDecoder()
        guard let event = try? decoder.decode(ResponsesEvent.self, from: data) else {
            return [.malformed(StreamProblem("an event is not one of a response"))]
        }
        if event.isForeign, let error = event.error ?? ProviderError.told(instead: data, named: name) {
            return [.refused(ProviderError(inStream: error).refusal(retryAfter: nil))]
        }
        do throws(StreamProblem) {
            if event.isResponse, let whole = try? decoder.decode(ResponsesEvent.Response.self, from: data) {
                return try end(whole, as: whole.status.isEmpty ? "completed" : whole.status)
            }
            let events = try interpret(event)
            return events.isEmpty && Self.isWork(event.type) ? [.piece] : events
        } catch {
            return [.malformed(error)]
        }
    }

    /// Whether an event says that the model gets on, whatever it says of that.
    private static func isWork(_ type: String) -> Bool {
        type.hasPrefix("response.") && type != "response.in_progress" && type != "response.queued"
    }

    /// The calls, each whole.
    func calls() -> [ToolCall] {
        var calls = assembly.whole()
        for item in items.items {
            if let number = item.call, calls[number].id.isEmpty { calls[number].id = item.id }
        }
        return calls
    }

    private mutating func interpret(_ event: ResponsesEvent) throws(StreamProblem) -> [AnswerEvent] {
        if let error = event.error { return [.refused(ProviderError(inStream: error).refusal(retryAfter: nil))] }
        switch event.type {
        case "response.output_text.delta", "response.refusal.delta":
            return say(event.delta, part: event.contentIndex, of: message(of: event) ?? addMessage(of: event))
        case "response.output_text.done", "response.refusal.done", "response.content_part.done":
            return sayPart(of: event)
        case "response.output_item.added":
            guard event.item?["type"]?.string == "function_call" else { return [] }
            return try read(event.item, at: event.index, isBeginning: true)
        case "response.function_call_arguments.delta":
            return try addArguments(event.argumentsDelta, of: event)
        case "response.function_call_arguments.done": return try endArguments(of: event)
        case "response.output_item.done": return try read(event.item, at: event.index)
        case "response.completed", "response.incomplete", "response.failed":
            let word = String(event.type.dropFirst("response.".count))
            return try event.response.map { response throws(StreamProblem) in try end(response, as: word) }
                ?? end(word, nil)
        case _: return []
        }
    }

    // Words.

    private func message(of event: ResponsesEvent) -> Int? {
        items.number(ofPieceOf: "message", at: event.index, id: event.itemID)
    }

    private mutating func addMessage(of event: ResponsesEvent) -> Int {
        // Some servers give a message a new id in each piece.
        if items.items.count >= ModelLimits.responseItemsMax,
            let last = items.items.lastIndex(where: { $0.type == "message" })
        {
            return last
        }
        return items.add(ResponsesItems.Item("message", at: event.index, id: event.itemID))
    }

    private mutating func say(_ text: String?, part: Int, of number: Int) -> [AnswerEvent] {
        let events = texts.said(text)
        items[number].parts.insert(part)
        for case .text(let words) in events { items[number].text += words }
        return events
    }

    /// Words of a part that is told in whole, if they have not come in pieces.
    private mutating func sayPart(of event: ResponsesEvent) -> [AnswerEvent] {
        guard let text = event.text, !text.isEmpty else { return [] }
        let part = event.contentIndex
        guard let number = message(of: event) else {
            return items.haveSaid(text, isOpen: true) ? [] : say(text, part: part, of: addMessage(of: event))
        }
        let item = items[number]
        if item.hasEnded || item.parts.contains(part) || item.text.hasSuffix(text) { return [] }
        return say(text, part: part, of: number)
    }

    // Items.

    /// An item as far as it is told, as it begins or in whole.
    private mutating func read(
        _ json: JSONValue?, at place: Int?, isBeginning: Bool = false
    ) throws(StreamProblem) -> [AnswerEvent] {
        guard let json else { return [] }
        let told = ResponsesItems.Item(json, at: place)
        knowArguments()
        let known = items.number(of: told, isBeginning: isBeginning)
        return try take(json, told, known, hasEnded: !isBeginning)
    }

    /// An item of the whole response, where it has not been told before.
    private mutating func readOutput(_ json: JSONValue, at place: Int) throws(StreamProblem) -> [AnswerEvent] {
        let told = ResponsesItems.Item(json, at: place)
        knowArguments()
        if let known = items.number(ofOutput: told) {
            items[known].isInOutput = true
            return try take(json, told, known, hasEnded: true)
        }
        let count = items.items.count, events = try take(json, told, nil, hasEnded: true)
        if items.items.count > count { items[count].isInOutput = true }
        return events
    }

    /// - Parameter known: The number of the item, if something was read of it.
    private mutating func take(
        _ json: JSONValue, _ told: ResponsesItems.Item, _ known: Int?, hasEnded: Bool
    ) throws(StreamProblem) -> [AnswerEvent] {
        if told.type == "function_call" { return try takeCall(told, known, hasEnded: hasEnded) }
        if let known {
            items[known].hasEnded = true
            return []
        }
        if told.type == "message", items.haveSaid(told.text, isOpen: true) {
            items.endMessages()
            return []
        }
        var item = told
        item.hasEnded = true
        _ = items.add(item)
        switch told.type {
        case "message": return ResponsesItems.Item.words(of: json).flatMap { texts.said($0) }
        case "reasoning" where !told.text.isEmpty:
            return [.opaque(OpaquePart(family: OpenAIResponses.family, value: Self.thought(json)))]
        case _: return []
        }
    }

    // Calls.

    private mutating func takeCall(
        _ told: ResponsesItems.Item, _ known: Int?, hasEnded: Bool
    ) throws(StreamProblem) -> [AnswerEvent] {
        let number = known ?? items.add(told)
        let piece = ToolCallPiece(id: told.callID, name: told.tool)
        let call = try assembly.add(piece, toCallAt: items[number].call)
        let isBegun = items[number].call == nil
        items[number].call = call
        let isEmpty = told.text.allSatisfy(\.isWhitespace)
        if !items[number].hasEnded, !isEmpty, !assembly[call].arguments.isSameJSON(as: told.text) {
            try assembly.replaceArguments(ofCallAt: call, by: told.text)
        }
        if items[number].tool.isEmpty { items[number].tool = told.tool }
        if items[number].callID.isEmpty { items[number].callID = told.callID }
        if items[number].id.isEmpty { items[number].id = told.id }
        if items[number].place == nil { items[number].place = told.place }
        if hasEnded { items[number].hasEnded = true }
        return isBegun ? [.callBegun] : []
    }

    /// A piece of the arguments of a call. Some servers write another place than that of the call.
    private mutating func addArguments(_ more: String?, of event: ResponsesEvent) throws(StreamProblem) -> [AnswerEvent]
    {
        var item = ResponsesItems.Item("function_call", at: event.index, id: event.itemID)
        if let number = items.number(ofPieceOf: item.type, at: event.index, id: event.itemID) ?? openCall(),
            let call = items[number].call
        {
            if items[number].hasEnded, !assembly[call].hasNoArguments { return [] }
            try assembly.add(ToolCallPiece(arguments: more), toCallAt: call)
            return []
        }
        item.call = try assembly.add(ToolCallPiece(arguments: more), toCallAt: nil)
        _ = items.add(item)
        return [.callBegun]
    }

    /// The arguments of a call in whole, which have come in pieces as a rule.
    private mutating func endArguments(of event: ResponsesEvent) throws(StreamProblem) -> [AnswerEvent] {
        guard let whole = event.arguments, !whole.isEmpty else { return [] }
        let number = items.number(ofPieceOf: "function_call", at: event.index, id: event.itemID) ?? openCall()
        guard let number, let call = items[number].call else { return try addArguments(whole, of: event) }
        guard !items[number].hasEnded, !assembly[call].arguments.isSameJSON(as: whole) else { return [] }
        try assembly.replaceArguments(ofCallAt: call, by: whole)
        return []
    }

    private mutating func openCall() -> Int? {
        knowArguments()
        return items.openCall
    }

    /// Lets the items know the arguments that have come. It is done where they are compared, and not with each piece,
    /// which would copy all of them.
    private mutating func knowArguments() {
        for number in items.items.indices {
            if let call = items[number].call { items[number].text = assembly[call].arguments }
        }
    }

    /// A thought as it is to come back: without what the vendor tells of it but does not take. One that is not there
    /// in whole, encrypted, is not taken back: the vendor has not kept it.
    private static func thought(_ item: JSONValue) -> JSONValue {
        guard case .object(var members) = item else { return item }
        members["status"] = nil
        return .object(members.filter { $0.value != .null })
    }

    /// - Parameter word: What the event says of the response, which need not say it itself.
    private mutating func end(
        _ response: ResponsesEvent.Response, as word: String
    ) throws(StreamProblem) -> [AnswerEvent] {
        if let error = response.error { return [.refused(ProviderError(inStream: error).refusal(retryAfter: nil))] }
        var events: [AnswerEvent] = []
        let output = response.output, words = output.filter { $0["type"]?.string == "message" }
        let isSaid = items.haveSaid(words.map { ResponsesItems.Item($0, at: nil).text }.joined(), isOpen: false)
        for (index, item) in output.enumerated() where !isSaid || item["type"]?.string != "message" {
            events += try readOutput(item, at: index)
        }
        if let usage = response.usage { events.append(.usage(usage)) }
        let isStatus = !["", "in_progress", "queued"].contains(response.status)
        return events + end(isStatus ? response.status : word, response.incompleteReason)
    }

    private func end(_ status: String, _ reason: String?) -> [AnswerEvent] {
        switch status {
        case "completed": [.stop(.end), .done]
        // Half an answer is cut; without one it is asked again.
        case "failed" where items.isEmpty && !assembly.hasCall:
            [.refused(.init(status: nil, words: "status failed", cause: .serverFault, mayPass: true))]
        case "incomplete": [Self.stop(forIncomplete: reason), .done]
        case _: [.done]
        }
    }

    /// Why a response is incomplete. It is cut, whatever an unknown reason is called, and its last call may be half of
    /// one.
    private static func stop(forIncomplete reason: String?) -> AnswerEvent {
        let event = ChatOutcome.StopReason.event(forReason: reason ?? "")
        return event == .stop(.other) ? .stop(.length) : event
    }
}
