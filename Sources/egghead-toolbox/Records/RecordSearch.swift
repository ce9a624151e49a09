import BusClient
import Capabilities
import Services

/// Passages for a question, of records that a caller's grants take in. The model's own search and the one that the
/// program makes for each turn are both made here.
struct RecordSearch {
    /// The way to the index.
    let client: BusClient

    /// The passages that are returned when the request does not say how many.
    static let passagesMax = 5
    /// The passages that are asked for when some may have to be left out: the most that the index returns.
    private static let scopedPassagesMax = 20

    /// Asks the index.
    ///
    /// - Parameters:
    ///   - done: Called once, later.
    func passages(
        _ request: Index.Passages.Request, authority: Authority?, deadline: Duration = .seconds(5),
        then done: @escaping (Result<Index.Passages.Reply, ServiceFailure>) -> Void
    ) {
        let wider = Self.widened(request, authority: authority)
        client.request(Index.Passages.self, wider, deadline: deadline, retry: .untilDeadline) { result in
            done(result.map { Self.filtered($0, for: request, authority: authority) })
        }
    }

    /// What the index is asked. Under a scope more passages are asked for, since some of the best may lie outside it.
    static func widened(_ request: Index.Passages.Request, authority: Authority?) -> Index.Passages.Request {
        guard scopes(of: authority) != nil else { return request }
        var wider = request
        wider.limit = scopedPassagesMax
        return wider
    }

    /// What the caller may see of the index's answer, as much of it as the caller asked for.
    static func filtered(
        _ reply: Index.Passages.Reply, for request: Index.Passages.Request, authority: Authority?
    ) -> Index.Passages.Reply {
        guard let scopes = scopes(of: authority) else { return reply }
        var reply = reply
        let isSeen = { (passage: Passage) in scopes.contains { $0.covers(.record(passage.id, passage.recordClass)) } }
        reply.passages = Array(reply.passages.filter(isSeen).prefix(max(0, request.limit ?? passagesMax)))
        reply.sentences = reply.sentences?.filter { isSeen($0.passage) }
        return reply
    }

    /// The grants of a search, when they are not for all records; nil when they are.
    private static func scopes(of authority: Authority?) -> [Grant]? {
        guard let granted = authority?.grants(of: .searchRecords) else { return nil }
        return granted.contains { $0.scope.isEmpty } ? nil : granted
    }
}
