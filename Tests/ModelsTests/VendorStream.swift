import Models
import Services

/// Writes the streams of the four APIs, event by event, in the shapes that the vendors' types have.
enum VendorStream: String, CaseIterable {
    case chatCompletions = "chat-completions", responses, anthropic, gemini

    var dialect: any ProviderDialect {
        switch self {
        case .chatCompletions: ChatCompletions()
        case .responses: OpenAIResponses()
        case .anthropic: AnthropicMessages()
        case .gemini: GeminiContent()
        }
    }

    /// Why a model stops, and how a vendor gives up.
    enum End {
        case stop, calls, length, filtered
    }

    private func event(_ json: String) -> String {
        switch self {
        case .gemini: "data: \(json)\r\n\r\n"
        case .anthropic: "event: \(json.split(separator: "\"")[3])\ndata: \(json)\n\n"
        case .chatCompletions, .responses: "data: \(json)\n\n"
        }
    }

    /// The head of an answer.
    var begin: String {
        switch self {
        case .chatCompletions: event(#"{"choices":[{"index":0,"delta":{"role":"assistant","content":null}}]}"#)
        case .responses: event(#"{"type":"response.created","response":{"status":"in_progress","output":[]}}"#)
        case .anthropic:
            event(
                #"{"type":"message_start","message":{"id":"m","type":"message","role":"assistant","content":[],"#
                    + #""usage":{"input_tokens":7,"cache_read_input_tokens":2,"output_tokens":1}}}"#)
                + event(#"{"type":"ping"}"#)
        case .gemini: event(#"{"candidates":[{"content":{"role":"model","parts":[{"text":""}]}}]}"#)
        }
    }

    /// Words; `text` is the inside of a JSON text.
    func words(_ text: String, block: Int = 0) -> String {
        switch self {
        case .chatCompletions: event(#"{"choices":[{"index":0,"delta":{"content":"\#(text)"}}]}"#)
        case .responses:
            event(#"{"type":"response.output_text.delta","output_index":\#(block),"delta":"\#(text)"}"#)
        case .anthropic:
            event(
                #"{"type":"content_block_delta","index":\#(block),"delta":{"type":"text_delta","text":"\#(text)"}}"#)
        case .gemini: event(#"{"candidates":[{"content":{"role":"model","parts":[{"text":"\#(text)"}]}}]}"#)
        }
    }

    /// A thought that its vendor wants back.
    func thought(_ text: String, block: Int = 0) -> String {
        switch self {
        case .chatCompletions: event(#"{"choices":[{"index":0,"delta":{"reasoning_content":"\#(text)"}}]}"#)
        case .responses:
            event(
                #"{"type":"response.output_item.done","output_index":\#(block),"item":{"type":"reasoning","#
                    + #""id":"rs_1","summary":[],"encrypted_content":"\#(text)","status":null}}"#)
        case .anthropic:
            event(
                #"{"type":"content_block_start","index":\#(block),"#
                    + #""content_block":{"type":"thinking","thinking":"","signature":""}}"#)
                + event(
                    #"{"type":"content_block_delta","index":\#(block),"#
                        + #""delta":{"type":"thinking_delta","thinking":"\#(text)"}}"#)
                + event(
                    #"{"type":"content_block_delta","index":\#(block),"#
                        + #""delta":{"type":"signature_delta","signature":"S\#(text)"}}"#)
                + event(#"{"type":"content_block_stop","index":\#(block)}"#)
        case .gemini:
            event(#"{"candidates":[{"content":{"parts":[{"text":"\#(text)","thought":true}]}}]}"#)
        }
    }

    /// A call, its arguments in two pieces where the vendor cuts them.
    func call(_ name: String, _ arguments: String, block: Int = 0, isCut: Bool = false) -> String {
        let quoted = arguments.replacing("\"", with: "\\\"")
        let half = quoted.index(quoted.startIndex, offsetBy: 3), head = quoted[..<half], tail = quoted[half...]
        switch self {
        case .chatCompletions:
            func piece(_ json: String) -> String {
                event(#"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":\#(block),\#(json)}]}}]}"#)
            }
            return piece(#""id":"c\#(block)","function":{"name":"\#(name)","arguments":"\#(head)"}"#)
                + (isCut ? "" : piece(#""function":{"arguments":"\#(tail)"}"#))
        case .responses:
            let item =
                #""output_index":\#(block),"item":{"type":"function_call","id":"fc\#(block)","call_id":"c\#(block)","#
                + #""name":"\#(name)","arguments":""#
            let delta = #"{"type":"response.function_call_arguments.delta","output_index":\#(block),"delta":""#
            return event(#"{"type":"response.output_item.added",\#(item)"}}"#) + event(#"\#(delta)\#(head)"}"#)
                + (isCut
                    ? ""
                    : event(#"\#(delta)\#(tail)"}"#)
                        + event(#"{"type":"response.output_item.done",\#(item)\#(quoted)"}}"#))
        case .anthropic:
            func delta(_ text: Substring) -> String {
                event(
                    #"{"type":"content_block_delta","index":\#(block),"#
                        + #""delta":{"type":"input_json_delta","partial_json":"\#(text)"}}"#)
            }
            return event(
                #"{"type":"content_block_start","index":\#(block),"content_block":{"type":"tool_use","#
                    + #""id":"c\#(block)","name":"\#(name)","input":{}}}"#) + delta("") + delta(head)
                + (isCut ? "" : delta(tail) + event(#"{"type":"content_block_stop","index":\#(block)}"#))
        case .gemini:
            let signature = block == 0 ? #","thoughtSignature":"sig""# : ""
            return event(
                #"{"candidates":[{"content":{"parts":[{"functionCall":{"id":"c\#(block)","name":"\#(name)","#
                    + #""args":\#(arguments)}\#(signature)}]}}]}"#)
        }
    }

    /// The model's stop, what the answer has cost (9 tokens of which 2 were cached, and 3), and the end of the stream.
    func end(_ end: End = .stop) -> String {
        switch self {
        case .chatCompletions:
            let reason =
                switch end {
                case .stop: "stop"
                case .calls: "tool_calls"
                case .length: "length"
                case .filtered: "content_filter"
                }
            return event(#"{"choices":[{"index":0,"delta":{},"finish_reason":"\#(reason)"}]}"#)
                + event(
                    #"{"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":3,"#
                        + #""prompt_tokens_details":{"cached_tokens":2}}}"#) + "data: [DONE]\n\n"
        case .responses:
            let cost =
                #""usage":{"input_tokens":9,"input_tokens_details":{"cached_tokens":2},"output_tokens":3}"#
            switch end {
            case .stop, .calls:
                return event(#"{"type":"response.completed","response":{"status":"completed",\#(cost)}}"#)
            case .length, .filtered:
                let reason = end == .length ? "max_output_tokens" : "content_filter"
                return event(
                    #"{"type":"response.incomplete","response":{"status":"incomplete","#
                        + #""incomplete_details":{"reason":"\#(reason)"},\#(cost)}}"#)
            }
        case .anthropic:
            let reason =
                switch end {
                case .stop: "end_turn"
                case .calls: "tool_use"
                case .length: "max_tokens"
                case .filtered: "refusal"
                }
            return event(
                #"{"type":"message_delta","delta":{"stop_reason":"\#(reason)","stop_sequence":null},"#
                    + #""usage":{"output_tokens":3}}"#) + event(#"{"type":"message_stop"}"#)
        case .gemini:
            let reason =
                switch end {
                case .stop, .calls: "STOP"
                case .length: "MAX_TOKENS"
                case .filtered: "SAFETY"
                }
            return event(
                #"{"candidates":[{"content":{"parts":[{"text":""}]},"finishReason":"\#(reason)"}],"usageMetadata":"#
                    + #"{"promptTokenCount":9,"cachedContentTokenCount":2,"candidatesTokenCount":1,"#
                    + #""thoughtsTokenCount":2}}"#)
        }
    }

    /// An error in the middle of a stream.
    func error(_ words: String, overload: Bool = false) -> String {
        switch self {
        case .chatCompletions:
            event(
                #"{"error":{"message":"\#(words)","#
                    + #""type":"\#(overload ? "server_error" : "invalid_request_error")"}}"#)
        case .responses:
            event(
                #"{"type":"error","code":"\#(overload ? "server_error" : "invalid_prompt")","message":"\#(words)"}"#)
        case .anthropic:
            event(
                #"{"type":"error","error":{"type":"\#(overload ? "overloaded_error" : "invalid_request_error")","#
                    + #""message":"\#(words)"}}"#)
        case .gemini:
            event(
                #"{"error":{"code":\#(overload ? 503 : 400),"message":"\#(words)","#
                    + #""status":"\#(overload ? "UNAVAILABLE" : "INVALID_ARGUMENT")"}}"#)
        }
    }

    /// What nobody has heard of.
    var unknown: String {
        switch self {
        case .chatCompletions: event(#"{"object":"news","choices":[{"delta":{"audio":{"id":7}}}],"new":[1]}"#)
        case .responses: event(#"{"type":"response.steering.updated","output_index":9,"delta":{"text":"?"}}"#)
        case .anthropic:
            event(#"{"type":"news_flash","text":"?"}"#)
                + event(
                    #"{"type":"content_block_start","index":8,"content_block":{"type":"server_tool_use","#
                        + #""id":"s","name":"web_search","input":{}}}"#)
                + event(
                    #"{"type":"content_block_delta","index":8,"#
                        + #""delta":{"type":"input_json_delta","partial_json":"{}"}}"#)
                + event(#"{"type":"content_block_stop","index":8}"#)
        case .gemini:
            event(#"{"candidates":[{"content":{"parts":[{"executableCode":{"code":"?"}}]}}],"news":{"a":[]}}"#)
        }
    }
}
