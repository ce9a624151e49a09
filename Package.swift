// swift-tools-version: 6.1
import PackageDescription

// The arrows between the modules are all here. They point one way: processes → modules → LinuxSystem.
// A module is named after its concept and holds no process; a process is an executable and holds no concept.

/// Small processes are one file without a dynamic linker: 0.6 ms to main and 0.3 MB each (release builds).
let staticSwift: [SwiftSetting] = [.unsafeFlags(["-static-stdlib"], .when(configuration: .release))]
let staticExecutable: [LinkerSetting] = [.unsafeFlags(["-static-executable"], .when(configuration: .release))]
/// A process that needs a C library without a static archive links Swift statically and the library dynamically.
let staticStandardLibrary: [LinkerSetting] = [
    .unsafeFlags(["-static-stdlib", "-Xclang-linker", "-no-pie"], .when(configuration: .release))
]

/// Exclusive access to memory is checked in debug builds, in which the tests run; for the broker's millions of messages a
/// second the check would cost a fifth of the time.
let uncheckedExclusivity: [SwiftSetting] = [
    .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release))
]

/// The pure modules, and the tests that simulate, are optimised in debug builds too: their tests play millions of events,
/// which take a third of the time then, and nobody waits longer for the compiler. All checks but `assert` stay.
let optimised: [SwiftSetting] = [.unsafeFlags(["-O"], .when(configuration: .debug))]

func module(_ name: String, _ dependencies: [Target.Dependency] = [], settings: [SwiftSetting] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: staticSwift + settings)
}

func pureModule(
    _ name: String, _ dependencies: [Target.Dependency] = [], settings: [SwiftSetting] = []
) -> Target {
    module(name, dependencies, settings: optimised + settings)
}

func process(_ name: String, _ dependencies: [Target.Dependency], linked: [LinkerSetting]) -> Target {
    .executableTarget(name: name, dependencies: dependencies, swiftSettings: staticSwift, linkerSettings: linked)
}

func tests(
    _ name: String, _ dependencies: [Target.Dependency], excluding: [String] = [], settings: [SwiftSetting] = []
) -> Target {
    .testTarget(name: name, dependencies: dependencies, exclude: excluding, swiftSettings: settings)
}

