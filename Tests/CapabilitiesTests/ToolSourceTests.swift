import Capabilities
import Services
import Testing

@testable import egghead_toolbox

@Suite struct ToolSourceTests {
    private static let read = Tool.Need(.readRecords, on: .record(argument: "id"))
    private static let create = Tool.Need(.createRecords, on: .newRecord(argument: "id"))
    private let fly = Tool.foreign("fly", needs: [read])
    private let sources = ToolSources(sources: [
        FixedSource(name: "first", menu: Tool.records),
        FixedSource(
            name: "second",
            menu: [
                .foreign("fly", needs: [read]),
                .foreign("get_record", needs: [create], effect: .sideEffect),
            ]),
    ])

    @Test(arguments: [("fly", "second"), ("get_record", "first"), ("search_records", "first")])
    func `a call runs in the first source that has a tool of its name`(name: String, source: String) throws {
        let call = ToolCall(id: "c", name: name, arguments: #"{"id":"a"}"#)
        var outcomes: [ToolOutcome] = []
        sources.run(try AuthorizedCall(call, of: "scout", authority: Authority(of: nil), menu: sources.menu)) {
            outcomes.append($0)
        }
        #expect(outcomes == [ToolOutcome(.done, source)])
    }

    @Test func `the menu is that of the sources, in their order, as far as it is granted`() {
        let sources = ToolSources(sources: [
            FixedSource(name: "first", menu: [fly]), FixedSource(name: "second", menu: Tool.records),
        ])
        #expect(
            sources.menu(for: Authority(of: nil)).tools.map(\.name) == [
                "fly", "search_records", "get_record", "list_records", "recent_records", "find_links",
                "find_backlinks", "create_record",
            ])
        #expect(
            sources.menu(for: Authority(of: ["records.read:x"])).tools.map(\.name) == ["fly", "get_record"])
        #expect(sources.menu(for: Authority(of: [])).tools == [])
    }

    @Test(arguments: [
        (["records.read", "records.create"], true), (["records.read"], false),
        (["records.create"], false),
        (["records.read:b", "records.create"], false), (["records.create:x", "records.read"], false),
        (["records.create:a", "records.read:a"], true),
    ])
    func `a call that needs two permissions is allowed with both alone`(
        grants: [String], isAllowed: Bool
    ) {
        let move = Tool.foreign("move", needs: [Self.read, Self.create], effect: .sideEffect)
        let call = ToolCall(id: "c", name: "move", arguments: #"{"id":"a"}"#)
        let authorized = Result {
            try AuthorizedCall(call, of: "scout", authority: Authority(of: grants), menu: [move])
        }
        #expect(((try? authorized.get()) != nil) == isAllowed)
        #expect(Authorization.isOnMenu(move, authority: Authority(of: grants)) == (grants.count == 2))
    }
}
