import Testing

@testable import Records

@Suite struct SentencesTests {
    @Test(arguments: [
        ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
        ("A line\nthat goes on. Then\nanother.", ["A line that goes on.", "Then another."]),
        ("See e.g. `a.b. C` or i.e. This. It is 1.6 bar.", ["See e.g. `a.b. C` or i.e. This.", "It is 1.6 bar."]),
        ("Ask J. Smith. He knows.", ["Ask J. Smith.", "He knows."]),
        ("He said \"Stop.\" Then (it was late.) We left.", ["He said \"Stop.\"", "Then (it was late.)", "We left."]),
        ("It is v. new, etc. and fine.", ["It is v. new, etc. and fine."]),
        ("- one\n- two. three\n  goes on\n1. Four\n2) Five", ["one", "two. three goes on", "Four", "Five"]),
        ("Para one\n\nPara two", ["Para one", "Para two"]),
        ("Run:\n```sh\nmake all\nmake. It\n```\nDone.", ["Run:", "make all", "make. It", "Done."]),
        ("| a | b |\n|---|---|\n| 1 | 2 |", ["| a | b |", "| 1 | 2 |"]),
        ("> quoted words.\n> More", ["quoted words.", "More"]),
        ("重启代理。然后等待！好", ["重启代理。", "然后等待！", "好"]),
        ("", []), ("\n \n", []), ("-", []), ("```", []), ("...", ["..."]), (". .", [".", "."]), ("a `b", ["a `b"]),
    ])
    func `a text is cut where its sentences end`(text: String, sentences: [String]) {
        #expect(Sentences.split(text) == sentences)
    }
}
