import Services

/// What the toolbox asks of its own program inside a sandbox, where it is started as `egghead-toolbox inside` with the
/// request on descriptor 3 and the way for the answer on descriptor 4.
struct HelperRequest: Codable, Hashable {
    /// What the sandbox's directory must be: otherwise it was exchanged while the sandbox was built.
    var root: DirectoryIdentity?
    /// What a program may use.
    var limits: ProgramLimits
    /// What is to be done.
    var work: HelperWork
}

/// A directory, told apart from every other that could be under its name.
struct DirectoryIdentity: Codable, Hashable {
    /// Its path.
    var path: String
    /// The device and the inode.
    var device: UInt64, inode: UInt64
}

/// What is to be done in a sandbox.
enum HelperWork: Codable, Hashable {
    /// Do something with a file, and answer.
    case file(FileOperation, permissions: [Permission], grants: [Grant])
    /// Become a program.
    case program([String])
    /// Become a program whose last argument is a directory, by where it is.
    case search([String], directory: String, grants: [Grant])
}

/// Something to do with a file. Paths are absolute.
enum FileOperation: Codable, Hashable {
    /// Names what is in a directory.
    case list(path: String)
    /// Reads lines, the first of which is 1; a negative number counts from the end.
    case read(path: String, from: Int, lines: Int)
    /// Makes a file, or replaces what is in it.
    case write(path: String, text: String)
    /// Replaces a text that is there once.
    case edit(path: String, old: String, new: String)
    /// Deletes a file, or an empty directory.
    case delete(path: String)
}

/// What a program may use, where no cgroup says it.
struct ProgramLimits: Codable, Hashable {
    /// Memory of each process of its own, in bytes; no bound when nil.
    var memoryBytes: Int?
    /// Processes and threads of the sandbox.
    var tasks: Int
    /// The longest file that it may write, in bytes.
    var fileBytes: Int
}

/// What came of a request, a line each.
enum HelperReply: Codable, Hashable {
    /// The sandbox is there, and the helper becomes the program.
    case begun
    /// It was done; for the model.
    case done(String)
    /// It was not done; for the model.
    case failed(String)
    /// What the path leads to is nothing that the grants take in; where it is.
    case outside(String)
}
