import EventStream
import FoundationEssentials
import Models
import Mutations
import Services
import Testing

/// Streams whose events hold anything: a call bears them, and ends once.
struct ForeignStreamTests {
    /// The data of events as vendors send them.
    private static func events(_ vendor: VendorStream) -> [String] {
        let stream =
            vendor.begin + vendor.words("Hel") + vendor.thought("hm", block: 1)
            + vendor.call("f", #"{"q":"x"}"#, block: 2) + vendor.end(.calls) + vendor.error("no", overload: true)
            + vendor.unknown + vendor.end(.filtered)
        let lines = stream.split(whereSeparator: \.isNewline).filter { $0.hasPrefix("data: ") }
        return lines.map { String($0.dropFirst(6)) }.filter { $0 != "[DONE]" }
    }

    private static func mutated(_ event: String, _ mutator: inout JSONMutator) -> String {
        guard let json = try? JSONDecoder().decode(JSONValue.self, from: Data(event.utf8)),
            let data = try? JSONEncoder().encode(mutator.mutated(json))
        else { return event }
        return String(decoding: data, as: UTF8.self)
    }

    @Test(arguments: VendorStream.allCases, 1...10) func `no stream ends the gateway`(
        vendor: VendorStream, seed: UInt64
    ) {
        var mutator = JSONMutator(seed: seed)
        let events = Self.events(vendor)
        for _ in 0..<30 {
            var profile = Sample.profile(isSupervised: mutator.random.chance(1, in: 2))
            profile.dialect = vendor.dialect
            var call = ProviderCall(to: profile, seed: seed)
            var ends = 0
            func count(_ actions: [ProviderCall.Action]) {
                for action in actions {
                    switch action {
                    case .send, .sendCorrected, .taken, .text: break
                    case .wait(let wait), .pause(let wait): #expect(wait >= .zero && wait <= .seconds(30))
                    case .finish(let outcome):
                        ends += 1
                        if let usage = outcome.usage { #expect(usage.total <= .most) }
                    case .fail: ends += 1
                    }
                }
            }
            for attempt in 0..<6 where ends == 0 {
                count(call.resume())
                let retryAfter = [Duration.seconds(Int64.max), .seconds(1), .seconds(Int64.min), .zero][attempt % 4]
                let status = [200, 429, Int.max, 503, Int.min, 200][mutator.random.below(6)]
                count(call.handle(.response(status: status, retryAfter: retryAfter)))
                for _ in 0..<8 {
                    let event = events[mutator.random.below(events.count)]
                    let data = mutator.random.chance(1, in: 2) ? event : Self.mutated(event, &mutator)
                    count(call.handle(.bytes(Array("data: \(data)\n\n".utf8))))
                }
                count(call.handle(mutator.random.chance(1, in: 2) ? .completed : .broken("reset")))
            }
            count(call.handle(.cancelled))
            #expect(ends == 1, "SIM_SEED=\(seed)")
        }
    }

    @Test(arguments: ["[", #"{"a":"#, #"[{"a":"#]) func `an event that nests without end is refused`(open: String) {
        var decoder = ChatCompletions().makeDecoder()
        for depth in [200, 600, 100_000] {
            let data = #"{"error":"# + String(repeating: open, count: depth)
            #expect(decoder.decode(ServerSentEvent(data: Array(data.utf8))).count == 1)
        }
        let closed = #"{"error":"# + String(repeating: "[", count: 300) + String(repeating: "]", count: 300) + "}"
        #expect(
            decoder.decode(ServerSentEvent(data: Array(closed.utf8)))
                == [.malformed(StreamProblem("an event is not a chat completion chunk"))])
    }
}
