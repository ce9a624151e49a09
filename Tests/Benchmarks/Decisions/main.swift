import Capabilities
import Glibc
import Services

// Measures decisions about tool calls alone, without bus, store and JSON: measure-decisions. It prints a line for each
// kind of call: nanoseconds of processor time, which is the median of its rounds, and the kind.

let measurement = Measurement(rounds: 21, decisions: 1_000)
for sample in Sample.all { measurement.run(sample) }

/// A call and the record that allows or refuses it.
struct Sample {
    let name: String
    let tool: Tool
    let arguments: ToolArguments
    let isAllowed: Bool
    let authority: Authority

    /// Calls that only one of the last of eight grants allows, and one that none does.
    static let all = [
        Sample("fs_read", .readFile, ["path": .string("conf/nginx/site")], isAllowed: true),
        Sample(
            "proc_exec", .execute, ["command": .array(["git", "log", "-1"].map(JSONValue.string))], isAllowed: true),
        Sample("fs_read, refused", .readFile, ["path": .string("secret/key")], isAllowed: false),
    ]

    private init(_ name: String, _ tool: Tool, _ arguments: [String: JSONValue], isAllowed: Bool) {
        self.name = name
        self.tool = tool
        self.isAllowed = isAllowed
        self.arguments = ToolArguments(of: tool.name, members: arguments)
        let root = ScopeKey.root, directory = ["/srv/app"]
        let others = (1...3).flatMap { number in
            [
                Grant(.readFiles, [root: directory, .paths: ["logs/\(number)/*.log", "data/\(number)/*"]]),
                Grant(.execute, [root: directory, .commands: ["tool\(number)"], .patterns: ["make test-\(number) *"]]),
            ]
        }
        authority = Authority(
            capabilities: others + [
                Grant(.readFiles, [root: directory, .paths: ["conf/*"]]),
                Grant(.execute, [root: directory, .patterns: ["git log *"]]),
            ])
    }

    /// Decides as the toolbox does.
    func decide() -> Bool {
        do {
            let requests = try tool.requests(of: arguments, by: authority)
            try Authorization.authorize(.agent("scout"), tool, requests: requests, authority: authority)
            return true
        } catch {
            return false
        }
    }
}

/// How often a decision is made.
struct Measurement {
    let rounds: Int, decisions: Int

    func run(_ sample: Sample) {
        var nanoseconds: [Int] = []
        for _ in 0..<rounds {
            let begun = clock()
            var allowed = 0
            for _ in 0..<decisions where sample.decide() { allowed += 1 }
            nanoseconds.append((clock() - begun) * 1_000 / decisions)
            precondition(allowed == (sample.isAllowed ? decisions : 0), "\(sample.name): the decision is wrong")
        }
        print(nanoseconds.sorted()[rounds / 2], sample.name)
    }
}
