import JSON
import MCP
import Mutations
import SeededRandom
import Services
import Testing
import Time

/// Logins and refreshes with servers whose answers are changed in a few places, late, doubled or missing, while people
/// and strangers do what they like and time passes.
@Suite struct `Changed answers of authorization servers` {
    @Test func `no answer sends a secret elsewhere or shows it, and every wait ends`() {
        var met: Set<String> = []
        for seed: UInt64 in 1...60 {
            var world = ChangedWorld(seed: seed)
            for step in 0..<300 where world.faults.isEmpty {
                world.step()
                #expect(world.faults == [], "SIM_SEED=\(seed) step \(step): \(world.last)")
            }
            met.formUnion(world.met)
        }
        // Or the seeds would prove little.
        #expect(
            met == [
                "send", "authorized", "loginNeeded", "unavailable", "open", "redirectRefused", "loggedIn",
                "loginFailed", "remember", "setTimer",
            ])
    }
}

private struct ChangedWorld {
    private var mutator: JSONMutator
    private var authorization: MCPAuthorization
    private var now = Instant.zero
    private var seconds: Int64 = 1_800_000_000
    private var asked: [(id: Int, request: AuthorizationRequest)] = []
    private var grant: AuthorizationGrant?
    private var token: SecretValue?
    private var address = ""
    /// Whether requests wait for a token.
    private var isWaiting = false
    private var tokenCount = 0
    /// The secrets of the request that is being answered, which the answer repeats.
    private var echo: [String] = []
    private(set) var faults: [String] = []
    private(set) var met: Set<String> = []
    /// The last events, for who looks for a fault.
    private(set) var last: [String] = []

    init(seed: UInt64) {
        mutator = JSONMutator(seed: seed)
        authorization = MCPAuthorization(.init(server: "s", url: PlayedAuthorization.url))
    }

    mutating func step() {
        switch mutator.random.below(20) {
        case 0..<9: answer()
        case 9..<12: tell(.tokenNeeded)
        case 12, 13: challenge()
        case 14: tell(.login(redirect: PlayedAuthorization.redirect, random: (0..<64).map { _ in byte() }))
        case 15, 16: comeBack()
        case 17: tell(.pasted(["x", "", "a b", "code=y", "http://127.0.0.1/?code=z&state="][mutator.random.below(5)]))
        case 18: pass()
        case _:
            tell(mutator.random.chance(1, in: 6) ? .logout : mutator.random.chance(1, in: 3) ? .loginCancelled : .timer)
        }
    }

    private mutating func byte() -> UInt8 { UInt8(mutator.random.below(256)) }

    private mutating func pass() {
        let span = [1, 10, 700, 3_700][mutator.random.below(4)]
        now = now + .seconds(span)
        seconds += Int64(span)
        tell(.timer)
    }

    private mutating func challenge() {
        let fields = [
            "Bearer", #"Bearer scope="a b""#, #"Bearer error="insufficient_scope", scope="c""#, "Basic x=",
            #"Bearer resource_metadata="\#(PlayedAuthorization.resourceAddress)""#,
        ]
        let field = fields[mutator.random.below(fields.count)]
        let status = mutator.random.chance(1, in: 4) ? 403 : 401
        tell(
            .challenged(status: status, wwwAuthenticate: [field], token: mutator.random.chance(1, in: 9) ? nil : token))
    }

    private mutating func comeBack() {
        let state = address.split(separator: "&").first { $0.hasPrefix("state=") } ?? "state="
        let ends = [
            "code=the-code", "code=the-code&iss=https%3A%2F%2Fauth.example.com", "error=invalid_scope", "iss=x",
        ]
        let end = ends[mutator.random.chance(1, in: 2) ? 0 : mutator.random.below(ends.count)]
        tell(.redirected(query: "\(end)&\(mutator.random.chance(1, in: 8) ? "state=x" : state)"))
    }

