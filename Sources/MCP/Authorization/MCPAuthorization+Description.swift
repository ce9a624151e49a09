/// Events are logged, and some bring secrets: a code in an address, tokens in an answer.
extension MCPAuthorization.Event: CustomStringConvertible, CustomReflectable {
    /// What has happened, without what may be secret.
    public var description: String {
        switch self {
        case .tokenNeeded: "tokenNeeded"
        case .challenged(let status, _, _): "challenged(\(status))"
        case .response(let id, let status, let body): "response(\(id), \(status), \(body.count) bytes)"
        case .requestFailed(let id, _): "requestFailed(\(id))"
        case .login(let redirect, _): "login(\(redirect))"
        case .redirected: "redirected"
        case .pasted: "pasted"
        case .loginCancelled: "loginCancelled"
        case .logout: "logout"
        case .timer: "timer"
        }
    }

    /// Nothing more than the description says.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension AuthorizationRequest.Header: CustomStringConvertible, CustomReflectable {
    /// Its name: the value may be a password.
    public var description: String { name }

    /// Nothing more than the description says.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
