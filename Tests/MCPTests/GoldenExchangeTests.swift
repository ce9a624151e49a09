import Foundation
import MCP
import Services
import Testing

/// Exchanges that were recorded with real servers: mcp-server-time and mcp-server-git with `mcp` 2.3 and 1.30,
/// mcp-server-sqlite, servers of the official SDKs of both generations with elicitation, progress, cancellation,
/// answers out of order and a changed list, and one that leaves at the sight of the probe and chats on its output.
@Suite struct `Exchanges with real servers` {
    enum Exchange: String, CaseIterable {
        case modernTime = "modern-time", legacyTime = "legacy-time", legacySqlite = "legacy-sqlite"
        case modernGit = "modern-git", modernSDK = "modern-sdk", legacySDK = "legacy-sdk"
        case exitsAtProbe = "exits-at-probe"

        var server: String {
            switch self {
            case .modernTime, .legacyTime: "time"
            case .legacySqlite: "sqlite"
            case .modernGit: "git"
            case .modernSDK, .legacySDK: "sample"
            case .exitsAtProbe: "strict"
            }
        }

        /// Its lines, as this release would have them.
        func lines() throws -> [String] {
            let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "Golden")
            let text = try String(contentsOf: directory.appending(path: rawValue), encoding: .utf8)
            return text.split(separator: "\n").map { line in
                line.replacingOccurrences(
                    of: #""name":"egghead","version":"0.1.0""#,
                    with: #""name":"egghead","version":"\#(Release.version)""#)
            }
        }
    }

    @Test(arguments: Exchange.allCases)
    func `an exchange comes to the same, in pieces of any size`(exchange: Exchange) throws {
        let lines = try exchange.lines()
        for piece in [Int.max / 2, 1, 2, 3, 7, 1_000] {
            var played = PlayedSession(MCPSession(MCPSession.Settings(server: exchange.server)))
            played.play(lines, piece: piece)
            #expect(played.lines == lines, "in pieces of \(piece)")
        }
    }

    @Test(arguments: [Exchange.exitsAtProbe, .legacySqlite])
    func `it does not matter at which byte the output is cut`(exchange: Exchange) throws {
        let lines = try exchange.lines()
        var output: [UInt8] = []
        for line in lines where line.hasPrefix("<") { output += Array(line.dropFirst(2).utf8) + [UInt8(ascii: "\n")] }
        var whole = MCPLineReader()
        let pieces = whole.read(output)
        for cut in output.indices {
            var reader = MCPLineReader()
            let first = reader.read(Array(output[..<cut])), second = reader.read(Array(output[cut...]))
            #expect(first + second == pieces)
        }
    }
}
