import MCP
import Services

/// How the messages of a session reach its server and come back.
public protocol ServerTransport: AnyObject {
    /// Called with what the session is to be told.
    var onEvent: (MCPSession.Event) -> Void { get set }
    /// Tells whether a request of the session is still to be answered.
    var isOpen: (_ request: Int) -> Bool { get set }
    /// Whether requests have streams of their own: Streamable HTTP.
    var isHTTP: Bool { get }
    /// What the server may do beside what its section names.
    var additions: [String] { get }
    /// Called when the server cannot be spoken to until a person has done something: what. `started` follows.
    var onWaiting: (String) -> Void { get set }
    /// How the process ends when the session has failed.
    var failure: ExitStatus { get }

    /// Reaches the server, or does so again when it has ended; `started` follows, or `exited`.
    func start()
    /// Sends a message.
    func send(_ message: MCPOutgoing)
    /// Ends the stream of a request, whose answer nobody wants any more.
    func closeStream(request: Int)
    /// Ends the server, or leaves it, in order.
    ///
    /// - Parameter done: Called once, later, when nothing is left.
    func close(_ done: @escaping () -> Void)
    /// A person logs in at the server.
    ///
    /// - Parameter done: Called once, later: with the address to open, or nil when the login is done.
    func logIn(_ step: Toolbox.Login.Step, _ done: @escaping (Result<String?, ServiceFailure>) -> Void)
}
