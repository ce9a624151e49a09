import Services
import Time

/// The list of tools.
extension MCPSession {
    /// Asks for the first page.
    mutating func list(at now: Instant) {
        listing = ToolListing(hasHeaders: settings.isHTTP)
        relistDue = nil
        requestPage(cursor: nil, at: now)
    }

    private mutating func requestPage(cursor: String?, at now: Instant) {
        answerDue = now + MCPLimits.pageMax
        request("tools/list", cursor.map { ["cursor": .string($0)] } ?? [:], for: .page)
    }

    mutating func listed(_ response: MCPResponse, at now: Instant) {
        answerDue = nil
        guard var listing else { return }
        self.listing = nil
        switch response {
        case .result(let page):
            do throws(MCPProblem) {
                let cursor = try listing.read(page)
                self.listing = listing
                if let cursor { requestPage(cursor: cursor, at: now) } else { finishListing(at: now) }
            } catch {
                breakOffListing("has answered `tools/list` with \(error.reason)")
            }
        case .error(let error) where error.code == MCPErrorCode.methodNotFound && phase == .listing:
            // A server of resources or prompts alone.
            note(.listing, "\(subject) has no tools: \(error.text)")
            self.listing = ToolListing(hasHeaders: settings.isHTTP)
            finishListing(at: now)
        case .error(let error): breakOffListing("has answered `tools/list`: \(error.text)")
        }
    }

    private mutating func finishListing(at now: Instant) {
        guard var listing else { return }
        self.listing = nil
        listedAt = now
        let before = tools
        tools = listing.finish(server: settings.server)
        for problem in listing.problems { note(.leftOut, problem) }
        if phase == .ready {
            if tools != before { output.append(.toolsChanged(tools)) }
        } else {
            phase = .ready
            output.append(.ready(server, tools))
            if generation == .modern, server.tellsOfChanges { listen() }
        }
    }

    /// Without a list the server is not ready; one that is ready keeps the list that it has.
    mutating func breakOffListing(_ reason: String) {
        listing = nil
        requests = requests.filter { $0.value != .page }
        if phase == .ready { note(.listing, "\(subject) \(reason); its tools stay as they are") } else { end(reason) }
    }

    /// The list has changed. It is looked at once for all changes of a while.
    mutating func listChanged(at now: Instant) {
        guard phase == .ready || phase == .listing else { return }
        let next = (listedAt ?? now) + MCPLimits.relistPause
        relistDue = max(now, next)
        if let due = relistDue, due <= now { relist(at: now) }
    }

    mutating func relist(at now: Instant) {
        // What changes while the list is read is looked at afterwards.
        guard listing == nil, phase == .ready else {
            relistDue = now + MCPLimits.relistPause
            return
        }
        list(at: now)
    }

    /// See: MCP 2026-07-28, Subscriptions
    private mutating func listen() {
        request("subscriptions/listen", ["notifications": .object(["toolsListChanged": .bool(true)])], for: .listen)
    }

    mutating func listenAgain(at now: Instant) {
        listenDue = nil
        guard phase == .ready else { return }
        listen()
        // What changed meanwhile nobody has told.
        listChanged(at: now)
    }

    /// The server will tell no more, or has refused to.
    mutating func listened(_ response: MCPResponse, at now: Instant) {
        switch response {
        case .result: listenDue = now + MCPLimits.listenPause
        case .error(let error): note(.subscription, "\(subject) does not tell of changes of its tools: \(error.text)")
        }
    }

    /// The server has ended the subscription with an id.
    mutating func subscriptionEnded(_ id: Int, at now: Instant) {
        guard requests[id] == .listen else { return }
        requests[id] = nil
        listenDue = now + MCPLimits.listenPause
    }
}
