import ArgumentParser
import JSON
import Services

/// `egghead child …`: the functions of OTP's `supervisor` module for its children. Each returns when the action has
/// ended, prints the result as OTP names it, and exits with 0 for `ok` and 1 for any other result.
struct Child: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "OTP's calls: adds, terminates, restarts and deletes a supervisor's children.",
        subcommands: [Add.self, Terminate.self, Restart.self, Delete.self, Which.self, Count.self])

    /// `egghead child add SUPERVISOR SPEC`
    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "start_child: adds a child and starts it.")

        @OptionGroup var place: Place
        @Argument(help: "The supervisor's name.") var supervisor: String
        @Argument(help: "The child: a JSON object with the keys of a tree file.") var spec: String

        func run() throws {
            let value: JSONValue
            do throws(JSONProblem) {
                value = try JSON.decode(JSONValue.self, from: Array(spec.utf8))
            } catch {
                throw CommandFailure(.usage, "the child to add to \(supervisor) is not JSON: \(error)")
            }
            let request = Supervisor.StartChild.Request(supervisor: supervisor, spec: value)
            try Child.finish(
                NodeSession.control(Supervisor.StartChild.self, request, of: place, deadline: NodeSession.orderWait))
        }
    }

    /// `egghead child terminate NAME`
    struct Terminate: ChildCall {
        typealias Operation = Supervisor.TerminateChild
        static let configuration = CommandConfiguration(
            abstract: "terminate_child: stops a child, which stays known.")

        @OptionGroup var place: Place
        @Argument(help: "The child's name, as in egghead ps.") var name: String
    }

    /// `egghead child restart NAME`
    struct Restart: ChildCall {
        typealias Operation = Supervisor.RestartChild
        static let configuration = CommandConfiguration(
            abstract: "restart_child: starts a child that is down for good.")

        @OptionGroup var place: Place
        @Argument(help: "The child's name, as in egghead ps.") var name: String
    }

    /// `egghead child delete NAME`
    struct Delete: ChildCall {
        typealias Operation = Supervisor.DeleteChild
        static let configuration = CommandConfiguration(
            abstract: "delete_child: forgets a child that is down for good.")

        @OptionGroup var place: Place
        @Argument(help: "The child's name, as in egghead ps.") var name: String
    }

    /// `egghead child which SUPERVISOR`
    struct Which: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "which_children: the children of a supervisor, one name on each line.")

        @OptionGroup var place: Place
        @OptionGroup var format: Format
        @Argument(help: "The supervisor's name.") var supervisor: String

        func run() throws {
            let reply = try NodeSession.control(Supervisor.WhichChildren.self, .init(name: supervisor), of: place)
            if format.isJSON { return Output.print(json: reply.children) }
            for child in reply.children { Output.print(child.name) }
        }
    }

    /// `egghead child count SUPERVISOR`
    struct Count: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "count_children: how many children a supervisor has.")

        @OptionGroup var place: Place
        @OptionGroup var format: Format
        @Argument(help: "The supervisor's name.") var supervisor: String

        func run() throws {
            let count = try NodeSession.control(Supervisor.CountChildren.self, .init(name: supervisor), of: place)
            if format.isJSON { return Output.print(json: count) }
            Output.print(
                "specs \(count.specs), active \(count.active), supervisors \(count.supervisors), "
                    + "workers \(count.workers)")
        }
    }

    /// Prints the result as OTP names it.
    ///
    /// - Throws: `CommandFailure` if it is not `ok`.
    fileprivate static func finish(_ reply: Supervisor.ChildReply) throws {
        Output.print(reply.word)
        if reply.word != "ok" { throw CommandFailure(.failure) }
    }
}

/// The common part of `terminate`, `restart` and `delete`: a request that names a child and is answered with a result.
protocol ChildCall: ParsableCommand {
    associatedtype Operation: ServiceOperation
    where Operation.Request == Supervisor.NameRequest, Operation.Reply == Supervisor.ChildReply
    /// The node.
    var place: Place { get }
    /// The name of the child.
    var name: String { get }
}

extension ChildCall {
    func run() throws {
        try Child.finish(
            NodeSession.control(Operation.self, .init(name: name), of: place, deadline: NodeSession.orderWait))
    }
}
