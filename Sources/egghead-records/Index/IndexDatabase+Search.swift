import GRDB
import Records
import Services

extension IndexDatabase {
    /// Whole records, best first, in one go.
    func search(_ request: Index.Search.Request) throws -> [SearchHit] { try answer(to: SearchRun(request)).hits }

    /// The passages that answer a question best, in one go.
    func passages(_ request: Index.Passages.Request) throws -> [Passage] {
        try answer(to: PassagesRun(request)).passages
    }
}
