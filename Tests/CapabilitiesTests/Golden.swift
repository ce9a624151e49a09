import Foundation

/// The files of `Golden/`: what goes over the wire and what lies on the disk, byte for byte.
enum Golden {
    /// The bytes of a file. With EGGHEAD_GOLDEN=write in the environment the file is written first, to be looked at
    /// before it is committed.
    static func bytes(_ name: String, orWrite bytes: [UInt8]) throws -> [UInt8] {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "Golden/\(name)")
        if ProcessInfo.processInfo.environment["EGGHEAD_GOLDEN"] == "write" {
            try Data(bytes).write(to: file, options: .atomic)
        }
        return Array(try Data(contentsOf: file))
    }
}
