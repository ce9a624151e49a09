import Services

/// A list of tools while its pages come.
///
/// See: MCP 2026-07-28, Pagination
struct ToolListing {
    private(set) var tools: [ListedTool] = []
    /// What is wrong with the list, on a line each.
    private(set) var problems: [String] = []
    private var names: ExactSet = []
    private var cursors: ExactSet = []
    private var bytesLeft = MCPLimits.toolListBytesMax
    /// How many tools there was no room for.
    private var surplus = 0

    private let hasHeaders: Bool

    private static let problemsMax = 20

    /// A list of which nothing was read.
    ///
    /// - Parameter hasHeaders: Whether marked parameters travel in headers, too, and so are to be fit for that.
    init(hasHeaders: Bool) { self.hasHeaders = hasHeaders }

    /// Reads a page.
    ///
    /// - Returns: The cursor of the next page; nil when this was the last one.
    /// - Throws: When it is no page.
    mutating func read(_ page: JSONValue) throws(MCPProblem) -> String? {
        guard page.isComplete, let items = page["tools"]?.items else { throw .init("a result without `tools`") }
        for item in items { add(item) }
        guard case .string(let cursor)? = page["nextCursor"] else { return nil }
        guard cursors.insert(cursor) else {
            complain("The list of tools leads back to a page that was read: the rest is left out.")
            return nil
        }
        guard cursors.count < MCPLimits.pagesMax else {
            complain("The list of tools has more than \(MCPLimits.pagesMax) pages: the rest is left out.")
            return nil
        }
        return cursor
    }

    /// The list for a menu, in the order of the menu's names, when all pages are read.
    mutating func finish(server: String) -> [MCPTool] {
        if surplus > 0 {
            complain("The server has too many tools: \(Counted.words(surplus, "tool")) of it left out.")
        }
        var taken: Set<String> = [], named: [MCPTool] = [], others: [ListedTool] = []
        for tool in tools {
            guard let name = MenuName.plain(server: server, tool: tool.name) else {
                others.append(tool)
                continue
            }
            taken.insert(name)
            named.append(MCPTool(tool, menuName: name))
        }
        for tool in others.sorted(by: { ExactText($0.name) < ExactText($1.name) }) {
            var attempt = 0, name = MenuName.marked(server: server, tool: tool.name, attempt: 0)
            while !taken.insert(name).inserted {
                attempt += 1
                name = MenuName.marked(server: server, tool: tool.name, attempt: attempt)
            }
            named.append(MCPTool(tool, menuName: name))
        }
        return named.sorted { ExactText($0.menuName) < ExactText($1.menuName) }
    }

    private mutating func add(_ item: JSONValue) {
        guard tools.count < MCPLimits.toolsMax, bytesLeft > 0 else {
            surplus += 1
            return
        }
        do throws(MCPProblem) {
            let tool = try ListedTool(item)
            if hasHeaders { _ = try HeaderParameter.all(in: tool.schema) }
            guard names.insert(tool.name) else { throw .init("another one has the same name") }
            guard tool.bytes <= bytesLeft else {
                surplus += 1
                return
            }
            bytesLeft -= tool.bytes
            tools.append(tool)
        } catch {
            let name = item["name"]?.string.map { " `\($0.outsideLine(bytesMax: 64))`" } ?? ""
            complain("The tool\(name) is left out: \(error.reason).")
        }
    }

    private mutating func complain(_ problem: String) {
        if problems.count < Self.problemsMax { problems.append(problem) }
    }
}

extension MCPTool {
    fileprivate init(_ tool: ListedTool, menuName: String) {
        self.init(
            name: tool.name, title: tool.title,
            definition: ToolDefinition(name: menuName, description: tool.description, parameters: tool.schema),
            annotations: tool.annotations, digest: tool.digest)
    }
}

extension JSONValue {
    /// Whether a result is complete; the handshake generation does not say so.
    ///
    /// See: MCP 2026-07-28, Overview, ResultType
    var isComplete: Bool {
        guard case .object(let members) = self else { return false }
        return members["resultType"] == nil || members["resultType"]?.string == "complete"
    }
}
