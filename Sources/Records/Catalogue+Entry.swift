import Services
import Time

extension Catalogue {
    /// A file that is a record.
    public struct Entry: Hashable, Sendable {
        /// The id in the record's key `id`; nil if its path is its id.
        public var ownID: String?
        /// The class.
        public var recordClass: RecordClass
        /// The hash of its bytes.
        public var revision: Digest
        /// The file's stamp when it was read.
        public var look: Digest
        /// When its content last changed, in nanoseconds since 1970.
        public var modifiedNanoseconds: Int128
        /// Whether the next store has to read it, whatever its stamp: more than this is known of it, or it may have
        /// changed without a change of the stamp.
        public var wantsReading: Bool
        /// Whether it is read when it is examined next.
        public var isDirty = false

        /// A file as an earlier store knew it. If its content has changed, its stamp shows it.
        ///
        /// - Parameters:
        ///   - id: The record's id.
        ///   - path: The path below the records directory.
        public init(
            id: some StringProtocol, path: some StringProtocol, recordClass: RecordClass, revision: Digest,
            look: Digest, wantsReading: Bool
        ) {
            ownID = RecordID.id(ofPath: Substring(path))?.utf8.elementsEqual(id.utf8) == true ? nil : String(id)
            self.recordClass = recordClass
            self.revision = revision
            self.look = look
            modifiedNanoseconds = 0
            self.wantsReading = wantsReading
        }

        /// A file that was just read.
        public init(_ record: Record, stamp: FileStamp) {
            self.init(
                id: record.id, path: record.path, recordClass: record.recordClass, revision: record.revision,
                look: stamp.look,
                wantsReading: !stamp.isSettled || record.recordClass == .agent || !record.problems.isEmpty
                    || !record.htmlPaths.isEmpty)
            modifiedNanoseconds = stamp.modifiedNanoseconds
        }

        /// Whether the other has the same text under the same id, in a file with the same stamp.
        public func isSameFile(as other: Entry) -> Bool {
            revision == other.revision && look == other.look
                && ownID.map(ExactText.init) == other.ownID.map(ExactText.init)
        }

        /// When its content last changed, RFC 3339.
        public var updated: String { Timestamp.rfc3339(nanosecondsSince1970: modifiedNanoseconds) }

        /// The record's id.
        ///
        /// - Parameter path: The file's path, which is the id without its extension if the record names none.
        public func id(at path: String) -> String { ownID ?? RecordID.id(ofPath: path) ?? path }
    }
}
