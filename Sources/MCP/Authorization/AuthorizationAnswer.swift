import Services

/// What became of a request to an authorization server.
enum AuthorizationAnswer: Hashable {
    /// The answer, of any status.
    case answer(status: Int, body: [UInt8])
    /// There is none: why.
    case failure(String)

    /// What it means.
    enum Meaning {
        /// A JSON object with a status of success, which is no error.
        case success(JSONValue)
        /// Refused, with the code of the error where one was named.
        case refused(code: String?, text: String)
        /// Nothing of the kind that was asked for is there: another status, or no JSON.
        case nothing(text: String)
        /// It may be there another time: why.
        case outage(text: String)
    }

    /// What it means.
    ///
    /// - Parameter secrets: What its words must not repeat.
    ///
    /// See: RFC 6749 §5.2
    func meaning(without secrets: [SecretValue]) -> Meaning {
        switch self {
        case .answer(let status, let body): Self.meaning(of: status, body, without: secrets)
        case .failure(let reason): .outage(text: reason.outsideLine(without: secrets))
        }
    }

    private static func meaning(of status: Int, _ body: [UInt8], without secrets: [SecretValue]) -> Meaning {
        guard body.count <= MCPLimits.authorizationBodyBytesMax else { return .nothing(text: "its answer is too long") }
        guard ![408, 425, 429].contains(status), status < 500 else {
            return .outage(text: "it has answered HTTP \(status)")
        }
        guard !(300..<400).contains(status) else {
            return .nothing(text: "it has answered HTTP \(status), and redirects are not followed")
        }
        let value = try? JSONTextReader.value(of: body)
        // Some answer an error with 200.
        if let value, let code = value["error"]?.string, !code.isEmpty {
            let words = [code, value["error_description"]?.string].compactMap(\.self).joined(separator: ": ")
            return .refused(code: code, text: words.outsideLine(without: secrets))
        }
        // Who refuses without a word of OAuth may be a gate before the server, unless the status is that of a refusal.
        guard (200..<300).contains(status) else {
            let text = "it has answered HTTP \(status)"
            return status == 400 || status == 401 ? .refused(code: nil, text: text) : .nothing(text: text)
        }
        guard let value, value.members != nil else { return .nothing(text: "its answer is no JSON object") }
        return .success(value)
    }
}

extension String {
    /// A text from outside on one line, in which a server that repeats a secret does not have it shown.
    func outsideLine(without secrets: [SecretValue]) -> String {
        var text = self
        // What is shorter is found in every text, and is no secret that could be guessed from its place.
        for secret in secrets where secret.text.utf8.count >= 6 {
            text = text.replacing(secret.text, with: secret.description)
        }
        return text.outsideLine(bytesMax: MCPLimits.noteBytesMax)
    }
}
