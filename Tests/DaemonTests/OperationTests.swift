import Services
import Supervision
import Testing

@testable import eggheadd

/// What operators ask eggheadd for, as it travels.
@Suite struct OperationTests {
    private static let named: JSONValue = .object(["name": .string("a")])

    @Test(
        arguments: [
            ("node", .object([:]), .node), ("reload", .object([:]), .reload), ("shut_down", .object([:]), .shutDown),
            ("list", .object([:]), .list), ("logs", named, .logs("a")), ("which_children", named, .whichChildren("a")),
            ("count_children", named, .countChildren("a")),
            ("signal", .object(["name": .string("a"), "signal": .string("HUP")]), .signal("a", .hangup)),
            ("restart", named, .order(.restart("a"))), ("stop", named, .order(.stop("a"))),
            ("start", named, .order(.start("a"))), ("terminate_child", named, .call(.terminateChild("a"))),
            ("restart_child", named, .call(.restartChild("a"))), ("delete_child", named, .call(.deleteChild("a"))),
            (
                "start_child",
                .object([
                    "supervisor": .string("s"),
                    "spec": .object(["id": .string("b"), "command": .array([.string("x")])]),
                ]),
                .call(.addChild(supervisor: "s", ChildSpec(id: "b", .worker(WorkerSpec(command: ["x"])))))
            ),
        ] as [(String, JSONValue, OperatorRequest)])
    func `each operation is read, and knows its name`(name: String, payload: JSONValue, request: OperatorRequest) throws
    {
        #expect(try OperatorRequest(operation: name, payload: payload, run: "/run") == request)
        #expect(request.operation == name)
        let looks = ["list", "node", "logs", "which_children", "count_children"]
        #expect(request.changesSomething == !looks.contains(name))
    }

    @Test(
        arguments: [
            ("fly", named, "eggheadd knows no operation fly"), ("stop", .object([:]), "eggheadd.stop: name is missing"),
            ("stop", .object(["name": .integer(1)]), "eggheadd.stop: name is missing"),
            ("signal", named, "eggheadd.signal: signal is missing"),
            (
                "signal", .object(["name": .string("a"), "signal": .string("SIGFLY")]),
                "SIGFLY is not a signal; write HUP, SIGHUP or 1"
            ),
            ("start_child", named, "eggheadd.start_child: spec is missing"),
            (
                "start_child", .object(["spec": .object(["id": .string("b")])]),
                "command is missing, or children for a supervisor"
            ),
            (
                "start_child", .object(["spec": .object(["id": .string("b"), "command": .array([.string("x")])])]),
                "eggheadd.start_child: supervisor is missing"
            ),
        ] as [(String, JSONValue, String)])
    func `what is wrong with a request is told`(name: String, payload: JSONValue, problem: String) {
        do throws(ServiceFailure) {
            _ = try OperatorRequest(operation: name, payload: payload, run: "/run")
            Issue.record("it was taken")
        } catch {
            #expect(error.code == .invalid && error.message == problem)
        }
    }

    @Test(
        arguments: [
            (Answer.ok, nil, "ok"), (.notFound, .notFound, "not_found"), (.running, .exists, "running"),
            (.restarting, .exists, "restarting"), (.alreadyStarted, .exists, "already_started"),
            (.alreadyPresent, .exists, "already_present"), (.failed("why"), .failed, nil),
        ] as [(Answer, ServiceFailure.Code?, String?)])
    func `an order succeeds or fails, and a call of OTP's is answered with OTP's word`(
        answer: Answer, code: ServiceFailure.Code?, word: String?
    ) {
        var failure: ServiceFailure?
        if case .failure(let reason) = OperatorReply(orderOn: "a", answer) { failure = reason }
        #expect(failure?.code == code)
        let reply = OperatorReply(call: answer).json
        #expect(reply["word"]?.string == word)
        #expect((reply["error"] != nil) == (word == nil))
    }

    @Test(arguments: [
        ("nope", "there is no child nope; `egghead ps` lists the children"),
        ("scout", "there is no child scout; did you mean agent:scout?"),
        ("brokr", "there is no child brokr; did you mean broker?"),
        ("", "there is no child without a name; `egghead ps` lists the children"),
    ])
    func `an order on a child that does not exist names the one that may be meant`(name: String, message: String) {
        let failure = ServiceFailure.noChild(name, among: ["broker", "store", "agent:scout"])
        #expect(failure == ServiceFailure(.notFound, message))
    }

    @Test func `a supervisor has no log, and the log of a child may be in the journal`() {
        #expect(ServiceFailure.noLog(of: "models", isSupervisor: true).message.contains("is a supervisor"))
        #expect(
            ServiceFailure.noLog(of: "store", isSupervisor: false).message.contains("journalctl EGGHEAD_CHILD=store"))
    }
}
