import Services

/// What is wrong with the texts by which a provider is reached, in the words of a problem.
enum ProviderAddress {
    /// Why a text is not the base of a provider's API; nil if it can be.
    ///
    /// See: RFC 3986 §3.2
    static func objection(toURL url: String) -> String? {
        guard ["https://", "http://"].contains(where: url.hasPrefix) else {
            return "a URL that begins with https:// or http:// is wanted"
        }
        let wanted = "a URL such as https://api.example.org/v1 is wanted"
        if url.unicodeScalars.contains(where: isBlankOrControl) {
            return "\(shown(url)) contains a blank or a control character; \(wanted)"
        }
        guard let authority = URLAuthority(url) else { return "\(shown(url)) names no host; \(wanted)" }
        return objection(to: authority, of: url, wanted) ?? objection(toPathOf: url)
    }

    /// Why a text is not the whole URL of an MCP server; nil if it can be.
    static func objection(toServerURL url: String) -> String? {
        let wanted = "a URL such as https://api.example.org/mcp is wanted"
        guard ["https://", "http://"].contains(where: url.hasPrefix), let authority = URLAuthority(url) else {
            return wanted
        }
        if url.unicodeScalars.contains(where: isBlankOrControl) || url.contains("#") {
            return "\(shown(url)) contains a blank, a control character or a #; \(wanted)"
        }
        if authority.account != nil {
            return "\(shown(url)) holds an account; put it into headers: Authorization, with {cred:NAME}"
        }
        return objection(to: authority, of: url, wanted)
    }

    private static func objection(to authority: URLAuthority, of url: String, _ wanted: String) -> String? {
        let host = authority.bracketedHost, port = authority.rest, isBracketed = host.first == "["
        if isBracketed ? !isAddress(host) : host.contains(where: "[]".contains) {
            return "\(shown(url)) has an address that is not like [::1]; \(wanted)"
        }
        if host.isEmpty { return "\(shown(url)) names no host; \(wanted)" }
        let isPort = port.first == ":" && Int(port.dropFirst()).map { (1...65_535).contains($0) } == true
        return port.isEmpty || isPort ? nil : "\(shown(url)) has a port that is not from 1 to 65535; \(wanted)"
    }

    /// The path of a request is added to the base: nothing may stand where it comes.
    private static func objection(toPathOf url: String) -> String? {
        if let query = url.firstIndex(where: { "?#".contains($0) }) {
            let rest = String(url[..<query])
            return "\(shown(url)) has a \(url[query]), behind which no path can be; write \(shown(rest))"
        }
        let base = url.hasSuffix("/") ? url.dropLast() : url[...]
        guard let path = requestPaths.first(where: { base.hasSuffix($0) }) else { return nil }
        let rest = String(base.dropLast(path.count))
        return "\(shown(url)) is where requests go, and \(path) is added to the base; write \(shown(rest))"
    }

    /// The paths of the requests of all APIs, but that of Gemini, which names the model.
    private static let requestPaths = ["/chat/completions", "/completions", "/responses", "/messages"]

    /// Whether a URL holds the name or the password of an account.
    ///
    /// See: RFC 3986 §3.2.1
    static func hasCredentials(_ url: String) -> Bool {
        URLAuthority(url)?.account != nil
    }

    /// Whether a text can be an address of IPv6 in brackets, with a zone or without.
    private static func isAddress(_ text: Substring) -> Bool {
        guard text.last == "]", text.count > 3 else { return false }
        let address = text.dropFirst().dropLast().prefix { $0 != "%" }
        return address.contains(":") && address.allSatisfy { $0.isHexDigit && $0.isASCII || $0 == ":" || $0 == "." }
    }

    /// Why a text cannot be the path of a socket; nil if it can.
    ///
    /// See: unix(7), sun_path
    static func objection(toSocket path: String) -> String? {
        if !path.hasPrefix("/") { return "an absolute path is wanted" }
        if path.utf8.contains(0) { return "the path contains a NUL" }
        let count = path.utf8.count
        return count <= socketBytesMax
            ? nil
            : "the path has \(count) bytes, and that of a socket has at most \(socketBytesMax); choose a shorter one"
    }

    /// The longest path of a socket, in bytes.
    private static let socketBytesMax = 107

    /// Why a text cannot name a model; nil if it can.
    static func objection(toModel model: String) -> String? {
        let isBlank = model.unicodeScalars.allSatisfy(isBlankOrControl)
        if isBlank { return "\(shown(model)) is empty; the provider's name for the model is wanted" }
        let isOneLine = model.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
        return isOneLine
            ? nil : "\(shown(model)) contains a line end or a tab; the provider's name for the model is wanted"
    }

    /// Why a text cannot name a variable of the environment; nil if it can.
    ///
    /// See: POSIX.1 §8.1
    static func objection(toVariable name: String) -> String? {
        let isLetter = { (byte: UInt8) in (0x41...0x5A).contains(byte & 0xDF) || byte == UInt8(ascii: "_") }
        let isName =
            name.utf8.first.map(isLetter) == true
            && name.utf8.allSatisfy { isLetter($0) || (0x30...0x39).contains($0) }
        return isName ? nil : "\(shown(name)) is not the name of a variable; letters, digits and _ are wanted"
    }

    private static func isBlankOrControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || scalar.value == 0x7F || scalar.properties.isWhitespace
    }

    /// The text in quotes; of a URL without the account, which may be a secret.
    private static func shown(_ text: String) -> String {
        let account = URLAuthority(text)?.account
        let text = account.map { text[..<$0.startIndex] + "…" + text[$0.endIndex...] } ?? text[...]
        return "\"\(text.prefix(80).map { $0.isNewline || $0 == "\t" ? " " : String($0) }.joined())\""
    }
}
