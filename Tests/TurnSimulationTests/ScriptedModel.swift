import Models
import Services

/// What a model wants done once in a turn.
struct Intention: Hashable {
    /// The turn.
    let turn: TurnID
    /// Counts the intentions of the turn from 1.
    let number: Int
    /// Whether a note is to be made; else one is to be read.
    let isWrite: Bool

    /// The note's title, by which its effect is known again.
    var title: String { "\(turn)#\(number)" }

    /// The call that a model makes for it.
    var call: ToolCall {
        isWrite
            ? ToolCall(id: "x", name: "create_record", arguments: #"{"title":"\#(title)","body":"x"}"#)
            : ToolCall(id: "x", name: "get_record", arguments: #"{"id":"\#(title)"}"#)
    }

    /// Whether a call is made for it.
    func isMade(by call: ToolCall) -> Bool { call.name == self.call.name && call.arguments == self.call.arguments }
}

/// A model that follows its plan to the letter and believes its prompt: it calls what it is not told to have called.
struct ScriptedModel {
    /// What a prompt says of an intention. Of two calls for one the greater counts.
    enum Told: Int, Comparable {
        /// Nothing: it was not called.
        case nothing
        /// It was called and was not done.
        case notDone
        /// Whether it was done is not known.
        case unknown
        /// It was done.
        case done

        static func < (left: Told, right: Told) -> Bool { left.rawValue < right.rawValue }
    }

    /// The turn that it answers.
    let turn: TurnID
    /// The calls of each step.
    let steps: [[Intention]]

    /// How often it is told that something was not done before it gives up.
    private static let failuresMax = 3

    /// A model that makes these numbers of calls, one step after the other; every third one only reads.
    init(turn: TurnID, callsOfSteps: [Int]) {
        self.turn = turn
        var number = 0
        steps = callsOfSteps.map { count in
            (0..<count).map { _ in
                number += 1
                return Intention(turn: turn, number: number, isWrite: number % 3 != 0)
            }
        }
    }

    /// What a prompt says of each intention, and how often it says that it was not done.
    func reading(_ messages: [ChatMessage]) -> [Intention: (told: Told, failures: Int)] {
        var readings: [Intention: (told: Told, failures: Int)] = [:], calls: [String: Intention] = [:]
        for part in messages.flatMap(\.content) {
            switch part {
            case .text, .opaque: break
            case .call(let call): calls[call.id] = steps.joined().first { $0.isMade(by: call) }
            case .outcome(of: let id, text: let text):
                guard let intention = calls[id] else { continue }
                let told: Told =
                    text.hasPrefix("(unknown) ")
                    ? .unknown : text.hasPrefix("(failed) ") || text.hasPrefix("(denied) ") ? .notDone : .done
                let before = readings[intention] ?? (.nothing, 0)
                readings[intention] = (max(before.told, told), before.failures + (told == .notDone ? 1 : 0))
            }
        }
        return readings
    }

    /// The model's next step; empty when nothing is left to call.
    func nextCalls(after messages: [ChatMessage]) -> [ToolCall] {
        let readings = reading(messages)
        let open = steps.map { step in
            step.filter {
                let reading = readings[$0] ?? (.nothing, 0)
                return reading.told < .unknown && reading.failures < Self.failuresMax
            }
        }
        return open.first { !$0.isEmpty }?.map(\.call) ?? []
    }
}
