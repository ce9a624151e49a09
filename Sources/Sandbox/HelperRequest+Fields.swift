import Capabilities
import Services

extension HelperRequest {
    /// The request that some bytes hold.
    ///
    /// - Throws: When they hold another thing, or more.
    public init(bytes: [UInt8]) throws(FieldProblem) {
        var reader = FieldReader(bytes)
        root = try reader.value()
        others = try reader.value()
        writable = try reader.value()
        limits = try reader.value()
        proxyPort = try reader.value(Int?.self).flatMap { UInt16(exactly: $0) }
        hasStreams = try reader.value(Int.self) != 0
        work = try reader.value()
        if !reader.isAtEnd { throw FieldProblem(reason: "there is more than a request") }
    }

    /// The request as bytes.
    public var bytes: [UInt8] {
        var writer = FieldWriter()
        writer.add(root)
        writer.add(others)
        writer.add(writable)
        writer.add(limits)
        writer.add(proxyPort.map { Int($0) })
        writer.add(hasStreams ? 1 : 0)
        writer.add(work)
        return writer.bytes
    }
}

extension HostRules {
    /// The rules that some bytes hold.
    ///
    /// - Throws: When they hold another thing, or more.
    public init(bytes: [UInt8]) throws(FieldProblem) {
        var reader = FieldReader(bytes)
        self.init(permissions: try reader.value(), grants: try reader.value())
        if !reader.isAtEnd { throw FieldProblem(reason: "there is more than rules") }
    }

    /// The rules as bytes.
    public var bytes: [UInt8] {
        var writer = FieldWriter()
        writer.add(permissions)
        writer.add(grants)
        return writer.bytes
    }
}

extension HelperReply {
    /// The answers that some bytes hold, up to the first that is not whole.
    public static func all(in bytes: [UInt8]) -> [HelperReply] {
        var reader = FieldReader(bytes), replies: [HelperReply] = []
        while !reader.isAtEnd, let reply = try? reader.value(HelperReply.self) { replies.append(reply) }
        return replies
    }

    /// The answer as bytes; further ones may follow.
    public var bytes: [UInt8] {
        var writer = FieldWriter()
        writer.add(self)
        return writer.bytes
    }
}

extension HelperReply: FieldCoded {
    init(from reader: inout FieldReader) throws(FieldProblem) {
        switch try reader.value(String.self) {
        case "begun": self = .begun
        case "done": self = .done(try reader.value())
        case "failed": self = .failed(try reader.value())
        case "outside": self = .outside(try reader.value())
        case let name: throw FieldProblem(unknown: name)
        }
    }

    func write(to writer: inout FieldWriter) {
        switch self {
        case .begun: writer.add("begun")
        case .done(let text): writer.add("done", text)
        case .failed(let text): writer.add("failed", text)
        case .outside(let place): writer.add("outside", place)
        }
    }
}

extension HelperWork: FieldCoded {
    init(from reader: inout FieldReader) throws(FieldProblem) {
        switch try reader.value(String.self) {
        case "file":
            self = .file(try reader.value(), permissions: try reader.value(), grants: try reader.value())
        case "program": self = .program(try reader.value())
        case "search":
            self = .search(try reader.value(), directory: try reader.value(), grants: try reader.value())
        case let name: throw FieldProblem(unknown: name)
        }
    }

    func write(to writer: inout FieldWriter) {
        switch self {
        case .file(let operation, let permissions, let grants): writer.add("file", operation, permissions, grants)
        case .program(let words): writer.add("program", words)
        case .search(let words, let directory, let grants): writer.add("search", words, directory, grants)
        }
    }
}

extension FileOperation: FieldCoded {
    init(from reader: inout FieldReader) throws(FieldProblem) {
        switch try reader.value(String.self) {
        case "list": self = .list(path: try reader.value())
        case "read": self = .read(path: try reader.value(), from: try reader.value(), lines: try reader.value())
        case "text": self = .text(path: try reader.value())
        case "write": self = .write(path: try reader.value(), text: try reader.value())
        case "edit": self = .edit(path: try reader.value(), old: try reader.value(), new: try reader.value())
        case "delete": self = .delete(path: try reader.value())
        case let name: throw FieldProblem(unknown: name)
        }
    }

    func write(to writer: inout FieldWriter) {
        switch self {
        case .list(let path): writer.add("list", path)
        case .read(let path, let from, let lines): writer.add("read", path, from, lines)
        case .text(let path): writer.add("text", path)
        case .write(let path, let text): writer.add("write", path, text)
        case .edit(let path, let old, let new): writer.add("edit", path, old, new)
        case .delete(let path): writer.add("delete", path)
        }
    }
}

extension DirectoryIdentity: FieldCoded {
    init(from reader: inout FieldReader) throws(FieldProblem) {
        self.init(path: try reader.value(), device: try reader.value(), inode: try reader.value())
    }

    func write(to writer: inout FieldWriter) { writer.add(path, device, inode) }
}

extension ProgramLimits: FieldCoded {
    init(from reader: inout FieldReader) throws(FieldProblem) {
        self.init(memoryBytes: try reader.value(), tasks: try reader.value(), fileBytes: try reader.value())
    }

    func write(to writer: inout FieldWriter) { writer.add(memoryBytes, tasks, fileBytes) }
}

extension Permission: FieldCoded {
    init(from reader: inout FieldReader) throws(FieldProblem) {
        let name = try reader.value(String.self)
        guard let permission = Permission(rawValue: name) else { throw FieldProblem(unknown: name) }
        self = permission
    }

    func write(to writer: inout FieldWriter) { writer.add(rawValue) }
}

extension Grant: FieldCoded {
    init(from reader: inout FieldReader) throws(FieldProblem) {
        let permission = try reader.value(Permission.self)
        var scope: [ScopeKey: [String]] = [:]
        for _ in 0..<(try reader.count()) {
            let name = try reader.value(String.self)
            guard let key = ScopeKey(rawValue: name) else { throw FieldProblem(unknown: name) }
            scope[key] = try reader.value([String].self)
        }
        self.init(permission, scope)
    }

    func write(to writer: inout FieldWriter) {
        writer.add(permission, scope.count)
        for key in ScopeKey.allCases {
            if let values = scope[key] { writer.add(key.rawValue, values) }
        }
    }
}

extension FieldProblem {
    fileprivate init(unknown name: String) { self.init(reason: "\(name.prefix(20)) is unknown") }
}

extension FieldWriter {
    /// Adds values one after the other.
    fileprivate mutating func add<each Value: FieldCoded>(_ values: repeat each Value) { repeat add(each values) }
}
