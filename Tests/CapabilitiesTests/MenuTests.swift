import Capabilities
import JSON
import Runtime
import Services
import Testing

@testable import egghead_toolbox

@Suite struct MenuTests {
    private static let searching = [
        "search_records", "list_records", "recent_records", "find_links", "find_backlinks",
    ]

    private func menu(_ grants: [String]?) -> Toolbox.Menu.Reply {
        ToolSources(sources: [FixedSource(menu: Tool.records)]).menu(for: Authority(of: grants))
    }

    @Test func `the menu of an agent without grants in its record is one text on the wire`() throws {
        let text = JSON.encode(menu(nil)) + [UInt8(ascii: "\n")]
        #expect(text == (try Golden.bytes("menu.json", orWrite: text)))
    }

    @Test(arguments: [
        ([], []), (["records.read"], ["get_record"]), (["records.create:inbox/*"], ["create_record"]),
        (["records.create", "records.search:a/*"], searching + ["create_record"]),
        (
            ["records.read:a", "records.read:b", "records.create", "records.search"],
            ["search_records", "get_record"] + searching.dropFirst() + ["create_record"]
        ),
    ])
    func `the menu shows what is granted for some record, in the order of the sources`(
        grants: [String], names: [String]
    ) {
        #expect(menu(grants).tools.map(\.name) == names)
    }
}
