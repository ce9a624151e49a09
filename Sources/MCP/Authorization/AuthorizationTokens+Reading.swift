import Services

extension AuthorizationTokens {
    /// Reads the answer of a token endpoint.
    ///
    /// - Parameters:
    ///   - refresh: The refresh token that stays when no new one is given.
    ///   - scopes: Those that count as granted when none are named.
    ///   - seconds: The time, since 1970.
    /// - Throws: Why it is none, without a word of the answer that may be secret.
    ///
    /// See: RFC 6749 §5.1, §6
    init(_ answer: JSONValue, refresh: SecretValue?, scopes: [String], at seconds: Int64) throws(MCPProblem) {
        guard let access = answer["access_token"]?.string, !access.isEmpty else {
            throw .init("its answer has no access token")
        }
        // The token goes into a header: a line end in it would begin another one.
        guard Self.isToken(access) else { throw .init("its access token is none that a header can hold") }
        guard let type = answer["token_type"]?.string else { throw .init("its answer names no type of the token") }
        guard type.lowercased() == "bearer" else {
            throw .init("its token is of the type `\(type.outsideLine(bytesMax: 32))`, and `Bearer` is wanted")
        }
        let renewed = answer["refresh_token"]?.string ?? ""
        guard renewed.isEmpty || Self.isToken(renewed) else { throw .init("its refresh token is none") }
        self.access = SecretValue(access)
        self.refresh = renewed.isEmpty ? refresh : SecretValue(renewed)
        self.scopes = answer["scope"]?.string.map { ScopeList(text: $0).scopes } ?? scopes
        issuedAt = seconds
        expiresAt = Self.life(answer["expires_in"]).map { seconds + $0 }
    }

    /// A number of seconds, also as a text; nil when none is said, and for the 0 and -1 by which some say "no end".
    private static func life(_ value: JSONValue?) -> Int64? {
        let text = value?.string.map { $0.utf8.count <= 32 ? Double($0) ?? 0 : 0 }
        guard let seconds = value?.double ?? text, seconds >= 1 else { return nil }
        return Int64(min(seconds, Double(MCPLimits.tokenSecondsMax)))
    }

    /// See: RFC 6749 appendix A.12
    private static func isToken(_ text: String) -> Bool {
        text.utf8.count <= MCPLimits.tokenBytesMax && text.utf8.allSatisfy { (0x21...0x7e).contains($0) }
    }

    /// Whether the token has ended.
    func hasEnded(at seconds: Int64) -> Bool { expiresAt.map { $0 <= seconds } ?? false }

    /// Whether it is time for a new one: a minute before the end, or a tenth of a life that is shorter than ten.
    func isEnding(at seconds: Int64) -> Bool {
        guard let expiresAt else { return false }
        let (life, overflow) = expiresAt.subtractingReportingOverflow(issuedAt)
        return expiresAt - min(MCPLimits.refreshSecondsMax, overflow ? .max : max(0, life / 10)) <= seconds
    }
}
