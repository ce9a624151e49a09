import Services

/// What the toolbox asks of `egghead-helper`, which it starts inside a sandbox with the request on descriptor 3 and the
/// way for the answer on descriptor 4.
public struct HelperRequest: Hashable, Sendable {
    /// What the sandbox's directory must be: otherwise it was exchanged while the sandbox was built.
    public var root: DirectoryIdentity?
    /// The same of further directories.
    public var others: [DirectoryIdentity]
    /// The directories that may be changed, by their paths.
    public var writable: [String]
    /// What a program may use.
    public var limits: ProgramLimits
    /// Where the sandbox's proxy is to be, which gets a socket that listens there, by descriptor 6; nil where there is
    /// none.
    public var proxyPort: UInt16?
    /// Whether standard input and output are to be those that are found as descriptors 7 and 8.
    public var hasStreams: Bool
    /// What is to be done.
    public var work: HelperWork

    /// A request.
    public init(
        root: DirectoryIdentity?, others: [DirectoryIdentity] = [], writable: [String] = [], limits: ProgramLimits,
        proxyPort: UInt16? = nil,
        hasStreams: Bool = false, work: HelperWork
    ) {
        self.others = others
        self.hasStreams = hasStreams
        self.root = root
        self.writable = writable
        self.limits = limits
        self.proxyPort = proxyPort
        self.work = work
    }
}

/// A directory, told apart from every other that could be under its name.
public struct DirectoryIdentity: Hashable, Sendable {
    /// Its path.
    public var path: String
    /// The device and the inode.
    public var device: UInt64, inode: UInt64

    /// A directory that was looked at.
    public init(path: String, device: UInt64, inode: UInt64) {
        self.path = path
        self.device = device
        self.inode = inode
    }
}

/// What is to be done in a sandbox.
public enum HelperWork: Hashable, Sendable {
    /// Do something with a file, and answer.
    case file(FileOperation, permissions: [Permission], grants: [Grant])
    /// Become a program.
    case program([String])
    /// Become a program whose last argument is a directory, by where it is.
    case search([String], directory: String, grants: [Grant])
}

/// Something to do with a file. Paths are absolute.
public enum FileOperation: Hashable, Sendable {
    /// Names what is in a directory.
    case list(path: String)
    /// Reads lines, the first of which is 1; a negative number counts from the end.
    case read(path: String, from: Int, lines: Int)
    /// The text of a file as it is, for people who are asked whether it may be replaced.
    case text(path: String)
    /// Makes a file, or replaces what is in it.
    case write(path: String, text: String)
    /// Replaces a text that is there once.
    case edit(path: String, old: String, new: String)
    /// Deletes a file, or an empty directory.
    case delete(path: String)
}

/// What a program may use, where no cgroup says it.
public struct ProgramLimits: Hashable, Sendable {
    /// Memory of each process of its own, in bytes; no bound when nil.
    public var memoryBytes: Int?
    /// Processes and threads of the sandbox.
    public var tasks: Int
    /// The longest file that it may write, in bytes.
    public var fileBytes: Int

    /// Limits.
    public init(memoryBytes: Int?, tasks: Int, fileBytes: Int) {
        self.memoryBytes = memoryBytes
        self.tasks = tasks
        self.fileBytes = fileBytes
    }
}

/// What came of a request.
public enum HelperReply: Hashable, Sendable {
    /// The sandbox is there, and the helper becomes the program.
    case begun
    /// It was done; for the model.
    case done(String)
    /// It was not done; for the model.
    case failed(String)
    /// What the path leads to is nothing that the grants take in; where it is.
    case outside(String)
}
