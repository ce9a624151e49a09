/// Streams as they came over the wire, byte for byte; `\#` at the end of a line joins it with the next.
enum RecordedStream: CaseIterable {
    case llama, vendor

    /// The body of the HTTP answer.
    var bytes: [UInt8] {
        switch self {
        case .llama: Array(Self.llamaText.utf8)
        case .vendor: Array(Self.vendorText.utf8)
        }
    }

    /// llama.cpp with SmolLM2-135M-Instruct, `max_tokens` 5.
    private static let llamaText = #"""
        data: {"choices":[{"finish_reason":null,"index":0,"delta":{"role":"assistant","content":null}}],"created\#
        ":1795389730,"id":"chatcmpl-y9QHJanlnGkAlzkjWZYP9HjljH8EyB00","model":"smollm2","system_fingerprint":"b0\#
        -unknown","object":"chat.completion.chunk"}

        data: {"choices":[{"finish_reason":null,"index":0,"delta":{"content":"One"}}],"created":1795389730,"id":\#
        "chatcmpl-y9QHJanlnGkAlzkjWZYP9HjljH8EyB00","model":"smollm2","system_fingerprint":"b0-unknown","object"\#
        :"chat.completion.chunk"}

        data: {"choices":[{"finish_reason":null,"index":0,"delta":{"content":" two"}}],"created":1795389730,"id"\#
        :"chatcmpl-y9QHJanlnGkAlzkjWZYP9HjljH8EyB00","model":"smollm2","system_fingerprint":"b0-unknown","object\#
        ":"chat.completion.chunk"}

        data: {"choices":[{"finish_reason":null,"index":0,"delta":{"content":"."}}],"created":1795389730,"id":"c\#
        hatcmpl-y9QHJanlnGkAlzkjWZYP9HjljH8EyB00","model":"smollm2","system_fingerprint":"b0-unknown","object":"\#
        chat.completion.chunk"}

        data: {"choices":[{"finish_reason":"stop","index":0,"delta":{}}],"created":1795389730,"id":"chatcmpl-y9Q\#
        HJanlnGkAlzkjWZYP9HjljH8EyB00","model":"smollm2","system_fingerprint":"b0-unknown","object":"chat.comple\#
        tion.chunk"}

        data: {"choices":[],"created":1795389730,"id":"chatcmpl-y9QHJanlnGkAlzkjWZYP9HjljH8EyB00","model":"smoll\#
        m2","system_fingerprint":"b0-unknown","object":"chat.completion.chunk","usage":{"completion_tokens":4,"p\#
        rompt_tokens":34,"total_tokens":38,"prompt_tokens_details":{"cached_tokens":0}},"timings":{"cache_n":0,"\#
        prompt_n":34,"prompt_ms":1180.458,"prompt_per_token_ms":34.719352941176474,"prompt_per_second":28.802380\#
        093150283,"predicted_n":4,"predicted_ms":90.108,"predicted_per_token_ms":30.036,"predicted_per_second":3\#
        3.293381275802375}}

        data: [DONE]


        """#

    /// Chunks of the vendor's own types, every key of them written out, from the fake provider.
    private static let vendorText = #"""
        data: {"id":"chatcmpl-fake","choices":[{"delta":{"audio":null,"content":"You ","function_call":null,"ref\#
        usal":null,"role":"assistant","tool_calls":null},"index":0,"finish_reason":null,"logprobs":null}],"creat\#
        ed":1700000000,"model":"gpt-fake","object":"chat.completion.chunk","moderation":null,"obfuscation":null,\#
        "service_tier":null,"system_fingerprint":null,"usage":null}

        data: {"id":"chatcmpl-fake","choices":[{"delta":{"audio":null,"content":"said: ","function_call":null,"r\#
        efusal":null,"role":"assistant","tool_calls":null},"index":0,"finish_reason":null,"logprobs":null}],"cre\#
        ated":1700000000,"model":"gpt-fake","object":"chat.completion.chunk","moderation":null,"obfuscation":nul\#
        l,"service_tier":null,"system_fingerprint":null,"usage":null}

        data: {"id":"chatcmpl-fake","choices":[{"delta":{"audio":null,"content":"where ","function_call":null,"r\#
        efusal":null,"role":"assistant","tool_calls":null},"index":0,"finish_reason":null,"logprobs":null}],"cre\#
        ated":1700000000,"model":"gpt-fake","object":"chat.completion.chunk","moderation":null,"obfuscation":nul\#
        l,"service_tier":null,"system_fingerprint":null,"usage":null}

        data: {"id":"chatcmpl-fake","choices":[{"delta":{"audio":null,"content":"is ","function_call":null,"refu\#
        sal":null,"role":"assistant","tool_calls":null},"index":0,"finish_reason":null,"logprobs":null}],"create\#
        d":1700000000,"model":"gpt-fake","object":"chat.completion.chunk","moderation":null,"obfuscation":null,"\#
        service_tier":null,"system_fingerprint":null,"usage":null}

        data: {"id":"chatcmpl-fake","choices":[{"delta":{"audio":null,"content":"the ","function_call":null,"ref\#
        usal":null,"role":"assistant","tool_calls":null},"index":0,"finish_reason":null,"logprobs":null}],"creat\#
        ed":1700000000,"model":"gpt-fake","object":"chat.completion.chunk","moderation":null,"obfuscation":null,\#
        "service_tier":null,"system_fingerprint":null,"usage":null}

        data: {"id":"chatcmpl-fake","choices":[{"delta":{"audio":null,"content":"key.","function_call":null,"ref\#
        usal":null,"role":"assistant","tool_calls":null},"index":0,"finish_reason":null,"logprobs":null}],"creat\#
        ed":1700000000,"model":"gpt-fake","object":"chat.completion.chunk","moderation":null,"obfuscation":null,\#
        "service_tier":null,"system_fingerprint":null,"usage":null}

        data: {"id":"chatcmpl-fake","choices":[{"delta":{"audio":null,"content":null,"function_call":null,"refus\#
        al":null,"role":"assistant","tool_calls":null},"index":0,"finish_reason":"stop","logprobs":null}],"creat\#
        ed":1700000000,"model":"gpt-fake","object":"chat.completion.chunk","moderation":null,"obfuscation":null,\#
        "service_tier":null,"system_fingerprint":null,"usage":null}

        data: {"id":"chatcmpl-fake","choices":[],"created":1700000000,"model":"gpt-fake","object":"chat.completi\#
        on.chunk","moderation":null,"obfuscation":null,"service_tier":null,"system_fingerprint":null,"usage":{"c\#
        ompletion_tokens":6,"prompt_tokens":12,"total_tokens":18,"completion_tokens_details":null,"prompt_tokens\#
        _details":null}}

        data: [DONE]


        """#
}
