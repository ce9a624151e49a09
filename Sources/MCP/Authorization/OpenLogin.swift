import Time

/// A login that is open: what belongs to it alone.
struct OpenLogin: Hashable {
    /// How far it is.
    enum Step: Hashable {
        /// The metadata of the resource is asked for at an address; the others come after it.
        case findingResource(rest: [String])
        /// The metadata of the authorization server with this name is.
        case findingServer(SecureURL, rest: [String])
        /// Egghead registers itself.
        case registering
        /// The person is at the authorization server.
        case waiting
        /// The code becomes a token.
        case redeeming
    }

    var step: Step
    /// When it ends by itself; nil when the browser has come back.
    var due: Instant?
    /// The request that it waits for.
    var requestID: Int?
    /// Where the browser comes back to.
    let redirect: String
    /// What the browser brings back, so that it is known whose login it ends.
    let state: SecretValue
    let proof: ProofKey
    /// What becomes a token.
    var code: SecretValue?

    /// What is found on the way.
    var resource: String
    var resourceScopes: [String]?
    /// Whether the authorization server was named by the resource; otherwise it is looked for at its origin.
    var isNamed = false
    /// The last answer on the way that was no answer: an outage is no reason to guess.
    var outage: String?
    var server: AuthorizationServer?
    var client: RegisteredClient?
    var scopes: [String] = []
}
