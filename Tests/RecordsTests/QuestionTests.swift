import Testing

@testable import Records

struct QuestionTests {
    @Test(arguments: [
        ("What did we decide about database backups?", ["decide", "database", "backups"]),
        ("Who are you?", []), ("What's in the note about Ann's e-mail?", ["ann", "e", "mail"]), ("Café CAFÉ", ["café"]),
        ("", []), ("when 🚀 goes", ["🚀", "goes"]), ("5€deploy $HOME", ["5", "€", "deploy", "home"]),
    ])
    func `a question is about its content words`(text: String, words: [String]) {
        let terms = Question(text).terms
        #expect(terms.map(\.text) == words)
        #expect(terms.allSatisfy { $0.sequence == nil })
    }

    @Test(arguments: [
        ("数据库的备份在哪里?", ["数据", "据库", "备份"]), ("重跑gen-itgc后", ["重跑", "gen", "itgc"]),
        ("データベースはどこですか", ["データベース"]), ("塔", ["塔"]), ("どこですか", ["どこ", "こで", "です", "すか"]),
        ("데이터 백업은", ["데이", "이터", "백업", "업은"]), ("สำรองข้อมูลที่ไหน", ["สำรอ", "รอง", "องข้", "งข้อ", "ข้อมู", "อมูล"]),
    ])
    func `a question without blanks is cut into parts`(text: String, parts: [String]) {
        #expect(Question(text).terms.map(\.text) == parts)
    }

    @Test func `a rare word weighs more, and one that no note holds as much as the rarest`() {
        let terms = Question("frog newt toad").terms
        let relevance = Relevance(terms: terms, frequencies: [100, 1, 0], passages: 100)
        #expect(relevance.share([false, false, false]) == 0)
        #expect(relevance.share([true, true, true]) == 1)
        #expect(relevance.share([true, false, false]) < 0.1)
        #expect(relevance.share([false, true, false]) == relevance.share([false, false, true]))
        #expect(Relevance(terms: [], frequencies: [], passages: 10).share([]) == 0)
    }

    @Test func `a part of a text without blanks that no note holds weighs nothing, if another part is known`() {
        let terms = Question("数据库 埃菲尔铁塔").terms
        #expect(terms.map(\.text) == ["数据", "据库", "埃菲", "菲尔", "尔铁", "铁塔"])
        let relevance = Relevance(terms: terms, frequencies: [1, 0, 0, 0, 0, 0], passages: 10)
        #expect(relevance.share([true, false, false, false, false, false]) == 0.5)
    }
}
