/// How often a child was started again since its supervisor started, by what was the cause.
public struct RestartCounts: Codable, Sendable, Hashable {
    /// What can be the cause of a restart.
    public enum Cause: String, Codable, Sendable, CaseIterable {
        /// It crashed, hung, ran out of memory, or failed to start.
        case crash
        /// Its context was full, and it handed off to its successor.
        case handoff
        /// Its record, or what else it is started with, was changed.
        case edit
        /// Somebody ordered it.
        case order
        /// It had ended by itself with status 0.
        case exit
        /// Another child restarted, on which it depends, or its supervisor stopped it for another reason.
        case sibling
    }

    private var counts: [Cause: Int] = [:]

    /// No restart.
    public init() {}

    /// How many restarts had a cause.
    public subscript(cause: Cause) -> Int { counts[cause] ?? 0 }

    /// Counts a restart.
    public mutating func add(_ cause: Cause) { counts[cause, default: 0] += 1 }

    /// The causes that there were, each with its number, in the order of `Cause`: `2 crash, 1 edit`.
    public var words: String {
        Cause.allCases.filter { self[$0] > 0 }.map { "\(self[$0]) \($0.rawValue)" }.joined(separator: ", ")
    }

    /// Reads an object of the causes' names; what a later version counts beside them is left out.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        for cause in Cause.allCases {
            let count = try container.decodeIfPresent(Int.self, forKey: Key(cause)) ?? 0
            if count > 0 { counts[cause] = count }
        }
    }

    /// Writes an object of the causes' names; causes that there were not are left out.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        for cause in Cause.allCases where self[cause] > 0 { try container.encode(self[cause], forKey: Key(cause)) }
    }

    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(_ cause: Cause) { stringValue = cause.rawValue }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}
