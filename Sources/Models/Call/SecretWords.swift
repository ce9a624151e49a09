import Services

/// Takes a secret out of what a provider says, as vendors repeat it: whole, in another case, cut, or with signs in
/// place of its middle, as in `sk-ab…wxyz`, and in the encodings of `SecretForms`.
enum SecretWords {
    /// The shortest secret that is looked for: words of a language contain shorter ones, and people write `x` or `none`
    /// as the key of a server that wants none.
    static let lengthMin = 8
    /// The shortest begin or end of a secret that counts beside signs in place of the rest.
    private static let endLengthMin = 3
    private static let masks: Set<Character> = ["*", "•", "…", "·", "●", "█"]
    private static let ends: Set<Character> = ["\"", "'", "`", "<", ">", "(", ")", "{", "}", ",", ";", ":", "="]

    /// The words with `[key]` wherever the secret stood.
    static func removed(_ secret: String, from words: String) -> String {
        guard secret.utf8.count >= lengthMin else { return words }
        let plain = words.replacing(secret, with: "[key]")
        let words = String(
            decoding: SecretForms(secret).cleaned(Array(plain.utf8), isEnd: true).words, as: UTF8.self)
        let secret = secret.lowercased()
        var kept = "", word = ""
        for character in words {
            if character.isWhitespace || ends.contains(character) {
                kept += shown(word, secret)
                kept.append(character)
                word = ""
            } else {
                word.append(character)
            }
        }
        return kept + shown(word, secret)
    }

    private static func shown(_ word: String, _ secret: String) -> String {
        guard word.utf8.count >= endLengthMin else { return word }
        let lowered = word.lowercased()
        if let range = lowered.firstRange(of: secret) {
            return String(lowered[..<range.lowerBound]) + "[key]" + lowered[range.upperBound...]
        }
        let stop = lowered.hasSuffix(".") && !lowered.hasSuffix("..") ? "." : ""
        let letters = lowered.dropLast(stop.count)
        let isPart = (lengthMin...secret.utf8.count).contains(letters.utf8.count) && secret.contains(letters)
        return isPart || isShortened(letters, secret) ? "[key]" + stop : word
    }

    /// Whether a word is the begin or the end of the secret, or both, with signs in place of the rest.
    private static func isShortened(_ word: Substring, _ secret: String) -> Bool {
        let word = word.replacing("..", with: "…")
        guard let first = word.firstIndex(where: masks.contains), let last = word.lastIndex(where: masks.contains)
        else { return false }
        let head = word[..<first], tail = word[word.index(after: last)...].drop { $0 == "." }
        return head.count >= endLengthMin && secret.hasPrefix(head)
            || tail.count >= endLengthMin && secret.hasSuffix(tail)
    }
}
