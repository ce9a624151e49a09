/// What is remembered of a login: with whom, as which client, and the tokens. It is written to a file that only its
/// owner may read.
///
/// All of it belongs together: the client is known to this issuer alone, and the tokens are good for this resource
/// alone. Nothing of it is ever sent to another issuer.
///
/// See: MCP 2026-07-28, Client Registration, Authorization Server Binding
public struct AuthorizationGrant: Codable, Hashable, Sendable {
    /// The canonical URI of the MCP server as the configuration has it. A grant of another one is not used.
    public var server: String
    /// What authorization and token requests name as `resource` (RFC 8707).
    public var resource: String
    /// The authorization server.
    public var authorizationServer: AuthorizationServer
    /// Who Egghead is there; nil when the authorization server does not know it any more.
    public var client: RegisteredClient?
    /// The scopes that the last login asked for.
    public var scopes: [String]
    /// The tokens; nil when a login is needed.
    public var tokens: AuthorizationTokens?
}

/// The tokens of a login.
///
/// See: RFC 6749 §5.1
public struct AuthorizationTokens: Codable, Hashable, Sendable {
    /// What the MCP server takes.
    public var access: SecretValue
    /// What the authorization server gives a new access token for; nil when it has given none.
    public var refresh: SecretValue?
    /// When the access token was given, in seconds since 1970.
    public var issuedAt: Int64
    /// When it ends, in seconds since 1970; nil when that was not said.
    public var expiresAt: Int64?
    /// The scopes that were granted.
    public var scopes: [String]
}

/// Who Egghead is to an authorization server.
///
/// See: RFC 7591 §3.2.1
public struct RegisteredClient: Codable, Hashable, Sendable {
    /// Its `client_id`.
    public var id: String
    /// Its password; nil for a public client.
    public var secret: SecretValue?
    /// When the password ends, in seconds since 1970; nil when it does not.
    public var secretExpiresAt: Int64?
    /// How it shows itself at the token endpoint.
    public var method: ClientAuthenticationMethod
    /// Where it was registered to be sent back to; nil for a client of the configuration.
    public var redirect: String?
    /// The scopes that it was registered for; empty when none were named.
    public var scopes: [String]
}

/// How a client shows itself at the token endpoint.
///
/// See: RFC 7591 §2, `token_endpoint_auth_method`
public enum ClientAuthenticationMethod: String, Codable, Hashable, Sendable {
    /// By its id alone.
    case none
    /// By its password in the header `Authorization` (RFC 6749 §2.3.1).
    case clientSecretBasic = "client_secret_basic"
    /// By its password in the body.
    case clientSecretPost = "client_secret_post"
}

/// What is known of an authorization server.
///
/// See: RFC 8414 §2
public struct AuthorizationServer: Codable, Hashable, Sendable {
    /// Its name, a URL, as its metadata has it.
    public var issuer: String
    /// Where a person is sent.
    public var authorizationEndpoint: String
    /// Where codes and refresh tokens become access tokens.
    public var tokenEndpoint: String
    /// Where clients register themselves; nil when they cannot.
    public var registrationEndpoint: String?
    /// How clients may show themselves; nil when that is not said.
    public var authenticationMethods: [String]?
    /// Whether it says that every redirect of its names the issuer (RFC 9207 §3).
    public var namesIssuer: Bool
    /// Whether it knows the scope `offline_access`, without which some give no refresh token.
    public var offersOfflineAccess: Bool
}