    /// Answers a request, mostly the last one, mostly as it should be.
    private mutating func answer() {
        guard !asked.isEmpty else { return }
        let place = mutator.random.chance(4, in: 5) ? asked.count - 1 : mutator.random.below(asked.count)
        let (id, request) = asked[place]
        if mutator.random.chance(9, in: 10) { asked.remove(at: place) }
        echo = Self.secrets(of: request)
        defer { echo = [] }
        let words = echo.joined(separator: " ")
        guard !mutator.random.chance(1, in: 15) else { return tell(.requestFailed(id: id, "\(words) is gone")) }
        tokenCount += 1
        let text =
            switch request.url {
            case PlayedAuthorization.resourceAddress: PlayedAuthorization.resource
            case PlayedAuthorization.serverAddress: PlayedAuthorization.server
            case PlayedAuthorization.registrationAddress: #"{"client_id":"c","client_secret":"password-1"}"#
            case PlayedAuthorization.tokenAddress:
                #"{"access_token":"access-\#(tokenCount)","refresh_token":"refresh-1","token_type":"bearer","#
                    + #""expires_in":3600}"#
            case _: #"{"error":"invalid_grant"}"#
            }
        var value = (try? JSON.decode(JSONValue.self, from: Array(text.utf8))) ?? .null
        if mutator.random.chance(1, in: 8) {
            value = .object(["error": .string("invalid_grant"), "error_description": .string(words)])
        }
        if mutator.random.chance(1, in: 4) { value = mutator.mutated(value) }
        let status = mutator.random.chance(5, in: 6) ? 200 : [302, 400, 401, 404, 429, 500][mutator.random.below(6)]
        tell(.response(id: id, status: status, body: JSON.encode(value)))
    }

    private static func secrets(of request: AuthorizationRequest) -> [String] {
        let names: Set<Substring> = ["code", "refresh_token", "client_secret", "code_verifier"]
        let fields = String(decoding: request.body, as: UTF8.self).split(separator: "&").map {
            $0.split(separator: "=")
        }
        return fields.compactMap { field in
            field.count == 2 && names.contains(field[0]) && field[1].utf8.count >= 6 ? String(field[1]) : nil
        }
    }

    private mutating func tell(_ event: MCPAuthorization.Event) {
        last = (last + ["\(event)"]).suffix(20)
        if case .tokenNeeded = event { isWaiting = true }
        for action in authorization.handle(event, at: now, secondsSince1970: seconds) { take(action) }
        // Nothing else ends the wait than the answer to a request.
        if isWaiting, asked.allSatisfy({ $0.request.url != PlayedAuthorization.tokenAddress }) {
            faults.append("a wait for a token without an end")
        }
    }

    private mutating func take(_ action: MCPAuthorization.Action) {
        met.insert(String(describing: action).prefix { $0 != "(" }.description)
        switch action {
        case .send(let id, let request): check(request, id: id)
        case .authorized(let token):
            self.token = token
            isWaiting = false
            if token?.text.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) == false { faults.append("a bad token") }
        case .loginNeeded(let text), .unavailable(let text):
            isWaiting = false
            check(text)
        case .redirectRefused(let text), .loginFailed(let text): check(text)
        case .open(let address):
            self.address = address
            if !address.hasPrefix("https://") { faults.append("a strange address") }
        case .remember(let grant): self.grant = grant
        case .loggedIn, .setTimer: break
        }
    }

    private mutating func check(_ text: String) {
        for secret in echo where text.contains(secret) {
            faults.append("a secret is shown: \(text)")
        }
        if text.contains("\n") { faults.append("more than a line") }
    }

    private mutating func check(_ request: AuthorizationRequest, id: Int) {
        asked.append((id, request))
        let body = String(decoding: request.body, as: UTF8.self)
        if !request.url.hasPrefix("https://") { faults.append("a request without https") }
        if request.url.contains("the-code") || "\(request)".contains("refresh-1") { faults.append("a secret in a URL") }
        if body.contains("grant_type=refresh"), request.url != grant?.authorizationServer.tokenEndpoint {
            faults.append("a refresh token to somebody else")
        }
        if body.contains("access-") { faults.append("an access token to somebody else") }
    }
}
