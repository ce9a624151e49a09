import GRDB
import Records
import Services

/// One search of rooms: matches from the database, and then their texts from the coordinator, until enough are found.
///
/// A match whose event is gone, or does not match any more, is passed over.
final class RoomSearch {
    /// Gets the answer.
    typealias Completion = (Result<Index.SearchRooms.Reply, ServiceFailure>) -> Void
    private typealias Place = RoomSearchRun.Place

    private let service: RoomIndexService, complete: Completion
    private let query: SearchQuery, room: RoomName?, limit: Int
    /// The reading that is tried, the row id below which its next matches are, and how often matches were looked for.
    private var reading = 0, before = Int64.max, round = 0
    private var hits: [RoomHit] = []
    /// The matches whose texts are read, the texts that have come, and the number that was asked for.
    private var places: [Place] = [], texts: [Int: RoomEvent] = [:], asked = 0, answered = 0
    private var isOver = false

    /// The most times that matches are looked for: all that are found may be gone.
    private static let roundsMax = 20
    /// The number of texts that one search asks for at a time, so that the coordinator serves others in between.
    private static let textsAtOnce = 4

    /// A search that has not begun.
    ///
    /// - Parameter complete: Called once.
    init(_ request: Index.SearchRooms.Request, of service: RoomIndexService, complete: @escaping Completion) {
        self.service = service
        self.complete = complete
        query = SearchQuery(withoutColumns: request.query)
        room = request.room
        limit = IndexDatabase.limit(request.limit, 10, 100)
    }

    /// Looks for the next matches, or answers. The search lives until it has answered.
    func advance() {
        guard reading < query.readings.count, hits.count < limit, round < Self.roundsMax else { return answer() }
        round += 1
        let wanted = limit - hits.count
        let begin = RoomSearchRun(query.readings[reading].query, room: room, before: before, limit: wanted)
        var run = begin, searched: RoomIndexDatabase?
        service.runner.begin {
            let database = try self.service.searched()
            // Another one than that of the slice before is searched from the beginning.
            if database !== searched { (run, searched) = (begin, database) }
            guard let places = try database.advance(&run) else { return false }
            self.read(places, isLast: places.count < wanted)
            return true
        } fail: {
            self.fail(self.service.failure($0))
        }
    }

    private func answer() {
        let tried = query.readings.prefix(reading + 1).map(\.kind)
        end(.success(.init(hits: hits, readings: tried, objection: query.objection, unread: service.unread)))
    }

    private func fail(_ failure: ServiceFailure) { end(.failure(failure)) }

    private func end(_ result: Result<Index.SearchRooms.Reply, ServiceFailure>) {
        if isOver { return }
        isOver = true
        complete(result)
    }

    private func read(_ places: [Place], isLast: Bool) {
        (self.places, texts, asked, answered) = (places, [:], 0, 0)
        if places.isEmpty { return take(isLast: isLast) }
        for _ in 0..<min(places.count, Self.textsAtOnce) { askNext(isLast: isLast) }
    }

    private func askNext(isLast: Bool) {
        let index = asked, place = places[index]
        asked += 1
        let question = Coordinator.History.Request(room: place.room, after: place.number - 1, limit: 1)
        service.client.request(Coordinator.History.self, question) { result in
            if self.isOver { return }
            switch result {
            case .success(let page):
                guard let event = page.events.first else { break }
                if event.number == place.number { self.texts[index] = event }
                if event.number > place.number { self.service.missed(before: event.number, in: place.room) }
            case .failure(let failure) where failure.code == .notFound:
                self.service.missed(failure, in: place.room)
            case .failure(let failure):
                return self.fail(ServiceFailure(failure.code, "reading what was found in rooms: \(failure.message)"))
            }
            self.answered += 1
            if self.asked < self.places.count { return self.askNext(isLast: isLast) }
            if self.answered == self.places.count { self.take(isLast: isLast) }
        }
    }

    /// Keeps the matches that can be shown, and goes on.
    private func take(isLast: Bool) {
        do {
            for index in places.indices {
                guard let event = texts[index], event.type == .message,
                    let snippet = try service.quotation.excerpt(of: event.text, for: query.readings[reading].query)
                else { continue }
                hits.append(RoomHit(event, snippet: snippet))
            }
        } catch {
            return fail(service.failure(error))
        }
        if let last = places.last { before = last.id }
        if isLast {
            if !hits.isEmpty { return answer() }
            (reading, before) = (reading + 1, .max)
        }
        advance()
    }
}
