import JSON
import Services
import Testing

@testable import Bus

/// Requests to eggheadd, which the broker passes on.
@Suite struct SupervisorRequestTests {
    @Test func `a request to eggheadd is passed on, and its answer brought back once`() {
        let stage = Stage("user:ann")
        stage.say("user:ann", "SUB _INBOX.a 1", "PUB svc.eggheadd.stop.user:ann _INBOX.a 12", #"{"name":"x"}"#)
        guard case .askSupervisor(let id, let from, let operation, let payload)? = stage.router.takeEffects().first
        else {
            Issue.record("not passed on")
            return
        }
        #expect(from == .user("ann"))
        #expect(operation == "stop")
        #expect(String(decoding: payload, as: UTF8.self) == #"{"name":"x"}"#)
        for _ in 1...2 { stage.router.answer(id, .success(Array("{}".utf8))) }
        #expect(stage.hear("user:ann") == "MSG _INBOX.a 1 2|{}|")
    }

    @Test func `a refusal of eggheadd's comes back with the headers of one`() throws {
        let stage = Stage("user:ann")
        stage.say("user:ann", "SUB _INBOX.a 1", "PUB svc.eggheadd.stop.user:ann _INBOX.a 2", "{}")
        guard case .askSupervisor(let id, _, _, _)? = stage.router.takeEffects().first else {
            Issue.record("not passed on")
            return
        }
        let failure = ServiceFailure(.denied, "no")
        stage.router.answer(id, .failure(failure))
        let headers = failure.headers.block.count, whole = headers + failure.payload.count
        let heard = stage.hear("user:ann")
        #expect(heard.hasPrefix("HMSG _INBOX.a 1 \(headers) \(whole)|"))
        #expect(heard.contains("Nats-Service-Error: no"))
    }
}
