import Records
import Services
import Testing

@testable import egghead_records

/// A small notebook in five languages, and what a person finds in it.
@Suite struct LanguageSearchTests {
    private static let notes = [
        ("zh/backup.md", "# 数据库备份\n\n每天凌晨两点备份数据库，备份文件保存在灯塔主机上，保留三十五天。\n"),
        ("zh/deploy.md", "# 发布流程\n\n重跑gen-itgc后50条悬空引用清零。周五不要发布🚀。\n\n## 回滚\n\n回滚命令不会修改数据库。\n"),
        ("ja/backup.md", "# データベースのバックアップ\n\nバックアップは毎晩二時に取得し、灯台ホストに三十五日間保管します。\n"),
        ("ja/oncall.md", "---\ntags: [当番]\n---\n# 当番表\n\n引き継ぎは月曜日の十時です。呼び出しに応答がないときは田中さんに電話します。\n"),
        ("ko/backup.md", "# 데이터베이스백업\n\n데이터베이스를 매일 새벽 두 시에 백업합니다. 백업은 등대 서버에 보관합니다.\n"),
        ("ko/bio.md", "# 등산\n\n동물학, 균류학 등의 생물학자가 널렸다. 홍길동도 왔다.\n"),
        ("th/backup.md", "# การสำรองข้อมูล\n\nระบบสำรองฐานข้อมูลทุกคืนเวลาสองนาฬิกาและเก็บไว้สามสิบห้าวัน\n"),
        ("th/deploy.md", "# การติดตั้ง\n\nห้ามติดตั้งระบบใหม่ในวันศุกร์\n"),
        (
            "en/backup.md",
            "# Backups\n\nThe database is dumped every night. It costs 5€ → cheap ✅, in C++ with $HOME.\n"
        ),
        ("en/wide.md", "# Wide\n\nＷｅ ｄｅｐｌｏｙed the soft\u{AD}ware, eﬃciently\u{200B}, to H₂O. Zero\u{200B}width.\n"),
        ("vi/people.md", "# Nguyễn Huệ\n\nNguyễn Huệ chịu trách nhiệm sao lưu.\n"),
        ("de/street.md", "# Größe\n\nDie Straße ist lang. Le cœur et l'Œuvre. Kırmızı.\n"),
        ("el/world.md", "# Κόσμος\n\nὉ κόσμος και ο Άνθρωπος.\n"),
        ("ru/tree.md", "# Ёлка\n\nЁлка стоит на чёрном столе.\n"),
        ("ar/name.md", "# مُحَمَّد\n\nשָׁלוֹם 👍🏽\n"),
        ("ja/half.md", "# ﾃﾞｰﾀ\n\nｶﾞｿﾘﾝはﾍﾞﾙﾘﾝです。\n"),
        ("en/formula.md", "# 𝐅𝐨𝐫𝐦𝐮𝐥𝐚\n\nLet 𝑥 ∈ ℝⁿ and 𝜆 ≥ 𝟎, chapter Ⅳ.\n"),
        ("en/marks.md", "# Marks\n\n🔘⭕🔵 and ✴️ mark what is urgent, 👩\u{200D}💻 who does it, 🇩🇪 where. See § 5.\n"),
    ]

    private func withNotes(_ body: (IndexDatabase) throws -> Void) throws {
        try TemporaryIndex.with(
            Self.notes.map { Index.IndexedRecord(Record(path: $0.0, text: $0.1), stamp: .old) }, body)
    }

