import Testing

/// What each module may know of the world. `Package.swift` draws the arrows between the modules; what comes from
/// outside the project is bounded here.
@Suite struct `Modules` {
    /// The modules from outside the project that a pure module may import. It opens nothing and asks no clock, so there
    /// is no C library among them.
    private static let allowed: [String: Set<String>] = [
        "Services": [], "Time": [], "Supervision": [], "JSON": ["FoundationEssentials"], "Bus": [], "Following": [],
        "EventStream": [], "Journal": ["FoundationEssentials"], "Rooms": ["FoundationEssentials"],
        "Models": ["FoundationEssentials"],
        "MCP": [], "Capabilities": [], "Sandbox": [], "Records": ["FoundationEssentials", "Swift", "Yams"],
        "Configuration": ["FoundationEssentials", "Yams"], "Terminal": ["FoundationEssentials"],
    ]

    /// Foundation brings ICU, fifty megabytes of it, so only who needs a library that has it already may import it.
    private static let mayImportFoundation: Set<String> = ["egghead-records"]

    @Test func `a pure module imports pure modules and nothing of the system`() throws {
        var foreign: [String] = []
        for file in try SourceFile.sources() {
            guard let allowed = Self.allowed[file.module] else { continue }
            for module in file.imports where Self.allowed[module] == nil && !allowed.contains(module) {
                foreign.append("\(file.path): \(module)")
            }
        }
        #expect(foreign == [])
    }

    @Test func `Foundation is imported only where a library has brought it, and Dispatch nowhere`() throws {
        var foreign: [String] = []
        for file in try SourceFile.sources() {
            for module in file.imports {
                if module == "Foundation", Self.mayImportFoundation.contains(file.module) { continue }
                if ["Foundation", "FoundationNetworking", "Dispatch", "Synchronization"].contains(module) {
                    foreign.append("\(file.path): \(module)")
                }
            }
        }
        #expect(foreign == [])
    }

    /// One thread and one loop in every process: nothing waits in place.
    @Test func `no process has a task, a thread or a sleep`() throws {
        let words: Set<Substring> = [
            "async", "await", "Task", "actor", "pthread_create", "sleep", "usleep", "nanosleep",
        ]
        var found: [String] = []
        for file in try SourceFile.sources() {
            for (number, line) in file.codeLines.enumerated() {
                let hits = words.intersection(line.split { !($0.isLetter || $0.isNumber || $0 == "_") })
                if !hits.isEmpty { found.append("\(file.path):\(number + 1): \(hits.sorted())") }
            }
        }
        #expect(found == [])
    }
}
