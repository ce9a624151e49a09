import ArgumentParser
import Control
import LinuxSystem
import Runtime
import Services
import Terminal

/// `egghead new TITLE`
struct New: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Makes a record and prints its id. The text is standard input, or what is saved in $EDITOR.")

    @OptionGroup var place: Place
    @OptionGroup var output: Format
    @Option(help: "The id, which is also the path; by default it is made from the title.") var id: RecordID?
    @Option(name: .customLong("class"), help: "The class.") var recordClass: RecordClass?
    @Option(help: "A tag; may be given more than once.") var tag: [String] = []
    @Option(help: "The format of the file.") var format = RecordFormat.markdown
    @Argument(help: "The title.") var title: String

    func validate() throws {
        if title.allSatisfy(\.isWhitespace) { throw ValidationError("the title is empty; one word or more are wanted") }
    }

    func run() throws {
        let isOrg = format == .org
        var draft = RecordDraft(title: title, recordClass: recordClass, tags: tag, format: format)
        draft.body = try StandardInput.orEditor(
            "\(isOrg ? "*" : "#") \(title)\n\n", named: isOrg ? "new.org" : "new.md")
        let reply = try draft.create(id: id, of: place)
        if output.isJSON { return Output.print(json: reply) }
        Output.print(SafeText.line("\(reply.id)"))
    }
}

extension RecordFormat: ExpressibleByArgument {}

/// A record that is to be created.
struct RecordDraft {
    /// The title; the key is omitted if nil.
    var title: String?
    /// The class; the key is omitted if nil.
    var recordClass: RecordClass?
    /// The tags; the key is omitted if there are none.
    var tags: [String]
    /// The format of the file.
    var format = RecordFormat.markdown
    /// The text below the frontmatter.
    var body = ""

    /// Creates the record. If it is refused, text that a person has typed is saved to a file.
    func create(id: RecordID?, of place: Place) throws -> WriteReply {
        var fields: [String: JSONValue] = [:]
        if let title { fields["title"] = .string(title) }
        if let recordClass { fields["class"] = .string(recordClass.rawValue) }
        if !tags.isEmpty { fields["tags"] = .array(tags.map { .string($0) }) }
        let request = Store.Create.Request(
            request: RequestID.make(), id: id, fields: fields, body: body, format: format)
        return try Editor.keeping(body, ifRefused: StandardInput.isTerminal) {
            try NodeSession.ask(Store.Create.self, request, of: place)
        }
    }
}

/// `egghead edit ID`
struct Edit: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Opens a record's file in $EDITOR. A file that has changed meanwhile is not overwritten.")

    @OptionGroup var place: Place
    @OptionGroup var format: Format
    @Argument(help: "The record's id.") var id: RecordID

    func run() throws { try Self.run(id, place, format) }

    /// Lets a person edit the file of a record. A file that has changed meanwhile is not overwritten.
    static func run(_ id: RecordID, _ place: Place, _ format: Format) throws {
        let file = try NodeSession.ask(Store.Text.self, .init(id: id), of: place)
        let text = try Editor.edit(file.text, named: Files.split(file.path).name)
        if text == file.text { return Output.complain("\(id) is unchanged") }
        let request = Store.Replace.Request(
            request: RequestID.make(), id: id, revision: file.revision, text: text)
        let reply = try Editor.keeping(text, ifRefused: true) {
            try NodeSession.ask(Store.Replace.self, request, of: place)
        }
        if format.isJSON { Output.print(json: reply) }
    }
}

/// `egghead mv ID NEW-ID`
struct Move: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mv", abstract: "Gives a record another id, which is its path, and updates the links to it.")

    @OptionGroup var place: Place
    @OptionGroup var format: Format
    @Argument(help: "The record's id.") var id: RecordID
    @Argument(help: "The new id.") var newID: RecordID

    func validate() throws {
        if id == newID { throw ValidationError("\(id) has that id already; another one is wanted") }
    }

    func run() throws {
        let request = Store.Move.Request(request: RequestID.make(), id: id, to: newID)
        let reply = try NodeSession.ask(Store.Move.self, request, of: place)
        for problem in reply.left ?? [] { Output.complain("\(problem)") }
        if format.isJSON { Output.print(json: reply) }
    }
}

/// `egghead rm ID`
struct Remove: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm", abstract: "Moves a record into .trash/ of the records directory.")

    @OptionGroup var place: Place
    @OptionGroup var format: Format
    @Argument(help: "The record's id.") var id: RecordID

    func run() throws { try Self.run(id, place, format) }

    /// Moves the file of a record into `.trash/`.
    static func run(_ id: RecordID, _ place: Place, _ format: Format) throws {
        let request = Store.Delete.Request(request: RequestID.make(), id: id, revision: nil)
        let reply = try NodeSession.ask(Store.Delete.self, request, of: place)
        if format.isJSON { Output.print(json: reply) }
    }
}
