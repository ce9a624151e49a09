import Testing

@testable import Records

struct IndexTextTests {
    @Test(arguments: [
        ("plain words, it’s “quoted” – café", "plain words, it’s “quoted” – café"),
        ("重跑gen-itgc后50条", "重|跑|gen-itgc|后|50|条"), ("数据库。备份", "数|据|库。备|份"),
        ("deploy🚀now ✅ 5€", "deploy|🚀|now ✅ 5|€"), ("ข้อมูล", "ข้|อ|มู|ล"), ("한글 백업", "한|글 백|업"),
        ("\u{1112}\u{1161}\u{11AB}\u{1100}", "\u{1112}\u{1161}\u{11AB}|\u{1100}"),
        ("a+b $x C++ = c|d", "a|+|b $|x C|+|+ = c/d"),
    ])
    func `characters of scripts without blanks, and symbols, are words of their own`(text: String, cut: String) {
        #expect(IndexText.cut(text).replacing("\u{1F}", with: "|") == cut.replacing("/", with: "|"))
        #expect(IndexText.restored(IndexText.cut(text)) == text)
    }

    @Test(arguments: [
        ("a", true), ("5", true), ("数", true), ("🚀", true), ("→", true), ("é", true), ("$", true), ("++", true),
        ("=>", false), ("#", false),
        ("…", false), ("", false), ("。", false),
    ])
    func `words are letters, digits and symbols`(text: String, hasWords: Bool) {
        #expect(IndexText.hasWords(text) == hasWords)
    }
}
