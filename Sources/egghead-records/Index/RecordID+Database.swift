import GRDB
import Services

/// A column holds the id as its text.
extension RecordID: DatabaseValueConvertible {}
