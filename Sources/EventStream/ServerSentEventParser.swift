/// One event of a server-sent event stream.
public struct ServerSentEvent: Hashable, Sendable {
    /// The event's name; nil when the server gave none.
    public var name: String?
    /// The data, its lines joined with line feeds.
    public var data: [UInt8]

    /// An event.
    public init(name: String? = nil, data: [UInt8]) {
        self.name = name
        self.data = data
    }
}

/// Takes a server-sent event stream in pieces, split anywhere, and returns the events that each piece completes.
///
/// ```
/// stream  = [ BOM ] *( comment / field / dispatch )
/// comment = ":" *any end            ignored: servers send them to keep a connection open
/// field   = name [ ":" [ " " ] value ] end
/// dispatch= end                     an empty line ends an event
/// end     = CR LF / LF / CR
/// ```
///
/// `event` and `data` are read, and what servers write in their place when they fail: the field `error` of llama.cpp,
/// whose value is an event of that name, and a JSON object without a field. `id` and `retry` are kept for a client that
/// reconnects. The standard drops an event that the end of the stream cuts off. Some servers
/// leave out the last empty line, so `finish` returns it; whether it is whole is for its reader to see.
///
/// See: WHATWG HTML, 9.2.6 Interpreting an event stream
public struct ServerSentEventParser: Sendable {
    /// The last id that an event had; a client that reconnects names it in `Last-Event-ID`.
    public private(set) var lastID: String?
    /// How long a client is to wait before it reconnects; nil when the server has not said it.
    public private(set) var retry: Duration?

    private let bytesMax: Int
    private var line: [UInt8] = []
    private var name: String?
    private var data: [UInt8]?
    /// Whether the data is a JSON text that has come without a field.
    private var isBare = false
    private var isFirstLine = true
    /// The last byte was a CR: a LF right after it belongs to the same line end.
    private var endedWithCarriageReturn = false

    /// A parser at the beginning of a stream.
    ///
    /// - Parameter bytesMax: The longest line, and the longest data of an event.
    public init(bytesMax: Int) { self.bytesMax = bytesMax }

    /// Takes the next bytes of the stream.
    ///
    /// - Returns: The events that are complete now, oldest first.
    /// - Throws: `StreamProblem` when a line or an event is over its limit; the stream cannot be read further.
    public mutating func feed(_ bytes: some Sequence<UInt8>) throws(StreamProblem) -> [ServerSentEvent] {
        var events: [ServerSentEvent] = []
        for byte in bytes {
            let followsCarriageReturn = endedWithCarriageReturn
            endedWithCarriageReturn = byte == Self.carriageReturn
            if byte == Self.lineFeed && followsCarriageReturn { continue }
            guard byte == Self.lineFeed || byte == Self.carriageReturn else {
                guard line.count < bytesMax else {
                    throw StreamProblem("a line of the stream is longer than \(bytesMax) bytes")
                }
                line.append(byte)
                continue
            }
            if let event = try endLine() { events.append(event) }
        }
        return events
    }

    /// The event that the end of the stream completes.
    ///
    /// - Throws: `StreamProblem` when the event is over its limit.
    public mutating func finish() throws(StreamProblem) -> ServerSentEvent? {
        let last = line.isEmpty ? nil : try endLine()
        return last ?? dispatch()
    }

    private static let carriageReturn = UInt8(ascii: "\r"), lineFeed = UInt8(ascii: "\n")
    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    /// Interprets the gathered line; an empty one completes the event.
    private mutating func endLine() throws(StreamProblem) -> ServerSentEvent? {
        defer {
            line.removeAll(keepingCapacity: true)
            isFirstLine = false
        }
        if isFirstLine && line.starts(with: Self.byteOrderMark) { line.removeFirst(Self.byteOrderMark.count) }
        guard !line.isEmpty else { return dispatch() }

        if isBare || line.first == UInt8(ascii: "{") && data == nil {
            isBare = true
            try gather(line[...])
            return nil
        }
        let colon = line.firstIndex(of: UInt8(ascii: ":")) ?? line.endIndex
        var value = line[colon...].dropFirst()
        if value.first == UInt8(ascii: " ") { value.removeFirst() }
        switch String(decoding: line[..<colon], as: UTF8.self) {
        case "data": try gather(value)
        case "error":
            name = "error"
            try gather(value)
        case "event": name = String(decoding: value, as: UTF8.self)
        case "id": if !value.contains(0) { lastID = String(decoding: value, as: UTF8.self) }
        case "retry":
            let isNumber = value.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            if isNumber, let milliseconds = Int64(String(decoding: value, as: UTF8.self)) {
                retry = .milliseconds(milliseconds)
            }
        case _: break  // a comment, or a field that is not for us
        }
        return nil
    }

    private mutating func gather(_ value: ArraySlice<UInt8>) throws(StreamProblem) {
        let gathered = data.map { $0 + [Self.lineFeed] + value } ?? Array(value)
        guard gathered.count <= bytesMax else {
            throw StreamProblem("an event of the stream is longer than \(bytesMax) bytes")
        }
        data = gathered
    }

    private mutating func dispatch() -> ServerSentEvent? {
        defer { (name, data, isBare) = (nil, nil, false) }
        return data.map { ServerSentEvent(name: name, data: $0) }
    }
}
