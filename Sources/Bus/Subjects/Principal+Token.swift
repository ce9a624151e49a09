import Services

extension Principal {
    /// The name as one token of a subject: percent-encoded after the colon; the kind and its colon stay unchanged.
    public var token: String { Self.token(of: rawValue) }

    /// The principal with this token; nil for any other text.
    public init?(token: some StringProtocol) {
        guard let colon = token.firstIndex(of: ":") else {
            self.init(rawValue: String(token))
            return
        }
        guard let name = Subject.decode(token[token.index(after: colon)...]) else { return nil }
        self.init(rawValue: "\(token[..<colon]):\(name)")
    }

    /// Any child's name as one token, also of those that never speak on the bus (`model:local`, the supervisors).
    public static func token(of child: String) -> String {
        guard let colon = child.firstIndex(of: ":") else { return Subject.encode(child) }
        return Subject.encode(String(child[..<colon])) + ":"
            + Subject.encode(String(child[child.index(after: colon)...]))
    }
}