    @Test(
        arguments: [
            ("数据库", ["zh/backup", "zh/deploy"]), ("备份", ["zh/backup"]), ("备", ["zh/backup"]), ("悬空", ["zh/deploy"]),
            ("gen-itgc", ["zh/deploy"]), ("itgc", ["zh/deploy"]), ("重跑gen-itgc后50条", ["zh/deploy"]),
            ("50条", ["zh/deploy"]), ("数据库 主机", ["zh/backup"]), ("数据库 NOT 回滚", ["zh/backup"]),
            ("title:备份", ["zh/backup"]), ("悬空*", ["zh/deploy"]), ("\"引用清零\"", ["zh/deploy"]), ("据备", []),
            ("数据库的备份在哪里？", ["zh/backup", "zh/deploy"]), ("火车", []),
            ("バックアップ", ["ja/backup"]), ("二時", ["ja/backup"]), ("当番", ["ja/oncall"]), ("tags:当番", ["ja/oncall"]),
            ("引き継ぎ", ["ja/oncall"]), ("田中", ["ja/oncall"]), ("電話番号", ["ja/oncall"]), ("プ", ["ja/backup"]),
            ("データベース", ["ja/backup"]), ("데이터베이스", ["ko/backup"]), ("백업", ["ko/backup"]), ("베이스", ["ko/backup"]),
            ("생물학", ["ko/bio"]), ("생물", ["ko/bio"]), ("길동", ["ko/bio"]), ("기차", []),
            ("ข้อมูล", ["th/backup"]), ("ฐานข้อมูล", ["th/backup"]), ("วันศุกร์", ["th/deploy"]),
            ("ระบบ", ["th/backup", "th/deploy"]),
            ("รถไฟ", []), ("title:backup", ["en/backup"]),
            ("backup", ["en/backup", "ja/backup", "ko/backup", "th/backup", "zh/backup"]), ("5€", ["en/backup"]),
            ("€", ["en/backup"]), ("→", ["en/backup"]),
            ("✅", ["en/backup"]), ("C++", ["en/backup"]), ("$HOME", ["en/backup"]), ("home", ["en/backup"]),
            ("$", ["en/backup"]), ("🚀", ["zh/deploy"]), ("🔵", ["en/marks"]), ("🔘⭕", ["en/marks"]), ("✴", ["en/marks"]),
            ("👩\u{200D}💻", ["en/marks"]), ("🇩🇪", ["en/marks"]), ("🇫🇷", []), ("§", ["en/marks"]), ("🎄", []),
            ("deploy", ["en/wide", "th/deploy", "zh/deploy"]), ("ｄｅｐｌｏｙ", ["en/wide", "th/deploy", "zh/deploy"]),
            ("body:deploy", ["en/wide"]), ("body:ｄｅｐｌｏｙ", ["en/wide"]), ("software", ["en/wide"]),
            ("soft\u{AD}ware", ["en/wide"]),
            ("\"we deployed the software\"", ["en/wide"]), ("efficient", ["en/wide"]), ("h2o", ["en/wide"]),
            ("zerowidth", ["en/wide"]), ("title:back\u{200B}up", ["en/backup"]), ("title:ｂａｃｋｕｐ", ["en/backup"]),
            ("ｗｉｄｅ", ["en/wide"]),
            ("nguyen hue", ["vi/people"]), ("Nguyễn", ["vi/people"]), ("sao luu", ["vi/people"]),
            ("STRASSE", ["de/street"]), ("grosse", ["de/street"]), ("GRÖSSE", ["de/street"]), ("Straße", ["de/street"]),
            ("coeur", ["de/street"]), ("oeuvre", ["de/street"]), ("kirmizi", ["de/street"]), ("ΚΟΣΜΟΣ", ["el/world"]),
            ("κοσμος", ["el/world"]), ("ανθρωπος", ["el/world"]), ("елка", ["ru/tree"]), ("черном", ["ru/tree"]),
            ("محمد", ["ar/name"]), ("שלום", ["ar/name"]), ("👍", ["ar/name"]), ("👍🏻", ["ar/name"]),
            ("ベルリン", ["ja/half"]), ("ﾍﾞﾙﾘﾝ", ["ja/half"]), ("title:データ", ["ja/backup", "ja/half"]),
            ("formula", ["en/formula"]),
            ("λ", ["en/formula"]), ("chapter iv", ["en/formula"]), ("𝐜𝐡𝐚𝐩𝐭𝐞𝐫", ["en/formula"]),
        ] as [(String, [RecordID])])
    func `a word is found in any language, with or without blanks round it`(query: String, ids: [RecordID]) throws {
        try withNotes { (index) throws in
            #expect(try index.search(.init(query: query)).map(\.record.id).sorted() == ids)
        }
    }

    @Test(
        arguments: [
            ("数据库的备份保存在哪里？", "zh/backup"), ("周五可以发布吗", "zh/deploy"), ("回滚会修改数据库吗？", "zh/deploy"),
            ("バックアップはどこに保管されますか？", "ja/backup"), ("引き継ぎはいつですか", "ja/oncall"),
            ("데이터베이스 백업은 어디에 보관합니까?", "ko/backup"), ("ฐานข้อมูลสำรองเวลาอะไร", "th/backup"),
            ("วันศุกร์ติดตั้งได้ไหม", "th/deploy"), ("When is the database dumped?", "en/backup"),
            ("Ｗｈｅｎ ｉｓ the data\u{AD}base ｄｕｍｐｅｄ？", "en/backup"),
            ("埃菲尔铁塔是谁建造的？", nil), ("エッフェル塔はどこですか", nil), ("에펠탑은 어디에 있나요", nil), ("หอไอเฟลอยู่ที่ไหน", nil),
        ] as [(String, RecordID?)])
    func `a question in any language is answered by its passage, and one about something else by none`(
        question: String, id: RecordID?
    ) throws {
        try withNotes { (index) throws in
            let found = try index.passages(.init(question: question)).first
            #expect(found?.id == id)
        }
    }

    @Test func `what is shown is the text of the file`() throws {
        try withNotes { (index) throws in
            let hits = try index.search(.init(query: "数据库 主机"))
            let wide = try index.search(.init(query: "body:deploy")).map(\.snippet).first
            #expect(wide?.contains("Ｗｅ **ｄｅｐｌｏｙed** the soft\u{AD}ware, eﬃciently\u{200B}, to H₂O.") == true)
            #expect(hits.map(\.snippet) == ["…晨两点备份**数据库**，备份文件保存在灯塔**主机**上，保留三十…"])
            #expect(
                try index.search(.init(query: "gen-itgc")).map(\.snippet).first?.contains("重跑**gen-itgc**后50条") == true)
            let passage = try #require(try index.passages(.init(question: "数据库备份")).first)
            #expect(passage.title == "数据库备份")
            #expect(Self.notes[0].1.contains(passage.text) && passage.text.count > 20)
            #expect(passage.headings == ["数据库备份"])
        }
    }
}
