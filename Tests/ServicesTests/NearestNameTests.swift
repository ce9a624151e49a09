import Services
import Testing

struct NearestNameTests {
    private static let names = [
        "broker", "records", "index", "store", "coordinator", "agents", "agent:scout", "agent:team/owl",
    ]

    @Test(
        arguments: [
            ("brokr", "broker"), ("BROKER", "broker"), ("coord", "coordinator"), ("scout", "agent:scout"),
            ("agent:Scout", "agent:scout"), ("owl", "agent:team/owl"), ("indxe", "index"),
            ("corodinator", "coordinator"),
            ("nope", nil), ("agent", nil), ("s", nil), ("", nil), ("st", "store"), ("xyz", nil), ("storm", "store"),
        ] as [(String, String?)])
    func `the nearest name is the one that a slip or a habit explains`(typed: String, name: String?) {
        #expect(NearestName.nearest(to: typed, among: Self.names) == name)
        #expect(NearestName.hint(for: typed, among: Self.names) == (name.map { "; did you mean \($0)?" } ?? ""))
    }

    @Test(arguments: [(0, "0 records"), (1, "1 record"), (2, "2 records")])
    func `one thing has no plural`(number: Int, words: String) { #expect(Counted.words(number, "record") == words) }
}
