// scripts/fuzz builds this together with the files of the module Models.

import Services

/// Gives bytes to the decoder of a vendor's stream, as a whole and in pieces: both must come to the same end with the
/// same words. The first byte says which API it is, the second one how long the pieces are. libFuzzer calls it, with
/// bytes that reach code not reached before.
///
/// See: LLVM documentation, libFuzzer
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    guard input.count > 2 else { return 0 }
    let apis = ProviderAPI.allCases, api = apis[Int(input[0]) % apis.count], length = 1 + Int(input[1])
    let body = Array(input[2...])
    let pieces = stride(from: 0, to: body.count, by: length).map { Array(body[$0..<min($0 + length, body.count)]) }
    let whole = played([body], api), cut = played(pieces, api)
    if whole != cut { fatalError("\(api): \(cut) in pieces, as a whole \(whole)") }
    return 0
}

/// What a call comes to.
struct Played: Hashable {
    /// The words.
    var text = ""
    /// What else is to be done, in order.
    var actions: [ProviderCall.Action] = []
}

/// Plays a stream in pieces.
func played(_ pieces: [[UInt8]], _ api: ProviderAPI) -> Played {
    let settings = ProviderSettings(
        name: "fuzz", api: api, url: "http://localhost/v1", key: "secret-key", model: "m", contextWindow: 8_192,
        tools: true, idleTimeoutMilliseconds: 1_000, isSupervised: false)
    var call = ProviderCall(
        to: ProviderProfile(settings, key: "secret-key", model: nil), plainerForms: [], seed: 1)
    var played = Played()
    let events =
        [.response(status: 200, retryAfter: nil)] + pieces.map { ProviderCall.Event.bytes($0) } + [.completed]
    _ = call.resume()
    for event in events {
        for action in call.handle(event) {
            if case .text(let words) = action { played.text += words } else { played.actions.append(action) }
        }
        // What comes after the end, or after a retry was decided, is not heard.
        if played.actions.contains(where: { $0 != .taken }) { break }
    }
    return played
}
