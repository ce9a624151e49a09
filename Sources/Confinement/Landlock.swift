import CLinux
import Glibc
import LinuxSystem

/// What Landlock of some version takes away, as the kernel's bits.
///
/// See: landlock(7), linux/landlock.h
struct LandlockRights: Hashable {
    /// What may be done to files and directories.
    var files: UInt64
    /// What may be done by TCP: bind and connect.
    var network: UInt64
    /// Abstract Unix sockets and signals of processes that are not confined along with this one.
    var scoped: UInt64

    /// Everything that a version knows; nothing of one that is too old for a process.
    ///
    /// - Parameters:
    ///   - version: From 1. The first one refuses every rename from one directory to another, so who writes files
    ///     cannot live with it.
    init(of confinement: Confinement, version: Int) {
        (files, network, scoped) = (0, 0, 0)
        guard version >= (confinement.writesFiles ? 2 : 1), confinement.files != .all else { return }
        files = Self.firstFileRights
        if version >= 2 { files |= Self.refer }
        if version >= 3 { files |= Self.truncate }
        if version >= 5 { files |= Self.deviceControl }
        if version >= 4 {
            switch confinement.network {
            case .ofNamespace: break
            case .none: network = Self.bindTCP | Self.connectTCP
            case .accepting: network = Self.connectTCP
            case .connecting, .relaying: network = Self.bindTCP
            }
        }
        if version >= 6 { scoped = Self.abstractSockets | Self.signals }
    }

    /// EXECUTE to MAKE_SYM, the 13 rights of version 1.
    private static let firstFileRights: UInt64 = (1 << 13) - 1
    private static let execute: UInt64 = 1 << 0, makeCharacterDevice: UInt64 = 1 << 6, makeSocket: UInt64 = 1 << 9
    private static let makeFIFO: UInt64 = 1 << 10, makeBlockDevice: UInt64 = 1 << 11
    private static let refer: UInt64 = 1 << 13, truncate: UInt64 = 1 << 14, deviceControl: UInt64 = 1 << 15
    private static let bindTCP: UInt64 = 1 << 0, connectTCP: UInt64 = 1 << 1
    private static let abstractSockets: UInt64 = 1 << 0, signals: UInt64 = 1 << 1

    /// READ_FILE and READ_DIR, and with EXECUTE.
    static let reading: UInt64 = 1 << 2 | 1 << 3, running = reading | execute
    private static let makeSpecial = makeCharacterDevice | makeBlockDevice | makeSocket | makeFIFO
    /// Everything that is done to ordinary files and directories.
    var writing: UInt64 { files & ~(Self.execute | Self.makeSpecial | Self.deviceControl) }
    /// Everything that programs do, but for making files that are no ordinary ones.
    var changing: UInt64 { files & ~Self.makeSpecial }
    /// Those of the rights that a file can have, which is no directory: EXECUTE, WRITE_FILE, READ_FILE, TRUNCATE,
    /// IOCTL_DEV.
    static let ofFiles: UInt64 = 1 << 0 | 1 << 1 | 1 << 2 | truncate | deviceControl
}

/// Landlock of this kernel.
enum Landlock {
    /// Its version; 0 where there is none.
    static var version: Int { max(0, Int(clinux_landlock_version())) }

    /// Takes rights away from this thread, and from those that it starts from now on; they must not exist before.
    ///
    /// - Returns: Whether there was anything that the kernel could take.
    /// - Throws: `landlock_create_ruleset`, `landlock_add_rule`, `landlock_restrict_self`.
    static func enforce(_ confinement: Confinement) throws(SystemCallError) -> Bool {
        let rights = LandlockRights(of: confinement, version: version)
        guard rights.files != 0 else { return false }
        let raw = clinux_landlock_ruleset(rights.files, rights.network, rights.scoped)
        guard raw >= 0 else { throw SystemCallError("landlock_create_ruleset", errno: errno) }
        let ruleset = FileDescriptor(owning: raw)
        switch confinement.files {
        case .below(let reading, let writing):
            for path in reading { try allow(LandlockRights.reading, below: path, ruleset) }
            for path in writing { try allow(rights.writing, below: path, ruleset) }
        case .changing(let paths, let unseen):
            try allow(LandlockRights.running, below: "/", ruleset)
            for path in paths { try allow(rights.changing, below: path, ruleset) }
            for path in unseen {
                // What is allowed below a directory is so below all that is mounted there.
                let isWhole = !paths.contains { "\($0)/".utf8.starts(with: "\(path)/".utf8) }
                try allow(isWhole ? rights.files : rights.changing, below: path, ruleset)
            }
        case .all: return false
        }
        guard clinux_landlock_restrict(ruleset.raw) == 0 else {
            throw SystemCallError("landlock_restrict_self", errno: errno)
        }
        return true
    }

    private static func allow(
        _ rights: UInt64, below path: String, _ ruleset: borrowing FileDescriptor
    ) throws(SystemCallError) {
        guard let status = try? Files.status(path), let place = try? Files.open(path, CInt(CLINUX_O_PATH)) else {
            return  // what is not there, or not ours to find, is not kept either
        }
        let possible = status.kind == .directory ? rights : rights & LandlockRights.ofFiles
        guard clinux_landlock_allow(ruleset.raw, possible, place.raw) == 0 else {
            throw SystemCallError("landlock_add_rule", subject: path, errno: errno)
        }
    }
}
