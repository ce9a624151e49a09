import Capabilities
import Services
import Testing

@testable import egghead_toolbox

/// Which rooms an agent may speak in.
@Suite struct RoomToolsTests {
    @Test(
        arguments: [
            ("rooms.post", "hall", nil), ("rooms.post:ops-*", "ops-night", nil),
            ("rooms.post:ops-*", "hall", DenialCode.scopeViolation), ("rooms.read", "hall", .capabilityAbsent),
        ] as [(String, String, DenialCode?)])
    func `a room is one that the record names`(grant: String, room: String, code: DenialCode?) {
        let call = ToolCall(id: "c", name: "post_room", arguments: #"{"room":"\#(room)","text":"Hello."}"#)
        do throws(ToolRefusal) {
            let authorized = try AuthorizedCall(call, of: "scout", authority: Authority(of: [grant]), menu: Tool.rooms)
            #expect(code == nil && RequestText(authorized).summary == "say in room \(room)")
            #expect(RequestText(authorized).details == ["+ Hello."])
        } catch {
            #expect(error.outcome.denial == code)
        }
    }

    @Test func `what is no name of a room is told`() {
        let call = ToolCall(id: "c", name: "post_room", arguments: #"{"room":"a b","text":"Hello."}"#)
        let error = #expect(throws: ToolRefusal.self) {
            try AuthorizedCall(call, of: "scout", authority: Authority(of: ["rooms.post"]), menu: Tool.rooms)
        }
        #expect(error?.outcome.status == .failed && error?.outcome.text.contains("is no room") == true)
    }
}
