import Configuration
import Control
import Glibc
import LinuxSystem
import Runtime
import Services

/// A change of `config.yml` that leaves its comments and everything else as they are.
struct ConfigurationEdit {
    /// The key whose entries are changed.
    enum Section: String {
        case providers
        case servers = "mcp_servers"
    }

    private let place: Place
    private let section: Section

    /// A change of the entries of a key.
    init(_ place: Place, _ section: Section) { (self.place, self.section) = (place, section) }

    private static let fileBytesMax = 1 << 20

    /// Changes the file when what comes out has the entries that are wanted and everything else as before, and has
    /// the node read it. What the node refuses is taken back.
    ///
    /// - Parameter change: Changes the text, and returns the names of the entries that are to be there afterwards;
    ///   nil when the text has no place for the change.
    func apply(_ change: (inout ConfigurationText, NodeConfiguration) throws -> Set<String>?) throws {
        let named = try path(), bytes = try content(of: named)
        // What the file is a link to is changed, and not the link.
        let path = bytes == nil ? named : try Files.resolved(named)
        guard let old = String(validating: bytes ?? [], as: UTF8.self) else {
            throw CommandFailure(.failure, "\(path) is not UTF-8; edit it by hand")
        }
        let before = try configuration(old, path)
        var text = ConfigurationText(old, key: section.rawValue)
        let names = try change(&text, before)
        let after: NodeConfiguration
        do throws(ConfigurationError) {
            after = try configuration(text.text, path)
            let problems = after.out(in: section).filter { before.out(in: section)[$0.key] == nil }.flatMap(\.value)
            if !problems.isEmpty { throw ConfigurationError(problems) }
        } catch {
            let problems = error.problems.map(\.message).joined(separator: "; ")
            throw CommandFailure(
                .configuration, "\(path) is as it was; with this change it would be wrong: \(problems)")
        }
        guard let names, differ(before, after, onlyIn: names) else {
            throw CommandFailure(
                .failure, "\(path) is written in a way that this command cannot change; edit it by hand")
        }
        try Files.makeDirectories(Files.split(path).directory)
        try Files.replaceKeepingOwner(path, with: Array(text.text.utf8))
        do {
            _ = try NodeSession.control(Supervisor.Reload.self, Empty(), of: place)
        } catch  where CommandFailure(error)?.status == .unavailable {
            Output.complain("\(path) is changed; no node runs that could read it now")
        } catch {
            if let bytes { try Files.replaceKeepingOwner(path, with: bytes) } else { try Files.remove(path) }
            throw CommandFailure(.failure, "\(path) is as it was: \(CommandFailure(error)?.message ?? "\(error)")")
        }
    }

    /// The file that the node has read, or that one would read.
    private func path() throws -> String {
        if let node = try? NodeSession.control(Supervisor.Node.self, Empty(), of: place) { return node.configFile }
        if place.home.isConfigLinkBroken {
            throw CommandFailure(.failure, "\(place.home.configFile) is a link to a file that there is not; correct it")
        }
        return place.home.configFile
    }

    /// Nil when there is no such file.
    private func content(of path: String) throws(SystemCallError) -> [UInt8]? {
        do throws(SystemCallError) {
            return try Files.read(path, limit: Self.fileBytesMax)
        } catch {
            if error.errno == ENOENT || error.errno == ENOTDIR { return nil }
            throw error
        }
    }

    private func configuration(_ text: String, _ path: String) throws(ConfigurationError) -> NodeConfiguration {
        try NodeConfiguration(yaml: text, path: path, isExecutable: Files.isExecutable)
    }

    /// Whether the second configuration has the entries of these names, those of the first as they were, and everything
    /// else too.
    private func differ(_ first: NodeConfiguration, _ second: NodeConfiguration, onlyIn names: Set<String>) -> Bool {
        let out = names.intersection(first.out(in: section).keys)
        guard second.names(of: section) == names, Set(second.out(in: section).keys) == out else { return false }
        return first.keeping(names.intersection(first.used(in: section)), of: section)
            == second.keeping(names.intersection(first.used(in: section)), of: section)
    }
}

extension NodeConfiguration {
    /// The names of a section's entries, of those that are out too.
    func names(of section: ConfigurationEdit.Section) -> Set<String> {
        used(in: section).union(out(in: section).keys)
    }

    fileprivate func used(in section: ConfigurationEdit.Section) -> Set<String> {
        switch section {
        case .providers: Set(providers.map(\.settings.name))
        case .servers: Set(servers.map(\.name))
        }
    }

    fileprivate func out(in section: ConfigurationEdit.Section) -> [String: [ConfigurationProblem]] {
        switch section {
        case .providers: unusable
        case .servers: unusableServers
        }
    }

    /// The configuration with these entries of a section alone. What follows from their order, and the lines of those
    /// that are out, may be others.
    fileprivate func keeping(_ names: Set<String>, of section: ConfigurationEdit.Section) -> NodeConfiguration {
        var kept = self
        (kept.unusable, kept.unusableServers) = ([:], [:])
        switch section {
        case .providers:
            kept.providers.removeAll { !names.contains($0.settings.name) }
            kept.defaultProvider = nil
        case .servers: kept.servers.removeAll { !names.contains($0.name) }
        }
        return kept
    }
}
