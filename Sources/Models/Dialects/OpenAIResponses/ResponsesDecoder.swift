import FoundationEssentials
import Services

/// Reads a stream of OpenAI's Responses.
///
/// ```
/// {"type":"response.output_item.added","output_index":0,"item":{"type":"function_call",…}}     callBegun
/// {"type":"response.function_call_arguments.delta","output_index":0,"delta":"{\"ci"}           a piece of the call
/// {"type":"response.output_text.delta","output_index":1,"delta":"Hel"}                         text
/// {"type":"response.refusal.delta","output_index":1,"delta":"I cannot"}                        text
/// {"type":"response.output_item.done","output_index":0,"item":{"type":"reasoning",…}}          opaque
/// {"type":"response.completed","response":{"usage":{…},…}}                                     usage, stop, done
/// {"type":"response.incomplete","response":{"incomplete_details":{"reason":…},…}}              usage, stop, done
/// {"type":"response.failed","response":{"error":{…}}}, {"type":"error","message":…}            refused
/// {"type":"response.reasoning_summary_text.delta",…}, and whatever else a response is at       a piece
/// {"type":"response.in_progress"}, {"type":"keepalive"}, and whatever is new                   nothing
/// ```
///
/// An item is told in pieces, then in whole, then once more in the whole response; servers leave out one or two of the
/// three. Each item is read where it is told first. So a whole response in place of a stream is read as well.
///
/// See: platform.openai.com/docs/api-reference/responses-streaming
struct ResponsesDecoder: AnswerDecoder {
    private var assembly = ToolCallAssembly()
    private var texts = SplitCharacters()
    /// The items of which something was read.
    private var begun = ResponsesItems()
    /// The items that were read to their end.
    private var ended = ResponsesItems()
    /// Whether words were read of a message that has neither place nor id and has not ended.
    private var isInUnnamedMessage = false

    /// Reads the data of one event: `.malformed` if it is not a JSON object.
    mutating func decode(_ event: ServerSentEvent) -> [AnswerEvent] {
        switch texts.text(of: event) {
        case .nothing: return []
        case .done: return [.done]
        case .json(let data): return read(data)
        }
    }

    private mutating func read(_ data: Data) -> [AnswerEvent] {
        let decoder = JSONDecoder()
        guard let event = try? decoder.decode(ResponsesEvent.self, from: data) else {
            return [.malformed(StreamProblem("an event is not one of a response"))]
        }
        do throws(StreamProblem) {
            if event.isResponse, let whole = try? decoder.decode(ResponsesEvent.Response.self, from: data) {
                return try end(whole, as: "completed")
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
    func calls() throws(StreamProblem) -> [ToolCall] { try assembly.whole() }

    private mutating func interpret(_ event: ResponsesEvent) throws(StreamProblem) -> [AnswerEvent] {
        if let error = event.error { return [.refused(ProviderError(inStream: error).refusal(retryAfter: nil))] }
        switch event.type {
        case "response.output_text.delta", "response.refusal.delta":
            let isNamed = begun.insert("message", event.index, event.itemID)
            if !isNamed { isInUnnamedMessage = true }
            return texts.said(event.delta)
        case "response.output_item.added":
            guard event.item?["type"]?.string == "function_call" else { return [] }
            return try read(event.item, at: event.index)
        case "response.function_call_arguments.delta":
            return try assembly.add(ToolCallPiece(index: event.index, arguments: event.delta)) ? [.callBegun] : []
        case "response.function_call_arguments.done":
            // They have come in pieces as a rule.
            guard assembly.isWithoutArguments(at: event.index) else { return [] }
            return try assembly.add(ToolCallPiece(index: event.index, arguments: event.arguments)) ? [.callBegun] : []
        case "response.output_item.done":
            let events = try read(event.item, at: event.index)
            if let item = event.item { ended.insert(item, at: event.index) }
            return events
        case "response.completed", "response.incomplete", "response.failed":
            let word = String(event.type.dropFirst("response.".count))
            return try event.response.map { response throws(StreamProblem) in try end(response, as: word) }
                ?? end(word, nil)
        case _: return []
        }
    }

    /// An item as far as it is told in whole.
    private mutating func read(_ item: JSONValue?, at index: Int?) throws(StreamProblem) -> [AnswerEvent] {
        guard let item, !ended.contains(item, at: index) else { return [] }
        switch item["type"]?.string {
        case "message":
            if begun.contains(item, at: index) { return [] }
            if isInUnnamedMessage {
                isInUnnamedMessage = false
                return []
            }
            begun.insert(item, at: index)
            return item["content"]?.elements.flatMap { texts.said($0["text"]?.string ?? $0["refusal"]?.string) } ?? []
        case "function_call":
            let piece = ToolCallPiece(
                index: index, id: item["call_id"]?.string ?? item["id"]?.string, name: item["name"]?.string,
                arguments: item["arguments"]?.argumentsText)
            return try assembly.add(piece) ? [.callBegun] : []
        case "reasoning" where item["encrypted_content"]?.string?.isEmpty == false:
            return [.opaque(OpaquePart(family: OpenAIResponses.family, value: Self.thought(item)))]
        case _: return []
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
        let untold = response.output.enumerated().filter { !begun.isRepeated($1) && !ended.isRepeated($1) }
        for (index, item) in untold { events += try read(item, at: index) }
        if let usage = response.usage { events.append(.usage(usage)) }
        return events + end(response.status.isEmpty ? word : response.status, response.incompleteReason)
    }

    private func end(_ status: String, _ reason: String?) -> [AnswerEvent] {
        switch status {
        case "completed": [.stop(.end), .done]
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
