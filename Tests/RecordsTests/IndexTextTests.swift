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
        ("ｄｅｐｌｏｙ Ｎｏｗ７", "deploy Now7"), ("de\u{AD}ploy", "deploy"), ("de\u{200B}ploy", "deploy"),
        ("eﬃcient ﬁle", "efficient file"),
        ("CO₂ m²", "CO2 m2"), ("می\u{200C}خواهم", "میخواهم"), ("\u{FEFF}a\u{2060}b", "\u{FEFF}ab"), ("数ａ据", "数|a|据"),
        ("＄５", "$|5"), ("👩\u{200D}💻", "👩\u{200D}|💻"), ("plain", "plain"), ("\u{E9}\u{AD}a", "\u{E9}a"),
        ("ｶﾞｰﾄﾞ ﾊﾟﾝ ﾞ", "ガ|ー|ド パ|ン ﾞ"), ("𝐀𝒷𝟗𝛂𝚤 ℝⁿ Ⅻ", "Ab9αi Rn XII"), ("Straße", "Strasse"), ("Ἄνθρωπος", "Ανθρωποσ"),
    ])
    func `a character with a plain form is cut as that, and restored as itself`(text: String, plain: String) {
        let marks: ClosedRange<UInt32> = 0x300...0x331, cut = IndexText.cut(text)
        // What FTS5 leaves out of words.
        let read = String(String.UnicodeScalarView(cut.unicodeScalars.filter { !marks.contains($0.value) }))
        #expect(read.replacing("\u{1F}", with: "|") == plain)
        #expect(IndexText.restored(cut).unicodeScalars.elementsEqual(text.unicodeScalars))
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
