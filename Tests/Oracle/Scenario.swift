import FoundationEssentials

/// A scenario that was played against Erlang/OTP's own supervisor, with what happened there.
///
/// The tree: `root` one_for_one [`pubsub`, `record_sup` rest_for_one [`index`, `record_store`], `layer_sup`
/// rest_for_one [`llm_registry`, `coordinator`, `agent_sup` one_for_one [`a1` … `a5`]]].
package struct Scenario: CustomStringConvertible, Sendable {
    /// What OTP did in one step.
    package struct Step: Decodable, Equatable, Sendable {
        /// The line that was played.
        package var cmd: String
        /// OTP's answer.
        package var result: String
        /// What happened: `+x` is x started, `-x` is x gone.
        package var seq: [String]
        /// Who ran afterwards, each with its incarnation: `a1#2`.
        package var alive: [String]

        /// A step.
        package init(cmd: String, result: String, seq: [String], alive: [String]) {
            self.cmd = cmd
            self.result = result
            self.seq = seq
            self.alive = alive
        }
    }

    /// The file's name.
    package let name: String
    /// The lines, in words.
    package let lines: [[String]]
    /// What happened, for each line but the `set` lines.
    package let steps: [Step]

    /// The name.
    package var description: String { name }

    /// Whether children are added after the boot (`dynamic`), stand in the specification (`static`) or come from a
    /// template (`simple`).
    package var agentMode: String {
        lines.last { $0.count == 4 && $0[0] == "set" && $0[1] == "agent_sup" && $0[2] == "mode" }?[3] ?? "dynamic"
    }

    /// The words behind `set NAME KEY`, of the last such line.
    package func setting(_ key: String, of name: String) -> [String]? {
        lines.last { $0.count > 2 && $0[0] == "set" && $0[1] == name && $0[2] == key }.map { Array($0.dropFirst(3)) }
    }

    /// Every scenario beside this file, in the order of their names.
    package static let all: [Scenario] = {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Recorded").path
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return files.filter { $0.hasSuffix(".scn") }.sorted().compactMap { file in
            let path = "\(folder)/\(file.dropLast(4))"
            guard let script = try? String(contentsOfFile: path + ".scn", encoding: .utf8),
                let record = try? String(contentsOfFile: path + ".jsonl", encoding: .utf8)
            else { return nil }
            let lines = script.split(separator: "\n").filter { !$0.hasPrefix("#") }
            let steps = record.split(separator: "\n").compactMap {
                try? JSONDecoder().decode(Step.self, from: Data($0.utf8))
            }
            return Scenario(
                name: String(file.dropLast(4)), lines: lines.map { $0.split(separator: " ").map(String.init) },
                steps: steps)
        }
    }()
}