let yams: Target.Dependency = .product(name: "Yams", package: "Yams")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let sqlite: Target.Dependency = .product(name: "GRDBSQLite", package: "GRDB.swift")
let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
    name: "egghead",
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // The C parts.
        .target(name: "CLinux"),
        .systemLibrary(name: "CSystemd", pkgConfig: "libsystemd", providers: [.apt(["libsystemd-dev"])]),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CSeccomp", providers: [.apt(["libseccomp-dev"])]),
        .systemLibrary(name: "CNcurses", providers: [.apt(["libncurses-dev"])]),

        // The shell modules: the only ones that touch the system.
        module("LinuxSystem", ["CLinux", "Time"]),
        module("Accounts"),
        // The archive, since small processes have no dynamic linker, and the others need no further library.
        .target(
            name: "Confinement", dependencies: ["CLinux", "CSeccomp", "LinuxSystem"], swiftSettings: staticSwift,
            linkerSettings: [.linkedLibrary(":libseccomp.a")]),
        module("Runtime", ["Confinement", "Journal", "JSON", "LinuxSystem", "Services", "Time"]),
        module("Curl", ["CCurl", "LinuxSystem", "Runtime", "Services"]),
        // The shell round a session with an MCP server, whichever way it is reached.
        module("MCPClient", ["MCP", "Bus", "BusClient", "Services", "JSON", "Runtime", "LinuxSystem", "Time"]),
        module("BusClient", ["Bus", "JSON", "LinuxSystem", "Runtime", "Services", "Time"]),

        // The pure modules.
        pureModule("Services"),
        pureModule("Time"),
        pureModule("JSON", ["Services"]),
        pureModule("Journal"),
        pureModule("Supervision", ["Services"]),
        pureModule("Bus", ["JSON", "Services", "Time"], settings: uncheckedExclusivity),
        module(
            "Control",
            ["BusClient", "Bus", "Following", "JSON", "LinuxSystem", "Runtime", "Services", "Terminal", "Time"]),
        pureModule("Records", ["Services", "Time", yams]),
        pureModule("Rooms", ["JSON", "Journal", "Services"]),
        pureModule("EventStream"),
        pureModule("Models", ["EventStream", "Services", "Time"]),
        pureModule("MCP", ["EventStream", "JSON", "Services", "Time"]),
        pureModule("Capabilities", ["Services"]),
        pureModule("Sandbox", ["Capabilities", "Services"]),
        // What makes sandboxes on this machine: it starts programs.
        module(
            "Sandboxes", ["CLinux", "Capabilities", "Confinement", "LinuxSystem", "Runtime", "Sandbox", "Services"]),
        pureModule("Configuration", ["Services", "Supervision", yams]),
        pureModule("Following", ["Services"]),
        pureModule("Terminal", ["Following", "Services"]),

        // The processes.
        process(
            "eggheadd",
            [
                "Supervision", "Configuration", "Services", "JSON", "Runtime", "LinuxSystem", "Accounts", "Time",
                "CSystemd",
            ],
            linked: staticStandardLibrary),
        process(
            "egghead-broker", ["Confinement", "Bus", "BusClient", "Services", "JSON", "Runtime", "LinuxSystem"],
            linked: staticExecutable),
        process(
            "egghead-records",
            [
                "Confinement", "Records", "Following", "Bus", "BusClient", "Services", "JSON", "Runtime", "LinuxSystem",
                "Time", grdb,
                sqlite, yams,
            ],
            linked: staticStandardLibrary),
        process(
            "egghead-llm",
            [
                "Confinement", "EventStream", "Models", "Bus", "BusClient", "Curl", "Services", "Runtime",
                "LinuxSystem", "Time",
            ],
            linked: staticStandardLibrary),
        process(
            "egghead-coordinator",
            ["Confinement", "Rooms", "Journal", "Bus", "BusClient", "Services", "Runtime", "LinuxSystem"],
            linked: staticExecutable),
        process(
            "egghead-toolbox",
            [
                "Confinement", "Capabilities", "MCP", "Sandbox", "Sandboxes", "Journal", "Bus", "BusClient", "Services",
                "JSON", "Records", "Runtime", "LinuxSystem", "Time",
            ],
            linked: staticExecutable),
        process(
            "egghead-mcp",
            [
                "Confinement", "Capabilities", "MCP", "MCPClient", "Sandbox", "Sandboxes", "Services", "Runtime",
                "LinuxSystem",
            ],
            linked: staticExecutable),
        // A process of its own, since libcurl with what it needs is three times the memory of all the rest.
        process(
            "egghead-mcp-remote",
            ["Confinement", "Curl", "MCP", "MCPClient", "Services", "Runtime", "LinuxSystem", "Time"],
            linked: staticStandardLibrary),
        process(
            "egghead-helper", ["Capabilities", "Confinement", "Sandbox", "Services", "LinuxSystem"],
            linked: staticExecutable),
        process(
            "egghead-proxy",
            ["Confinement", "Capabilities", "Sandbox", "Curl", "CCurl", "Services", "Runtime", "LinuxSystem"],
            linked: staticStandardLibrary),
        process(
            "egghead-agent",
            [
                "Confinement", "Models", "Rooms", "Bus", "BusClient", "Services", "JSON", "Runtime", "LinuxSystem",
                "Time",
            ],
            linked: staticExecutable),
        process(
            "egghead-tui",
            [
                "Terminal", "Following", "Control", "Bus", "BusClient", "Services", "Runtime", "LinuxSystem",
                "CNcurses",
            ],
            linked: staticStandardLibrary),
        process(
            "egghead",
            [
                "Confinement", "Terminal", "Following", "Control", "Configuration", "Capabilities", "MCP", "Rooms",
                "Bus",
                "BusClient", "Services", "JSON", "Runtime", "LinuxSystem", "Time", argumentParser,
            ],
            linked: staticStandardLibrary),

        // What several tests need: programs that behave as badly as they are told, one that measures decisions, random
        // numbers that can be had again, messages that nobody should write, a node's events and processes, and what OTP
        // did.
        .executableTarget(name: "test-child", path: "Tests/TestChild"),
        .executableTarget(
            name: "test-confined", dependencies: ["CLinux", "Confinement", "LinuxSystem", "Runtime"],
            path: "Tests/TestConfined", swiftSettings: staticSwift, linkerSettings: staticExecutable),
        .executableTarget(
            name: "measure-decisions", dependencies: ["Capabilities", "Services"], path: "Tests/Benchmarks/Decisions",
            swiftSettings: staticSwift, linkerSettings: staticExecutable),
        .target(name: "SeededRandom", path: "Tests/SeededRandom"),
        .target(name: "Mutations", dependencies: ["SeededRandom", "Services"], path: "Tests/Mutations"),
        .target(name: "SampleNode", dependencies: ["Services"], path: "Tests/SampleNode"),
        .target(name: "Oracle", path: "Tests/Oracle", exclude: ["Recorded"]),

        tests("ServicesTests", ["Services"]),
        tests("SupervisionTests", ["Supervision", "Services", "Oracle"], settings: optimised),
        tests(
            "DaemonTests",
            ["eggheadd", "Supervision", "Configuration", "Services", "JSON", "Runtime", "LinuxSystem"]),
        tests("JSONTests", ["JSON", "Services"]),
        tests("ConfinementTests", ["Confinement", "CLinux"]),
        tests("RuntimeTests", ["Runtime", "Journal", "LinuxSystem", "Services", "Time"]),
        tests("BusTests", ["Bus", "Services", "JSON"], excluding: ["Exchanges"]),
        tests("BusClientTests", ["BusClient", "Bus", "Services", "JSON", "Runtime", "LinuxSystem"]),
        tests(
            "RecordsTests",
            [
                "Records", "Following", "Services", "egghead-records", "JSON", "Runtime", "LinuxSystem", "SeededRandom",
                yams,
            ],
            excluding: ["Vault"]),
        tests("RoomsTests", ["Rooms", "JSON", "Journal", "Services", "SeededRandom", "Mutations"]),
        tests(
            "CoordinatorTests",
            ["egghead-coordinator", "Rooms", "JSON", "Journal", "Runtime", "LinuxSystem", "Services"]),
        tests("ModelsTests", ["EventStream", "Models", "Services", "Time", "Mutations"], excluding: ["Golden"]),
        tests(
            "MCPTests", ["MCP", "JSON", "Services", "Time", "Mutations", "SeededRandom"], excluding: ["Golden"],
            settings: optimised),
        tests("AgentTests", ["egghead-agent", "Models", "Services", "Time", "Mutations"]),
        tests(
            "CapabilitiesTests",
            ["Capabilities", "JSON", "Journal", "Runtime", "SeededRandom", "Services", "egghead-toolbox", "Mutations"],
            excluding: ["Golden"]),
        tests(
            "TurnSimulationTests",
            [
                "egghead-agent", "egghead-toolbox", "Capabilities", "Models", "Rooms", "Services", "Time",
                "SeededRandom",
            ], settings: optimised),
        tests("ConfigurationTests", ["Configuration", "Models", "Supervision", "Services"]),
        tests("CommandTests", ["egghead", "LinuxSystem", "Services", "SampleNode"], excluding: ["Golden"]),
        tests("FollowingTests", ["Following", "Services", "SampleNode", "Mutations"]),
        tests("TerminalTests", ["Terminal", "Following", "Services", "SampleNode"], excluding: ["Golden"]),
        tests("StyleTests", []),
        tests(
            "SandboxTests", ["egghead-toolbox", "Capabilities", "Sandbox", "Services", "Runtime", "LinuxSystem"],
            excluding: ["Web"]),
        tests(
            "ProcessTests",
            [
                "Bus", "BusClient", "Services", "JSON", "Journal", "Runtime", "LinuxSystem", "Accounts", "Time",
                "Oracle",
                "Records", "Rooms",
                "SeededRandom",
                "egghead-records",
                grdb,
            ],
            excluding: ["FakeProvider", "HostileAgent", "MCPServers", "NatsClient", "HomeBefore", "requirements.txt"]),
    ],
    swiftLanguageModes: [.v6]
)
