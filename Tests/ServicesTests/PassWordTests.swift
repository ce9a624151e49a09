import Services
import Testing

struct PassWordTests {
    @Test(arguments: [
        "/pass", "/pass.", "`/pass`", "/Pass", "**/pass**", " \n/PASS!\n", "\"/pass\"", "(/pass)", "_/pass_ ", "/pass…",
        "\u{200B}/pass\u{FEFF}", "/pass /pass", "/pass 🙂", "/pass👍🏽 ❤️ 🇩🇪", #"\/pass"#, "<answer>/pass</answer>",
        "<b>/Pass</b>\n/pass", "/pass\n\n(nothing to add)", "(/pass) (no comment).", "**/pass** (Nothing to add!)",
    ])
    func `a pass, however a model writes it`(text: String) {
        #expect(PassWord.isPass(text))
        // None of it is shown while it comes.
        for end in text.indices { #expect(PassWord.mayBecomePass(text[..<end].unicodeScalars), "\(text[..<end])") }
        #expect(PassWord.mayBecomePass(text[...].unicodeScalars))
    }

    @Test(arguments: [
        "", "pass", "/pass on", "I /pass", "/passage", "/ pass", "//pass", "/pass\n\nBut one thing:", "**", "/pas",
        "/pass/pass", "/pass /passage", "/pass 1", "🙂", "🙂 /pass", "<answer></answer>", "<answer>/pass on</answer>",
        "</",
        "<>/pass", "/pass <answer", "/pass (nothing to add", "/pass (nothing to add) but", "/pass (one\ntwo)",
        "(nothing to add)",
        "/pass (I would only add that the server has been down since noon, and nobody looks)", "/pass\\n",
    ])
    func `what is no pass`(text: String) { #expect(!PassWord.isPass(text)) }

    @Test(arguments: [
        "pass", "/pass on", "I", "/passage", "Hello.", "/pa ss", "* item", "/pas.", "🙂", "🙂 Hello", "<b>Hello",
        "<answer name", "<answering the question", "/pass (one\n", "/pass (one) two", "(no",
    ])
    func `what can no longer become one`(text: String) {
        #expect(!PassWord.mayBecomePass(text[...].unicodeScalars))
    }
}
