import Capabilities
import JSON
import Services

/// What people read of a call that waits for their yes: all that it would do, so that nothing is said yes to unseen.
///
/// A model chose the words, so every character that is not seen, or that moves others, is written as its number.
struct RequestText {
    /// What it would do, on one line, with every path and directory in full: `run systemctl restart nginx in /srv`.
    let summary: String
    /// What the summary does not say, a line each: the text that is written, the code that runs.
    let details: [String]

    /// The longest summary and details, in bytes: nobody is asked for what is longer.
    private static let summaryBytesMax = 4_000, detailsBytesMax = 64 << 10
    /// The most lines and bytes that a room is told.
    private static let linesMax = 40, bytesMax = 6_000

    /// The text of a call.
    init(_ call: AuthorizedCall) {
        let object = call.requests.first.flatMap { Self.words(for: $0.object) } ?? ""
        let isProgram = call.tool == .execute || call.tool == .evaluate
        let writes = isProgram && call.requests.contains { $0.permission == .writeFiles }
        let hosts =
            isProgram ? call.programHosts.map { ", reaching " + $0.places.map(Self.seen).joined(separator: ", ") } : nil
        summary =
            Self.verb(of: call.tool) + object + (writes ? ", where it can change every file" : "") + (hosts ?? "")
        details = Self.details(of: call.arguments, tool: call.tool)
    }

    /// Whether a person can read all of it.
    var isReadable: Bool {
        summary.utf8.count <= Self.summaryBytesMax
            && details.reduce(0) { $0 + $1.utf8.count + 1 } <= Self.detailsBytesMax
    }

    /// What a room is told of a call for which a person is asked.
    static func request(_ call: HeldCall, details: [String]) -> String {
        let agent = call.key.caller.agent.map { "@\($0)" } ?? "\(call.key.caller)", number = call.number
        let said = call.reason.map { seen(String($0.prefix(bytesMax: reasonBytesMax)).onOneLine) }
        let reason = said.map { ["It says: \($0)"] } ?? []
        let answer =
            "Answer with: egghead approve \(number), or egghead deny \(number) REASON. "
            + "Without an answer it is denied after \(Counted.words(seconds: call.timeoutSeconds))."
        let lines =
            ["Request \(number): \(agent) asks to \(call.summary)"] + told(details, number: number) + reason + [answer]
        return lines.joined(separator: "\n")
    }

    /// What a room is told of the answer to a request.
    static func answer(_ call: HeldCall, _ answer: ApprovalAnswer) -> String {
        guard let by = answer.by else {
            let span = Counted.words(seconds: call.timeoutSeconds)
            return "Request \(call.number) was not answered within \(span): it is denied."
        }
        switch answer.verdict {
        case .approved: return "\(by.name) has approved request \(call.number): \(call.summary)"
        case .denied:
            let reason = answer.reason.map { ": " + seen($0.onOneLine) } ?? ""
            return "\(by.name) has denied request \(call.number)\(reason)"
        }
    }

    /// The most of what the agent says of it, in bytes.
    private static let reasonBytesMax = 600

    /// The details as a room is told them, each behind a bar that no text of a model can stand before.
    private static func told(_ details: [String], number: Int) -> [String] {
        var told: [String] = [], bytes = 0
        for line in details {
            bytes += line.utf8.count
            if told.count == linesMax || bytes > bytesMax { break }
            told.append("| " + line)
        }
        let left = details.count - told.count
        return told + (left > 0 ? ["[\(left) more: egghead requests \(number)]"] : [])
    }

    /// A text as a line in which everything is seen.
    static func seen(_ text: some StringProtocol) -> String {
        var line = ""
        for scalar in text.unicodeScalars {
            if scalar == " " || !scalar.isUnseen && !scalar.isControl {
                line.unicodeScalars.append(scalar)
            } else {
                line += scalar == "\t" ? "\\t" : "\\u{\(String(scalar.value, radix: 16))}"
            }
        }
        return line
    }

    private static func verb(of tool: Tool) -> String {
        switch tool {
        case .execute: "run "
        case .evaluate: "run code"
        case .writeFile: "write "
        case .editFile: "edit "
        case .deleteFile, .deleteRecord: "delete "
        case .readFile, .getRecord: "read "
        case .updateRecord: "change "
        case .createRecord: "create "
        case .postToRoom: "say in room "
        case .fetchPage: "fetch a page of "
        case .promptAgent: "ask "
        case _: "call \(tool.name) "
        }
    }

