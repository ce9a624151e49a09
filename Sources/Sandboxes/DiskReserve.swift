import LinuxSystem
import Services

/// The part of a file system that calls of agents leave to everybody else: a full disk would stop the node's journals,
/// and whatever the machine is for.
///
/// A program can write faster than it is looked at, so the part is some seconds of a fast disk.
public struct DiskReserve {
    /// The directory that a call changes.
    let directory: String

    /// The part that a call leaves which changes a directory.
    init(directory: String) { self.directory = directory }

    /// How much is left at least: a twentieth of the file system, and no more than this.
    private static let bytesMax = 512 << 20, filesMax = 10_000, share = 20

    /// How much is to be left of a number of bytes or files.
    private static func part(of whole: Int, atMost most: Int) -> Int { min(whole / share, most) }

    /// What is wrong, in words for the model; nil when enough is left, or nobody can say.
    public var shortage: String? {
        guard let space = try? Files.space(at: directory) else { return nil }
        let bytesMin = Self.part(of: space.bytes, atMost: Self.bytesMax)
        if space.freeBytes < bytesMin {
            return "the disk of \(directory) has \(space.freeBytes >> 20) MiB left, and \(bytesMin >> 20) MiB are not "
                + "for agents"
        }
        let filesMin = Self.part(of: space.files, atMost: Self.filesMax)
        guard space.freeFiles < filesMin else { return nil }
        return "the disk of \(directory) can have \(Counted.words(space.freeFiles, "more file")), and \(filesMin) are "
            + "not for agents"
    }
}
