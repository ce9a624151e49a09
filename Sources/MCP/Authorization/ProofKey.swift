/// A secret that only who began a login knows, and what is told of it beforehand. A code that somebody else has caught
/// is worth nothing without it.
///
/// See: RFC 7636
struct ProofKey: Hashable {
    /// The `code_verifier`.
    let verifier: SecretValue
    /// The `code_challenge` of the method S256.
    let challenge: String

    /// - Parameter random: At least 32 unforeseeable bytes.
    init(random: some Collection<UInt8>) {
        let text = Base64.encodeForURL(random)
        verifier = SecretValue(text)
        challenge = Base64.encodeForURL(SHA256.bytes(Array(text.utf8)))
    }
}