    private static func words(for object: AccessRequest.Object) -> String? {
        switch object {
        case .filteredRecords, .ownOutput: nil
        case .record(let id, _): "[[\(seen(id.rawValue))]]"
        case .unnamedRecord: "a note"
        case .agent(let id): "agent:\(seen(id.rawValue))"
        case .file(let path), .directory(let path): quoted(path.description)
        case .host(let host): seen(host)
        case .command(let words, let directory):
            "`\(words.map(quoted).joined(separator: " "))`" + (directory.map { " in \(quoted($0.description))" } ?? "")
        case .code(let directory): " in \(quoted(directory.description))"
        case .room(let room): "\(room)"
        case .serverTool(let tool): "of the MCP server \(seen(tool.server)), as it is by its checksum \(tool.digest)"
        }
    }

    /// A word as a shell reads it.
    ///
    /// See: POSIX.1-2017, Shell Command Language, 2.2 Quoting
    private static func quoted(_ word: String) -> String {
        let isPlain =
            !word.isEmpty
            && word.unicodeScalars.allSatisfy { scalar in
                scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
                    || "_-./:=,+@%^".unicodeScalars.contains(scalar)
            }
        if isPlain { return seen(word) }
        return "'" + seen(word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''")) + "'"
    }

    /// What a text that is written replaces, as far as its reader may know.
    enum Replaced: Hashable {
        /// A text; in a short form only what changes is said, and what is around it.
        case text(String, isShort: Bool)
        /// Why it is not compared, in words.
        case unknown(String)
    }

    /// How many lines that stay are shown before and after each change, in a short form.
    private static let contextCount = 2

    /// The arguments that the summary does not have: old text behind `-`, new text behind `+`, others by their names.
    /// What the tool does not take is not shown, as it is not used.
    ///
    /// - Parameter replaced: What a written text replaces; nil where the tool replaces none as a whole.
    static func details(of arguments: ToolArguments, tool: Tool, replacing replaced: Replaced? = nil) -> [String] {
        if tool.serverTool != nil { return all(of: arguments) }
        let subjects: Set = ["path", "id", "agent", "command", "directory", "room"]
        let marks = ["old": "- ", "new": "+ ", "text": "+ ", "body": "+ ", "code": "> ", "value": "+ "]
        let order = ["title", "key", "old", "new", "text", "body", "language", "code", "value"]
        let taken = tool.definition.argumentNames
        let names = arguments.members.keys.filter { taken.contains($0) && !subjects.contains($0) }.sorted {
            (order.firstIndex(of: $0) ?? order.count, $0) < (order.firstIndex(of: $1) ?? order.count, $1)
        }
        return names.flatMap { name -> [String] in
            guard let value = arguments.members[name], value != .null else { return [] }
            guard let mark = marks[name], let text = value.string else {
                return [
                    "\(seen(name)): \(seen(value.scalarText ?? String(decoding: JSON.encode(value), as: UTF8.self)))"
                ]
            }
            let all = TextDifference.lines(of: text).map { mark + seen($0) }
            guard name == "text" else { return all }
            switch replaced {
            case nil: return all
            case .unknown(let reason): return ["[as it is now: \(seen(reason))]"] + all
            case .text(let old, let isShort):
                let changes = changes(from: old, to: text, isShort: isShort)
                let isReadable = changes.reduce(0) { $0 + $1.utf8.count + 1 } <= detailsBytesMax
                return isReadable ? changes : ["[as it is now: too long to be compared]"] + all
            }
        }
    }

    /// Every argument by its name, as a server gets it: a text of several lines with each behind `+`, all else as JSON.
    static func all(of arguments: ToolArguments) -> [String] {
        arguments.members.sorted { $0.key < $1.key }.flatMap { name, value -> [String] in
            guard case .string(let text) = value, text.utf8.contains(UInt8(ascii: "\n")) else {
                return ["\(seen(name)): \(seen(String(decoding: JSON.encode(value), as: UTF8.self)))"]
            }
            return ["\(seen(name)):"] + TextDifference.lines(of: text).map { "+ " + seen($0) }
        }
    }

    private static func changes(from old: String, to new: String, isShort: Bool) -> [String] {
        let difference = TextDifference(from: old, to: new)
        if !difference.lines.contains(where: { $0.mark != .stays }) { return ["[nothing changes]"] }
        return difference.abridged(context: isShort ? contextCount : difference.lines.count) {
            $0.mark.rawValue + seen($0.text)
        } gap: {
            "[\(Counted.words($0, "line")) as before]"
        }
    }
}

extension Unicode.Scalar {
    /// Whether it steers a terminal or the order of the letters around it, or is no character.
    fileprivate var isControl: Bool {
        switch properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: true
        case _: value == 0x2800  // a letter of Braille without a dot
        }
    }
}
