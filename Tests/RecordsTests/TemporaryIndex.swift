import FoundationEssentials
import Services

@testable import egghead_records

/// An index in a directory of its own.
enum TemporaryIndex {
    /// Makes an index that holds some records, and removes it afterwards.
    static func with(_ records: [Index.IndexedRecord], _ body: (IndexDatabase) throws -> Void) throws {
        let path = FileManager.default.temporaryDirectory.path + "/index-tests-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let index = try IndexDatabase(directory: path)
        try index.apply(.init(put: records, remove: [], remaining: 0))
        try body(index)
    }
}
