import JSON
import LinuxSystem
import MCP
import Services

/// Which generation of the protocol a server speaks, kept from one process to the next: the probe costs a server of the
/// other one ten seconds, or its life. It is forgotten when the server's section changes.
final class GenerationMemory {
    private struct Entry: Codable {
        var section: String, generation: MCPGeneration
    }

    private let directory: String, path: String, section: String
    /// What was remembered when this process began.
    let generation: MCPGeneration?

    /// The memory of a server.
    ///
    /// - Parameter directory: Where the files are, one for each server.
    init(directory: String, settings: MCPServerSettings) {
        self.directory = directory
        path = "\(directory)/\(settings.name).json"
        var settings = settings
        settings.node = nil
        section = SHA256.hexadecimal(JSON.encode(settings))
        let entry = (try? Files.read(path, limit: 4_096)).flatMap { try? JSON.decode(Entry.self, from: $0) }
        generation = entry?.section == section ? entry?.generation : nil
    }

    /// Keeps a generation; forgets it when nil.
    ///
    /// - Returns: Why it was not kept, if so: then the next process asks again.
    func remember(_ generation: MCPGeneration?) -> String? {
        do throws(SystemCallError) {
            guard let generation else {
                try? Files.remove(path)  // there may be none
                return nil
            }
            try Files.makeDirectories(directory, mode: 0o750)
            try Files.replace(path, with: JSON.encode(Entry(section: section, generation: generation)))
            return nil
        } catch {
            return "\(error)"
        }
    }
}
