/// How much of a server's is taken. A server is somebody else's program: each bound has a defined answer beyond it.
public enum MCPLimits {
    /// The longest message, in bytes. A longer line is passed over; see `MCPLineReader`.
    public static let messageBytesMax = 8 << 20
    /// How many values one message may hold. They take many times their text's length in memory.
    public static let messageValuesMax = 1 << 18
    /// How many messages one batch may hold.
    public static let batchMax = 256
    /// The longest id of a server's request.
    public static let idBytesMax = 256

    /// How long a server may be silent at the probe before it is taken for one of the handshake generation.
    public static let probeMax: Duration = .seconds(10)
    /// How long a server may take for its handshake, the download of a package at its first start included.
    public static let handshakeMax: Duration = .seconds(120)
    /// How long a server may take for one page of its list of tools.
    public static let pageMax: Duration = .seconds(30)

    /// How many pages of a list are asked for.
    public static let pagesMax = 100
    /// How many tools of a server are offered.
    public static let toolsMax = 512
    /// The longest name of a tool, in bytes.
    public static let toolNameBytesMax = 512
    /// The longest name in a menu that all vendors take.
    public static let menuNameBytesMax = 64
    /// The longest description of a tool; a longer one is cut.
    public static let descriptionBytesMax = 4_096
    /// The longest schema of a tool, in bytes of JSON.
    public static let schemaBytesMax = 32_768
    /// How deep a schema may nest.
    public static let schemaDepthMax = 48
    /// How long the descriptions and schemas of a server's tools may be in sum, in bytes.
    public static let toolListBytesMax = 320 << 10
    /// How long a changed list waits after the last look at it.
    public static let relistPause: Duration = .seconds(1)
    /// How long a lost subscription is left alone before it is asked for again.
    public static let listenPause: Duration = .seconds(30)

    /// How many calls may run at once.
    public static let callsMax = 64
    /// The longest text of a result; a longer one is cut in the middle.
    public static let resultBytesMax = 65_536
    /// How often a call may come back for more input.
    public static let inputRoundsMax = 10
    /// How many inputs a call may want at once.
    public static let inputRequestsMax = 16
    /// The longest state of a call that waits for input, in bytes.
    public static let requestStateBytesMax = 1 << 18
    /// How long a call that wants nothing but another try waits for it.
    public static let inputPause: Duration = .milliseconds(250)
    /// How far the news of a call's progress are apart; what comes between them is dropped.
    public static let progressPause: Duration = .milliseconds(200)

    /// How many questions to people may be open at once.
    public static let elicitationsMax = 32
    /// How many fields a form may have.
    public static let formFieldsMax = 64
    /// How many options a field may have.
    public static let formOptionsMax = 256
    /// The longest text that a person may give in one field, in bytes.
    public static let formTextBytesMax = 16_384

    /// The longest answer of an authorization server that is read, in bytes.
    public static let authorizationBodyBytesMax = 65_536
    /// The longest address that a server may name, in bytes.
    public static let authorizationURLBytesMax = 2_048
    /// The longest token, code or client's name or password, in bytes.
    public static let tokenBytesMax = 16_384
    /// The longest header field `WWW-Authenticate` that is read, in bytes.
    public static let challengeBytesMax = 8_192
    /// How many scopes are asked for.
    public static let scopesMax = 64
    /// The longest name of a scope, in bytes.
    public static let scopeBytesMax = 256
    /// How long a login may take, from its beginning to the redirect.
    public static let loginMax: Duration = .seconds(600)
    /// How long a refresh that has not come through is left alone before it is tried again.
    public static let refreshPause: Duration = .seconds(5)
    /// A new token that is refused within this time is not refreshed, which would only be refused again.
    public static let newTokenMax: Duration = .seconds(60)
    /// How long before its end a token is refreshed, in seconds; a tenth of a short life.
    public static let refreshSecondsMax: Int64 = 60
    /// The longest life of a token that is believed, in seconds: a year.
    public static let tokenSecondsMax: Int64 = 31_536_000

    /// The longest text of a server's in a note or a failure, in bytes.
    public static let noteBytesMax = 400
    /// The longest text of a server's that people read: a question, a title.
    public static let spokenBytesMax = 2_000
    /// The longest instructions of a server.
    public static let instructionsBytesMax = 4_096
}
