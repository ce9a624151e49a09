import Services
import Time

/// From the start of a server to the first page of its list.
extension MCPSession {
    mutating func start(at now: Instant) {
        loseCalls("has been started again")
        reader = MCPLineReader()
        requests = [:]
        (listing, listedAt, relistDue, listenDue) = (nil, nil, nil, nil)
        tools = []
        server = MCPServer()
        (hasProbed, hasProbedAgain) = (false, false)
        if generation == .legacy { shakeHands(at: now) } else { probe(at: now) }
    }

    private mutating func probe(at now: Instant) {
        phase = .probing
        hasProbed = true
        answerDue = now + MCPLimits.probeMax
        request("server/discover", [:], for: .probe)
    }

    /// See: MCP 2025-11-25, Lifecycle, Initialization
    private mutating func shakeHands(at now: Instant) {
        phase = .handshaking
        generation = .legacy
        answerDue = now + MCPLimits.handshakeMax
        request(
            "initialize",
            [
                "protocolVersion": .string(MCPVersion.legacy[0]), "capabilities": capabilities,
                "clientInfo": clientInfo,
            ], for: .handshake)
    }

    /// Whatever is not the answer of a server of the modern generation makes it one of the other.
    ///
    /// See: MCP 2026-07-28, stdio, Backward Compatibility
    mutating func discovered(_ response: MCPResponse, at now: Instant) {
        switch response {
        case .result(let result):
            let versions = result["supportedVersions"]?.items?.compactMap(\.string) ?? []
            guard result.isComplete, versions.contains(MCPVersion.modern) else {
                return fallBack("has answered `server/discover` as no server of the modern generation does", at: now)
            }
            // Its answer to the handshake, which a slow one may have been sent too, is not waited for.
            requests = requests.filter { $0.value != .handshake }
            server = MCPServer(result, protocolVersion: MCPVersion.modern)
            begin(.modern, at: now)
        case .error(let error):
            guard let code = error.code, MCPErrorCode.modern.contains(code) else {
                return fallBack("has answered `server/discover`: \(error.text)", at: now)
            }
            let versions = error.data["supported"]?.items?.compactMap(\.string) ?? []
            if code == MCPErrorCode.unsupportedProtocolVersion, versions.contains(where: MCPVersion.legacy.contains) {
                return fallBack("speaks older revisions", at: now)
            }
            guard phase == .probing else { return }
            failStart("has refused `server/discover`: \(error.text)\(Self.spoken(versions))")
        }
    }

    private static func spoken(_ versions: [String]) -> String {
        guard !versions.isEmpty else { return "" }
        let list = versions.prefix(8).joined(separator: ", ").outsideLine(bytesMax: MCPLimits.noteBytesMax)
        return "; it speaks \(list), and Egghead \(([MCPVersion.modern] + MCPVersion.legacy).joined(separator: ", "))"
    }

    /// An answer that comes after the handshake has begun changes nothing.
    private mutating func fallBack(_ reason: String, at now: Instant) {
        guard phase == .probing else { return }
        note(.start, "\(subject) \(reason); the handshake is tried")
        shakeHands(at: now)
    }

    mutating func handshaken(_ response: MCPResponse, at now: Instant) {
        switch response {
        case .result(let result):
            guard let version = result["protocolVersion"]?.string, MCPVersion.legacy.contains(version) else {
                let version = result["protocolVersion"]?.string ?? "none"
                return failStart("has answered `initialize` with an unknown revision\(Self.spoken([version]))")
            }
            // A late answer to the probe would only say the same.
            requests = requests.filter { $0.value != .probe }
            server = MCPServer(result, protocolVersion: version)
            send(.notification("notifications/initialized"))
            begin(.legacy, at: now)
        case .error(let error) where error.code == MCPErrorCode.unsupportedProtocolVersion && !hasProbedAgain:
            // A slow server has taken the probe after all, and now speaks the modern generation only.
            hasProbedAgain = true
            generation = nil
            requests = requests.filter { $0.value != .probe }
            probe(at: now)
        case .error(let error): failStart("has refused `initialize`: \(error.text)")
        }
    }

    private mutating func begin(_ generation: MCPGeneration, at now: Instant) {
        self.generation = generation
        if generation != settings.generation { output.append(.remember(generation)) }
        phase = .listing
        list(at: now)
    }

    /// The server has been silent for as long as it may.
    mutating func giveUpWaiting(at now: Instant) {
        answerDue = nil
        switch phase {
        case .probing: fallBack("has not answered `server/discover` within \(MCPLimits.probeMax.inWords)", at: now)
        case .handshaking: failStart("has not answered `initialize` within \(MCPLimits.handshakeMax.inWords)")
        case .listing: end("has not answered `tools/list` within \(MCPLimits.pageMax.inWords)")
        case .ready: breakOffListing("has not answered `tools/list` within \(MCPLimits.pageMax.inWords)")
        case .idle, .ended: break
        }
    }

    /// A server of the handshake generation may leave at the sight of the probe. It is started once more.
    mutating func exited(_ reason: String) {
        switch phase {
        case .idle, .ended: return
        case .probing, .handshaking:
            let reason = reason.outsideLine(bytesMax: MCPLimits.noteBytesMax)
            guard hasProbed, !hasRestarted, settings.generation != .modern else {
                return failStart("has ended before it was ready: \(reason)")
            }
            note(.start, "\(subject) has ended at `server/discover` (\(reason)); it is started for the handshake")
            hasRestarted = true
            generation = .legacy
            phase = .idle
            answerDue = nil
            output.append(.restart)
        case .listing, .ready: end("has ended: \(reason.outsideLine(bytesMax: MCPLimits.noteBytesMax))")
        }
    }

    private mutating func failStart(_ reason: String) {
        if settings.generation != nil { output.append(.remember(nil)) }
        end(reason)
    }

    /// Ends the session.
    ///
    /// - Parameter reason: What the server has done.
    mutating func end(_ reason: String) {
        loseCalls(reason)
        close()
        let advice =
            settings.isHTTP ? "Check its address in `mcp_servers`." : "Run its command by hand to see what it says."
        output.append(.failed("\(subject) \(reason). \(advice)"))
    }

    mutating func stop() {
        for call in calls { cancel(call: call.call.id) }
        for open in elicitations { output.append(.withdraw(elicitation: open.elicitation.id)) }
        elicitations = []
        close()
    }

    private mutating func close() {
        phase = .ended
        generation = settings.generation
        requests = [:]
        tools = []
        (answerDue, listing, relistDue, listenDue) = (nil, nil, nil, nil)
        hasRestarted = false
    }
}

extension Duration {
    /// In whole seconds.
    fileprivate var inWords: String { Counted.words(seconds: Int(components.seconds)) }
}
