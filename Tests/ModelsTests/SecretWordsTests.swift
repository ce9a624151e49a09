import Testing

@testable import Models

/// Keys in the words of providers.
@Suite struct SecretWordsTests {
    private static let key = "sk-Proj-0123456789wXyZ"

    @Test(arguments: [
        ("no sk-Proj-0123456789wXyZ!", "no [key]!"), ("key=SK-PROJ-0123456789WXYZ.", "key=[key]."),
        ("provided: sk-Pr…wXyZ. See", "provided: [key]. See"), ("'sk-proj*********wxyz'", "'[key]'"),
        ("ends in ***wXyZ", "ends in [key]"), ("begins with sk-Proj...", "begins with [key]"),
        ("(sk-Proj-0123)", "([key])"), ("id sk-Pr..wXyZ, x", "id [key], x"),
        ("a sky… is not a key***, nor sk-Pr, 012345", "a sky… is not a key***, nor sk-Pr, 012345"),
        ("wait... and *see*", "wait... and *see*"), ("", ""),
    ])
    func `a key is taken out whole, in another case, cut, and with signs in its middle`(words: String, shown: String) {
        #expect(SecretWords.removed(Self.key, from: words) == shown)
    }

    @Test func `a secret that may be a word is left`() {
        #expect(SecretWords.removed("abc", from: "abc, ABC, ab…") == "abc, ABC, ab…")
    }
}
