// scripts/fuzz builds this together with the files of the module MCP.

import Services
import Time

/// Gives bytes to a client of an MCP server as if the server had written them, and to a server as if a client had.
/// Calls and questions run meanwhile; each call has one outcome. libFuzzer calls it, with bytes that reach code not
/// reached before.
///
/// See: LLVM documentation, libFuzzer
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    speak(with: bytes)
    serve(bytes)
    exchange(bytes)
    return 0
}

private func speak(with bytes: [UInt8]) {
    var session = MCPSession(MCPSession.Settings(server: "s")), now = Instant.zero
    var wanted: Set<String> = [], ended: Set<String> = [], calls = 0
    func perform(_ event: MCPSession.Event) {
        var questions: [Int] = []
        for action in session.handle(event, at: now) {
            if case .finished(let call, _) = action, !ended.insert(call).inserted { fatalError("two outcomes") }
            if case .ask(let question) = action { questions.append(question.id) }
        }
        for question in questions { perform(.answer(elicitation: question, .decline)) }
    }
    perform(.started)
    for line in bytes.split(separator: UInt8(ascii: "\n")) {
        perform(.bytes(line + [UInt8(ascii: "\n")]))
        now = now + .seconds(1)
        if session.isReady, let tool = session.tools.first, calls < 8 {
            calls += 1
            wanted.insert("\(calls)")
            perform(
                .call(MCPCall(id: "\(calls)", tool: tool.menuName, arguments: [:], deadline: now + .seconds(3))))
        }
        perform(.timer)
    }
    perform(.exited("the end"))
    if wanted != ended { fatalError("calls without an outcome: \(wanted.subtracting(ended))") }
}

/// As answers of HTTP: the first byte says what the request is and how it is answered.
private func exchange(_ bytes: [UInt8]) {
    guard let first = bytes.first else { return }
    let types = ["application/json", "text/event-stream", "text/html", nil]
    var exchange = MCPExchange(
        first & 1 == 0 ? .message(.request(id: 1, method: "tools/call", name: nil)) : .listening,
        isModern: first & 2 == 0, hasSession: first & 4 == 0)
    let status = [200, 202, 400, 404, 500, 307][Int(first >> 5) % 6]
    var news = exchange.receive(.response(status: status, type: types[Int(first >> 3) % 4], location: nil))
    for piece in bytes.dropFirst().split(separator: 0, omittingEmptySubsequences: false) {
        news += exchange.receive(.bytes(Array(piece)))
    }
    news += exchange.receive(.completed)
    let ends = news.filter { if case .message = $0 { false } else { true } }
    if ends.count > 1 { fatalError("an exchange that ends twice") }
}

private func serve(_ bytes: [UInt8]) {
    let tool = ToolDefinition(name: "say", description: "", parameters: .object([:]))
    var host = MCPHost(MCPHost.Settings(tools: [ServedTool(tool, readsOnly: true)], instructions: ""))
    for line in bytes.split(separator: UInt8(ascii: "\n")) {
        for action in host.receive(Array(line)) {
            guard case .call(let key, _, _) = action else { continue }
            _ = host.progress(key, 1, "")
            if host.finish(key, ServedOutcome("")).count != 1 { fatalError("a call without an answer") }
        }
    }
}
