import Models
import Services
import Testing

/// What a refusal means, decided once.
@Suite struct RefusalTests {
    @Test(
        arguments: [
            (nil, .serverFault), (299, .rejected), (300, .redirected), (399, .redirected), (400, .rejected),
            (401, .keyRefused), (402, .limited), (403, .keyRefused), (404, .unknownModel), (405, .rejected),
            (412, .rejected), (413, .contextOverflow), (414, .rejected), (428, .rejected), (429, .limited),
            (430, .rejected), (499, .rejected), (500, .serverFault), (503, .serverFault), (599, .serverFault),
        ] as [(Int?, ProviderRefusal.Cause)])
    func `a status alone means the same in every dialect`(status: Int?, cause: ProviderRefusal.Cause) {
        #expect(ProviderRefusal.Cause(status: status) == cause)
    }

    @Test(
        arguments: [
            (400, #"{"error":{"message":"x","type":"exceed_context_size_error"}}"#, "x", .contextOverflow, false),
            (400, #"{"error":{"message":"x","code":"context_length_exceeded"}}"#, "x", .contextOverflow, false),
            (400, #"{"error":{"message":"x","status":"model_context_window_exceeded"}}"#, "x", .contextOverflow, false),
            (500, #"{"error":{"message":"x","code":"context_length_exceeded"}}"#, "x", .contextOverflow, false),
            (413, "", "", .contextOverflow, false),
            (400, #"{"error":"Maximum Context Length"}"#, "Maximum Context Length", .contextOverflow, false),
            (499, #"{"error":"the context size"}"#, "the context size", .contextOverflow, false),
            (429, #"{"error":"the context size"}"#, "the context size", .limited, true),
            (500, #"{"error":"the context size"}"#, "the context size", .serverFault, true),
            (399, #"{"error":"the context size"}"#, "the context size", .redirected, false),
            (429, #"{"error":{"message":"x","type":"insufficient_quota"}}"#, "x", .limited, false),
            (429, #"{"error":{"message":"x","code":"insufficient_quota"}}"#, "x", .limited, false),
            (429, #"{"error":{"message":"x","code":"rate_limit_exceeded"}}"#, "x", .limited, true),
            (402, #"{"error":{"message":"x"}}"#, "x", .limited, false),
            (401, #"{"error":{"message":"x"}}"#, "x", .keyRefused, false),
            (404, #"{"detail":"Not Found"}"#, "Not Found", .unknownModel, false),
            (422, #"{"message":"bad"}"#, "bad", .rejected, false),
            (503, #"[{"error":{"message":"x","code":429}}]"#, "x", .serverFault, true),
            (500, #"{"error":{"code":7}}"#, "", .serverFault, true),
            (500, "[]", "[]", .serverFault, true),
            (502, "<html>", "<html>", .serverFault, true),
        ] as [(Int, String, String, ProviderRefusal.Cause, Bool)])
    func `chat completions tell a refusal by status, kind and words`(
        status: Int, body: String, words: String, cause: ProviderRefusal.Cause, mayPass: Bool
    ) {
        let refusal = ChatCompletions().refusal(status: status, retryAfter: .seconds(3), body: Array(body.utf8))
        let expected = ProviderRefusal(
            status: status, words: words, cause: cause, mayPass: mayPass, retryAfter: .seconds(3))
        #expect(refusal == expected)
    }

    @Test(
        arguments: [
            (#"{"message":"x","code":429}"#, 429, "x", .limited, true),
            (#"{"message":"x","code":401}"#, 401, "x", .keyRefused, false),
            (#"{"message":"the context size","code":400}"#, 400, "the context size", .contextOverflow, false),
            (#"{"message":"the context size"}"#, nil, "the context size", .serverFault, true),
            (#"{"message":"x","type":"context_length_exceeded"}"#, nil, "x", .contextOverflow, false),
            (#"{"message":"x","type":"overloaded_error"}"#, nil, "x", .serverFault, true),
        ] as [(String, Int?, String, ProviderRefusal.Cause, Bool)])
    func `an error in a stream has the status that it names`(
        error: String, status: Int?, words: String, cause: ProviderRefusal.Cause, mayPass: Bool
    ) {
        var decoder = ChatCompletions().makeDecoder()
        let events = decoder.decode(ServerSentEvent(data: Array(#"{"error":\#(error)}"#.utf8)))
        #expect(events == [.refused(ProviderRefusal(status: status, words: words, cause: cause, mayPass: mayPass))])
    }
}
