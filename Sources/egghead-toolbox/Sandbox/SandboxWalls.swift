import Capabilities
import LinuxSystem
import Sandbox
import Services

/// What a call sees of the machine.
struct SandboxView: Hashable {
    /// The directory that it has.
    let root: FilePath?
    /// Whether it may change what is in there.
    let isWritable: Bool
    /// Where it begins; `/tmp` when nil.
    let directory: FilePath?
}

/// The walls that are the same for every call: what no agent has, whatever its record says.
struct SandboxWalls {
    /// The node's own directories and files.
    let hidden: [FilePath]
    /// What agents change through other tools alone.
    let readOnly: [FilePath]

    /// A sandbox for what a call sees.
    ///
    /// - Returns: The plan, and what the directory was when it was looked at: the helper looks again.
    /// - Throws: Why the directory is none that an agent can have, in words for the model.
    func plan(
        _ view: SandboxView, helper: String
    ) throws(ServiceFailure) -> (plan: SandboxPlan, root: DirectoryIdentity?) {
        var plan = SandboxPlan(helper: helper, arguments: [Helper.word])
        plan.directory = view.directory
        guard let root = view.root else { return (plan, nil) }
        let identity = try Self.identity(of: root)
        if let own = hidden.first(where: { $0.contains(root) }) {
            throw ServiceFailure(.invalid, "\(root) is the node's own (\(own)), which no agent has")
        }
        plan.root = root
        plan.isWritable = view.isWritable && !readOnly.contains { $0.contains(root) }
        plan.hidden = hidden.filter { Self.isDirectory($0) }
        plan.hiddenFiles = hidden.filter { !Self.isDirectory($0) }
        plan.readOnly = readOnly
        return (plan, identity)
    }

    /// What a directory is. One by way of a symbolic link is none: somebody might turn the link.
    private static func identity(of path: FilePath) throws(ServiceFailure) -> DirectoryIdentity {
        let found: DirectoryIdentity
        do throws(SystemCallError) {
            let directory = SharedDescriptor(try Files.openPlace(path.description))
            let status = try Files.status(directory.linkPath)
            found = DirectoryIdentity(
                path: try CurrentProcess.resolve(directory.linkPath), device: status.device, inode: status.inode)
        } catch {
            throw ServiceFailure(.invalid, "the directory that the record grants: \(error)")
        }
        guard found.path.utf8.elementsEqual(path.description.utf8) else {
            throw ServiceFailure(
                .invalid, "\(path) leads over a symbolic link to \(found.path); grant that, if it is meant")
        }
        return found
    }

    private static func isDirectory(_ path: FilePath) -> Bool {
        (try? Files.status(path.description))?.kind == .directory
    }
}
