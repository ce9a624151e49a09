import Capabilities
import Services
import Testing

/// Every text with which a call is refused. Models and people read them, so they are compared whole.
@Suite struct DenialTests {
    struct Row: CustomTestStringConvertible {
        let caller: Principal, tool: Tool, grants: [String]?, record: RecordID?, message: String?

        init(_ caller: Principal, _ tool: Tool, _ grants: [String]?, _ record: RecordID?, _ message: String?) {
            (self.caller, self.tool, self.grants, self.record, self.message) = (caller, tool, grants, record, message)
        }

        var testDescription: String { "\(caller) \(tool.name) \(grants ?? ["-"]) \(record?.rawValue ?? "-")" }
    }

    private static let scout: Principal = "agent:scout", ann: Principal = "user:ann", laptop: Principal = "client:l"
    private static let ungranted = "its record's `capabilities` do not grant "
    private static let rows: [Row] = [
        Row(scout, .searchRecords, nil, nil, nil), Row(scout, .getRecord, nil, "a", nil),
        Row(scout, .createRecord, nil, "", nil), Row(scout, .createRecord, nil, "a", nil),
        Row(ann, .searchRecords, nil, nil, nil), Row(ann, .getRecord, nil, "a", nil),
        Row("index", .getRecord, nil, "a", nil),
        // The grants of a record are an agent's affair.
        Row(ann, .getRecord, [], "a", nil),
        Row(
            ann, .createRecord, nil, "a",
            "user:ann may not call create_record: it lacks records.create, which agents alone have"),
        Row(
            laptop, .createRecord, ["records.create"], "a",
            "client:l may not call create_record: it lacks records.create, which agents alone have"),
        Row(
            "store", .createRecord, nil, "",
            "store may not call create_record: it lacks records.create, which agents alone have"),
        Row(scout, .searchRecords, [], nil, "agent:scout may not call search_records: \(ungranted)records.search"),
        Row(
            scout, .searchRecords, ["records.read", "records.create"], nil,
            "agent:scout may not call search_records: \(ungranted)records.search"),
        Row(scout, .searchRecords, ["records.search:a/*"], nil, nil),
        Row(scout, .getRecord, [], "a", "agent:scout may not call get_record for [[a]]: \(ungranted)records.read"),
        Row(
            scout, .getRecord, ["records.search"], "a",
            "agent:scout may not call get_record for [[a]]: \(ungranted)records.read"),
        Row(
            scout, .getRecord, ["records.read:a/*", "records.create", "records.read:b"], "c",
            "agent:scout may not call get_record for [[c]]: its record's `capabilities` grant records.read for a/*, b "
                + "alone"),
        Row(scout, .getRecord, ["records.read:a/*", "records.read:b"], "b", nil),
        Row(
            scout, .createRecord, [], "",
            "agent:scout may not call create_record without an id: \(ungranted)records.create"
        ),
        Row(
            scout, .createRecord, ["records.create:inbox/*"], "",
            "agent:scout may not call create_record without an id: its record's `capabilities` grant records.create "
                + "for inbox/* alone"),
        Row(scout, .createRecord, ["records.create:*"], "", nil),
        Row(scout, .createRecord, ["records.create:inbox/*", "records.create"], "", nil),
    ]

    @Test(arguments: rows)
    func `a refusal of a tool says who, what and why`(row: Row) {
        var message: String?
        do throws(Denial) {
            try Authorization.authorize(
                row.caller, row.tool, requests: row.tool.requests(for: row.record),
                authority: Authority(of: row.grants))
        } catch {
            #expect(error.failure == ServiceFailure(.denied, error.message))
            message = error.message
        }
        #expect(message == row.message)
    }

    @Test(arguments: [Principal.user("ann"), .client("laptop"), .service(.store)])
    func `deliberations are for agents alone, whatever their grants`(caller: Principal) throws {
        for operation in ["write_deliberation", "read_deliberation"] {
            let lack = "\(caller) may not call \(operation): agents alone have deliberations"
            #expect(throws: Denial(.capabilityAbsent, lack)) {
                try Authorization.agentForDeliberations(caller, operation)
            }
            #expect(try Authorization.agentForDeliberations("agent:a/b", operation) == "a/b")
        }
    }
}
