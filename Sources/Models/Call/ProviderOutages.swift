import Services
import Time

/// The providers that did not answer when they were asked last.
///
/// Agents with a second choice take it as long as a provider is out, and the first one again when the time is over or
/// somebody else has been answered: who has no other choice asks all the same.
public struct ProviderOutages: Hashable, Sendable {
    /// How long a provider that has failed before the first word counts as out, and how long at most when it says
    /// for how long it wants to be left alone.
    public static let length: Duration = .seconds(60), lengthMax: Duration = .seconds(3_600)

    private struct Outage: Hashable {
        var endsAt: Instant
        var reason: String
    }

    /// By the providers' names.
    private var outages: [String: Outage] = [:]

    /// No provider is out.
    public init() {}

    /// Notes what a call to a provider has come to.
    ///
    /// - Parameters:
    ///   - failure: Why there is no whole answer; nil if there is one.
    ///   - hasSpoken: Whether a word of an answer has come, so that the provider is there.
    public mutating func note(_ failure: ProviderFailure?, hasSpoken: Bool, from provider: String, at now: Instant) {
        guard let failure else { return end(of: provider) }
        guard failure.code.isOutage, !hasSpoken else { return }
        let told = failure.retryAfterSeconds.map { Duration.seconds($0) } ?? .zero
        let length = max(Self.length, min(told, Self.lengthMax))
        outages[provider] = Outage(endsAt: now + length, reason: failure.message)
    }

    /// A provider may be asked again.
    public mutating func end(of provider: String) { outages[provider] = nil }

    /// Why providers count as out, by their names.
    public func reasons(at now: Instant) -> [String: String] {
        outages.filter { $0.value.endsAt > now }.mapValues(\.reason)
    }
}
