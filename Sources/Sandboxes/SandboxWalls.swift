import Capabilities
import Glibc
import LinuxSystem
import Sandbox
import Services

/// What a program in a sandbox sees of the machine.
public struct SandboxView: Hashable {
    /// The directory that it has.
    public let root: FilePath?
    /// Whether it may change what is in there.
    public let isWritable: Bool
    /// Where it begins; `/tmp` when nil.
    public let directory: FilePath?
    /// Directories that it has besides.
    public var others: [SandboxDirectory] = []
    /// Which hosts it reaches; none when nil.
    public var hosts: HostRules?
    /// Files of the node that it has besides, by where they are in there.
    public var additions: [String: String] = [:]

    /// A view of one directory, or of none.
    public init(root: FilePath?, isWritable: Bool, directory: FilePath?) {
        (self.root, self.isWritable, self.directory) = (root, isWritable, directory)
    }
}

/// The walls that are the same for every sandbox: what nothing in one has, whatever it is granted.
public struct SandboxWalls {
    /// The node's own directories and files, and the records.
    public let reserved: [FilePath]
    /// The node's programs: what is written there would run as the node.
    let programs: [FilePath]

    /// Walls around what is the node's.
    public init(reserved: [FilePath], programs: [FilePath]) { (self.reserved, self.programs) = (reserved, programs) }

    /// What is the kernel's, and no directory of anybody.
    private static let system = ["/proc", "/sys", "/dev"].compactMap { FilePath($0) }
    /// What every sandbox has of the machine.
    private static let shared = FilePath("/usr")

    /// A sandbox for what a call sees.
    ///
    /// - Returns: The plan; what the directory was when it was looked at, and the others: the helper looks again; and
    ///   what the call leaves of the disk that it may write.
    /// - Throws: Why the directory is none that an agent can have, in words for the model.
    public func plan(
        _ view: SandboxView, helper: String
    ) throws(ServiceFailure) -> (
        plan: SandboxPlan, root: DirectoryIdentity?, others: [DirectoryIdentity], disk: DiskReserve?
    ) {
        var plan = SandboxPlan(helper: helper)
        plan.directory = view.directory
        plan.hasProxy = view.hosts != nil
        plan.additions = view.additions
        let reserved = reserved.flatMap { path in [path] + [Self.resolved(path)].compactMap(\.self) }
        for path in reserved where Self.shared?.contains(path) == true {
            switch (try? Files.status(path.description))?.kind {
            case .directory?: plan.hidden.append(path)
            case nil: continue
            case _: plan.hiddenFiles.append(path)
            }
        }
        let mounts = try Self.mounts()
        if let shared = Self.shared, let problem = mounts.problem(below: shared, reserved: reserved) {
            throw ServiceFailure(.unavailable, "there is no sandbox, since \(shared) \(problem); unmount it")
        }
        var others: [DirectoryIdentity] = []
        for other in view.others { others.append(try identity(of: other, mounts, reserved)) }
        plan.others = view.others
        guard let path = view.root else { return (plan, nil, others, nil) }
        let root = SandboxDirectory(path, isWritable: view.isWritable)
        let identity = try identity(of: root, mounts, reserved)
        (plan.root, plan.isWritable) = (path, view.isWritable)
        // A disk elsewhere is not this machine's to keep, and looking at it could take for ever.
        let isKept = view.isWritable && !mounts.isElsewhere(path)
        return (plan, identity, others, isKept ? DiskReserve(directory: path.description) : nil)
    }

    /// What a directory is that a sandbox has.
    ///
    /// - Throws: Why it can have none of that.
    private func identity(
        of directory: SandboxDirectory, _ mounts: MountTable, _ reserved: [FilePath]
    ) throws(ServiceFailure) -> DirectoryIdentity {
        let root = directory.path, identity = try Self.identity(of: root)
        // A wall within a directory would go by its name, and whoever can write the directory can change names.
        if let own = reserved.first(where: { $0.contains(root) || root.contains($0) }) {
            throw ServiceFailure(
                .denied, "\(root) and the node's own \(own) are in one another; grant another directory")
        }
        if let system = Self.system.first(where: { $0.contains(root) || root.contains($0) }) {
            throw ServiceFailure(
                .denied, "\(root) and the system's \(system) are in one another; grant another directory")
        }
        let programs = programs.flatMap { path in [path] + [Self.resolved(path)].compactMap(\.self) }
        if directory.isWritable, let own = programs.first(where: { $0.contains(root) || root.contains($0) }) {
            throw ServiceFailure(
                .denied,
                "\(root) and the node's own programs in \(own) are in one another; grant another directory, or only "
                    + "reading")
        }
        if let problem = mounts.problem(of: root, reserved: reserved) {
            throw ServiceFailure(.denied, "\(root) \(problem); grant another directory")
        }
        return identity
    }

    /// What is mounted where; without knowing that, nothing is shown to anybody.
    private static func mounts() throws(ServiceFailure) -> MountTable {
        do throws(SystemCallError) {
            let text = try Files.read("/proc/self/mountinfo", limit: mountsBytesMax)
            return MountTable(String(decoding: text, as: UTF8.self))
        } catch {
            throw ServiceFailure(.unavailable, "what is mounted on this machine cannot be read: \(error)")
        }
    }

    /// A machine of thousands of containers has some hundred KiB of it.
    private static let mountsBytesMax = 16 << 20

    /// Where a path leads to; of one that is not there, where it would be.
    private static func resolved(_ path: FilePath) -> FilePath? {
        if let place = try? CurrentProcess.resolve(path.description) { return FilePath(place) }
        let (above, name) = Files.split(path.description)
        return (try? CurrentProcess.resolve(above.isEmpty ? "/" : above)).flatMap { FilePath("\($0)/\(name)") }
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
}
