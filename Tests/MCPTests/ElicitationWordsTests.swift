import Services
import Testing

@testable import MCP

/// Forms as people read them and fill them in.
@Suite struct ElicitationWordsTests {
    private static let schema = #"""
        {"type": "object", "required": ["name", "age"], "properties": {
         "name": {"type": "string", "title": "Your name", "minLength": 2, "description": "As\nyou sign"},
         "age": {"type": "integer", "minimum": 0},
         "weight": {"type": "number"}, "is_member": {"type": "boolean", "default": false},
         "color": {"type": "string", "enum": ["r", "g"], "enumNames": ["red", "green"], "default": "g"},
         "days": {"type": "array", "items": {"enum": ["mon", "tue", "wed"]}, "maxItems": 2},
         "mail": {"type": "string", "format": "email"}}}
        """#

    private static func form() throws -> ElicitationForm {
        try ElicitationForm(try JSONTextReader.value(of: Array(schema.utf8)))
    }

    @Test func `each field is a line`() throws {
        #expect(
            try Self.form().lines == [
                "age (a whole number, wanted)", "name (a text, wanted): Your name: As you sign",
                "color (one of r (red), g (green), may be left out) [g]",
                "days (some of mon, tue, wed, may be left out)", "is_member (yes or no, may be left out) [false]",
                "mail (an address of mail, may be left out)", "weight (a number, may be left out)",
            ])
    }

    @Test func `what people write is what the server takes, with what it suggests`() throws {
        let content = try Self.form().content(of: [
            "name": "Ann Lee", "age": "30", "weight": "7.5", "is_member": "Yes", "color": "red", "days": "mon, wed",
        ])
        #expect(
            content == [
                "name": .string("Ann Lee"), "age": .integer(30), "weight": .number(7.5), "is_member": .bool(true),
                "color": .string("r"), "days": .array([.string("mon"), .string("wed")]),
            ])
        let least = try Self.form().content(of: ["name": "Al", "age": "0"])
        #expect(least["color"] == .string("g") && least["is_member"] == .bool(false) && least["days"] == nil)
    }

    @Test(arguments: [
        (["age": "x"], ["`age`: a whole number is wanted", "`name` is wanted"]),
        (["name": "A", "age": "-1"], ["`age`: at least 0.0 is wanted", "`name`: at least 2 characters are wanted"]),
        (["name": "Al", "age": "1", "color": "blue"], ["`color`: one of `r`, `g` is wanted"]),
        (["name": "Al", "age": "1", "days": "mon,sun"], ["`days`: one of `mon`, `tue`, `wed` is wanted"]),
        (["name": "Al", "age": "1", "is_member": "perhaps"], ["`is_member`: true or false is wanted"]),
        (["name": "Al", "age": "1", "shoe": "42"], ["`shoe` is not asked for"]),
        (["name": "Al", "age": "1", "mail": "x"], ["`mail`: a text of the form `email` is wanted"]),
    ])
    func `what does not fit is told field by field`(values: [String: String], problems: [String]) throws {
        let form = try Self.form()
        #expect(throws: ElicitationProblems(lines: problems)) { try form.content(of: values) }
    }
}
