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
        ("Run:\n```sh\n# all\nmake all\n\nmake. It\n```\nDone.", ["Run:", "`make all`", "`make. It`", "Done."]),
        ("````\nmake `x`\n```\n~~~\nagain\n````\nDone.", ["make `x`", "`again`", "Done."]),
        ("```make``` runs. It ends.", ["```make``` runs.", "It ends."]),
        ("#+BEGIN_SRC sh\nmake\n#+END_SRC\nDone.", ["`make`", "Done."]),
        ("| a | b |\n|---|---|\n| 1 | 2 |", ["| 1 | 2 |"]), ("a | b\n--- | ---\n1 | 2\n3 | 4", ["1 | 2", "3 | 4"]),
        ("***\n![](a.png)\n<br>\n[x]: http://a\n---\nWords.", ["Words."]), ("See ![](a.png)", ["See ![](a.png)"]),
        ("It was bought in\n2025. It ends.", ["It was bought in 2025.", "It ends."]),
        ("Use z. B. den Host, z.B. Lux. Am 3. Mai.", ["Use z. B. den Host, z.B. Lux.", "Am 3. Mai."]),
        ("No. 5 is in the U.S. Lemur branch. It is 3. So?", ["No. 5 is in the U.S. Lemur branch.", "It is 3.", "So?"]),
        ("A `flag is off. The port is 1.", ["A `flag is off.", "The port is 1."]),
        ("> Old:\n> - one\n> - two", ["Old:", "one", "two"]),
        ("> quoted words.\n> More", ["quoted words.", "More"]),
        ("重启代理。然后等待！好", ["重启代理。", "然后等待！", "好"]),
        ("", []), ("\n \n", []), ("-", []), ("```", []), ("...", []), (". .", []), ("a `b", ["a `b"]),
    ])
    func `a text is cut where its sentences end`(text: String, sentences: [String]) {
        #expect(Sentences.split(text) == sentences)
    }
}
