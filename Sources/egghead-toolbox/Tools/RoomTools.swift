import BusClient
import Capabilities
import Services

/// The tools on rooms, each one request to the coordinator, which keeps them.
struct RoomTools: ToolSource {
    /// The way to the coordinator.
    let client: BusClient

    private static let patience = Duration.seconds(30)

    /// The same at all times.
    var menu: [Tool] { Tool.rooms }

    /// Runs a call; what is wrong with its arguments is its outcome.
    func run(_ call: AuthorizedCall, done: @escaping (ToolOutcome) -> Void) {
        guard case .room(let room)? = call.requests.first?.object else { return }
        do throws(ServiceFailure) {
            let request = Coordinator.Post.Request(
                request: call.agent.requestID(call.id), room: room, speaker: call.agent,
                text: try call.arguments.text("text"))
            client.request(Coordinator.Post.self, request, deadline: Self.patience, retry: .untilDeadline) { result in
                switch result {
                case .success(let reply):
                    done(ToolOutcome(.done, "Said in room \(reply.room), number \(reply.number)."))
                case .failure(let failure): done(RecordTools.outcome(ofFailedWrite: failure))
                }
            }
        } catch {
            done(ToolOutcome(.failed, error.message))
        }
    }

    /// What the coordinator was asked it does, and tells soon.
    func stop(_ call: ToolCallKey) {}
}
