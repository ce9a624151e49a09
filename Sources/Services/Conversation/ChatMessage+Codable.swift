/// The JSON text of a message:
///
/// ```
/// {"role":"user","content":"words"}
/// {"role":"assistant","content":"words","toolCalls":[…]}          words, then calls
/// {"role":"tool","content":"words","toolCallID":"call00001"}      the outcome of a call
/// {"role":"assistant","content":"words","toolCalls":[…],"layout":[{"opaque":{…}},{"text":5},{"calls":1}]}
/// ```
///
/// The last form is that of every list of parts that the others cannot tell. A process of an older build reads words
/// and calls out of it.
extension ChatMessage: Codable {
    private enum CodingKeys: String, CodingKey { case role, content, toolCalls, toolCallID, layout }

    /// Reads a message.
    ///
    /// - Throws: `DecodingError` also if the layout has more or fewer words or calls than the message.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        let role = try fields.decode(Role.self, forKey: .role)
        let words = try fields.decode(String.self, forKey: .content)
        let calls = try fields.decodeIfPresent([ToolCall].self, forKey: .toolCalls) ?? []
        if let layout = try fields.decodeIfPresent(ContentLayout.self, forKey: .layout) {
            guard let content = layout.content(words: words, calls: calls) else {
                throw DecodingError.dataCorruptedError(
                    forKey: .layout, in: fields, debugDescription: "it does not fit the words and calls")
            }
            self.init(role, content)
        } else if let id = try fields.decodeIfPresent(String.self, forKey: .toolCallID) {
            self.init(role, [.outcome(of: id, text: words)] + calls.map(ContentPart.call))
        } else {
            self.init(role, words, calls: calls)
        }
    }

    /// Writes the message.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(role, forKey: .role)
        if case .outcome(of: let id, text: let text)? = content.first, content.count == 1 {
            try fields.encode(text, forKey: .content)
            try fields.encode(id, forKey: .toolCallID)
            return
        }
        try fields.encode(words, forKey: .content)
        if !calls.isEmpty { try fields.encode(calls, forKey: .toolCalls) }
        if self != ChatMessage(role, words, calls: calls) {
            try fields.encode(ContentLayout(of: content), forKey: .layout)
        }
    }
}
