import Testing

/// The style tests stand on telling code from comments and strings.
@Suite struct `Code without comments and strings` {
    @Test(arguments: [
        ("a // b\nc", "a     \nc"),
        ("a /* b /* c */ d */ e", "a                   e"),
        ("f(\"}\")", "f(   )"),
        ("f(\"a\\\"b\")", "f(      )"),
        ("f(#\"a\"b\"#)", "f(       )"),
        ("f(\"x \\(y ?? \"}\") z\")", "f(     y ??        )"),
        ("\"\"\"\n{ \"\n\"\"\" }", "   \n   \n    }"),
    ])
    func `what is in comments and strings is blank, and everything else stays in its place`(
        source: String, code: String
    ) {
        #expect(CodeText(source).text == code)
    }
}

/// And on finding where a function ends.
@Suite struct `The length of functions` {
    @Test(arguments: [
        ("func a() {}", [1]),
        ("func a(b: () -> Int = { 1 }) {\n    c { d }\n}", [3]),
        ("protocol P {\n    func a()\n    init()\n}\nfunc b() {\n}", [2]),
        ("init(a: Int) {\n    self.init()\n}", [3]),
        ("func a() {\n    func b() {\n    }\n}", [4, 2]),
    ])
    func `a function reaches from its first word to its closing brace`(source: String, lengths: [Int]) {
        #expect(FunctionSpan.all(in: SourceFile(path: "", text: source)).map(\.length) == lengths)
    }
}
