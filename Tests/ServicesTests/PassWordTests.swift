import Services
import Testing

struct PassWordTests {
    @Test(arguments: [
        "/pass", "/pass.", "`/pass`", "/Pass", "**/pass**", " \n/PASS!\n", "\"/pass\"", "(/pass)", "_/pass_ ", "/pass…",
        "\u{200B}/pass\u{FEFF}",
    ])
    func `a pass, however a model writes it`(text: String) {
        #expect(PassWord.isPass(text))
        // None of it is shown while it comes.
        for end in text.indices { #expect(PassWord.mayBecomePass(text[..<end].unicodeScalars), "\(text[..<end])") }
        #expect(PassWord.mayBecomePass(text[...].unicodeScalars))
    }

    @Test(arguments: [
        "", "pass", "/pass on", "I /pass", "/passage", "/ pass", "/pass /pass", "//pass", "/pass\n\nBut one thing:",
        "**", "/pas",
    ])
    func `what is no pass`(text: String) { #expect(!PassWord.isPass(text)) }

    @Test(arguments: ["pass", "/pass on", "I", "/passage", "Hello.", "/pa ss", "* item", "/pas."])
    func `what can no longer become one`(text: String) {
        #expect(!PassWord.mayBecomePass(text[...].unicodeScalars))
    }
}
