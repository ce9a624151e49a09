import Services

/// The tools that reach hosts, each in a sandbox with a proxy.
extension Tool {
    /// All of them, in the order of the menu.
    public static let web = [fetchPage]

    /// A page as Markdown.
    public static let fetchPage = Tool(
        .object(
            "web_fetch", "Fetches a web page with GET and returns it as Markdown, and other texts as they are.",
            ["url": .text("The address, such as https://example.org/page.")], required: ["url"]),
        needs: [Need(.getFromHosts, on: .page(argument: "url"))], effect: .none)
}
