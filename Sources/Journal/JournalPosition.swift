/// A place between two commits of a journal that is cut into segments.
public struct JournalPosition: Hashable, Codable, Sendable {
    /// The segment, from 1; 0 stands for the oldest that is there.
    public var segment: Int
    /// How many bytes of the segment come before.
    public var offset: Int

    /// The beginning of a segment, or a place in it.
    public init(segment: Int = 1, offset: Int = 0) {
        self.segment = segment
        self.offset = offset
    }
}
