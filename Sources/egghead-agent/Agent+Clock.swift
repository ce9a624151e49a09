import Services
import Time

// What is due, and when.
extension Agent {
    /// When `AgentEvent.woke` is wanted; nil while nothing is to happen later. An earlier one changes nothing.
    var nextWakeUp: Instant? {
        let own = [openRequests.nextRepetition, greeting.repeatsAt, handoff?.wakesAt]
        return (own + sessions.map { $0.turn?.wakesAt }).compactMap { $0 }.min()
    }

    /// Does what is due. What ends a call comes before what joins its stream again.
    mutating func wake(at now: Instant) -> [AgentAction] {
        var actions = openRequests.due(at: now).map(AgentAction.askAgain)
        if let repeatsAt = greeting.repeatsAt, repeatsAt <= now { actions.append(sayHello()) }
        actions += handoffDue(at: now)
        for index in sessions.indices { actions += sessions[index].turn?.wake(at: now) ?? [] }
        return actions + rejoinNotes { $0.rejoinIfDue(at: now) }
    }

    /// Says that the process is up, and with which turns it is busy.
    mutating func sayHello() -> AgentAction {
        .hello(
            Coordinator.Hello.Request(
                digest: settings.digest, incarnation: incarnation,
                turns: sessions.compactMap(\.turn?.request.turn)),
            number: greeting.next())
    }

    /// The coordinator knows of the process, or does not.
    mutating func helloAnswered(
        _ number: Int, _ result: Result<Empty, ServiceFailure>, at now: Instant
    ) -> [AgentAction] {
        guard case .failure(let failure) = result, greeting.fail(number: number, at: now) else { return [] }
        return [.warnOfHello(reason: failure.message)]
    }

    /// Joins all chat streams again: the connection to the broker is new.
    mutating func rejoinAll(at now: Instant) -> [AgentAction] {
        var actions: [AgentAction] = []
        for index in sessions.indices { actions += sessions[index].turn?.rejoin(at: now) ?? [] }
        return actions + rejoinNotes { $0.rejoin(at: now) }
    }
}
