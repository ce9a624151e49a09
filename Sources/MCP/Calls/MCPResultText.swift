import JSON
import Services

/// What a tool's result says to a model. What a model cannot take is named, not dropped.
///
/// See: MCP 2026-07-28, Tools, Tool Result
enum MCPResultText {
    /// The outcome of a call.
    ///
    /// - Returns: Nil when the result is none of a tool's.
    static func outcome(of result: JSONValue) -> ToolOutcome? {
        guard result.isComplete else { return nil }
        let structured = result["structuredContent"] ?? .null
        // The member is wanted, but what is structured alone says all.
        let content = result["content"] ?? (structured == .null ? .null : .array([]))
        guard case .array(let parts) = content else { return nil }
        var pieces = parts.map(text)
        if structured != .null, !says(structured, parts) {
            pieces.append(String(decoding: JSON.encode(structured), as: UTF8.self))
        }
        let text = pieces.isEmpty ? "The tool has answered with nothing." : pieces.joined(separator: "\n")
        let status: ToolOutcome.Status = result["isError"]?.bool == true ? .failed : .done
        return ToolOutcome(status, text.cutInTheMiddle(bytesMax: MCPLimits.resultBytesMax))
    }

    private static func text(of part: JSONValue) -> String {
        switch part["type"]?.string {
        case "text"? where part["text"]?.string != nil: part["text"]?.string ?? ""
        case "image"?: "[an image (\(media(part, "data"))), which is not shown here]"
        case "audio"?: "[a sound (\(media(part, "data"))), which is not played here]"
        case "resource_link"?: link(part)
        case "resource"?: resource(part["resource"] ?? .null)
        case let type?: "[a part of the type `\(type.outsideLine(bytesMax: 64))`, which is not shown here]"
        case nil: "[a part without a type, which is not shown here]"
        }
    }

    private static func resource(_ resource: JSONValue) -> String {
        let address = word(resource["uri"]) ?? "without an address"
        if case .string(let text)? = resource["text"] { return "[the resource \(address)]\n\(text)" }
        return "[the resource \(address) (\(media(resource, "blob"))), which is not shown here]"
    }

    private static func link(_ part: JSONValue) -> String {
        let details = [word(part["title"]) ?? word(part["name"]), word(part["description"]), word(part["mimeType"])]
        let said = details.compactMap(\.self).joined(separator: ", ")
        return "[a link to the resource \(word(part["uri"]) ?? "without an address")\(said.isEmpty ? "" : ": \(said)")]"
    }

    /// For example `image/png, 12 KB`.
    private static func media(_ part: JSONValue, _ data: String) -> String {
        let type = word(part["mimeType"]) ?? "of unknown type"
        guard case .string(let base64)? = part[data] else { return "\(type), without data" }
        return "\(type), \(size(ofBase64: base64))"
    }

    private static func size(ofBase64 text: String) -> String {
        let digits = text.utf8.count(where: { $0 > 0x20 && $0 != UInt8(ascii: "=") })
        switch digits * 3 / 4 {
        case let bytes where bytes < 1_000: return Counted.words(bytes, "byte")
        case let bytes where bytes < 1_000_000: return "\((bytes + 500) / 1_000) KB"
        case let bytes: return "\((bytes + 500_000) / 1_000_000) MB"
        }
    }

    private static func word(_ value: JSONValue?) -> String? {
        guard let text = value?.string?.outsideLine(bytesMax: MCPLimits.noteBytesMax), !text.isEmpty else { return nil }
        return text
    }

    /// Whether the texts say the same as the structured content: as JSON, as servers are asked to, or, where an SDK has
    /// put a plain value into a member `result`, as that value or as its items, a text each.
    private static func says(_ structured: JSONValue, _ parts: [JSONValue]) -> Bool {
        let texts = parts.compactMap { $0["type"]?.string == "text" ? $0["text"]?.string : nil }
        if texts.contains(where: { says(structured, $0) }) { return true }
        guard case .object(let members) = structured, members.count == 1, let value = members["result"] else {
            return false
        }
        if texts.contains(where: { says(value, $0) }) { return true }
        guard case .array(let items) = value, items.count == texts.count else { return false }
        return zip(items, texts).allSatisfy(says)
    }

    private static func says(_ value: JSONValue, _ text: String) -> Bool {
        if value.string == text { return true }
        return (try? JSONTextReader.value(of: Array(text.utf8))) == value
    }
}
