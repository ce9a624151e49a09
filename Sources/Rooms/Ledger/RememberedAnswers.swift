import Services

/// The first answers to the newest requests; the oldest answer is removed first.
///
/// An answer whose caller was not reached is asked for again some seconds later, and in a busy room thousands of others
/// come in between: so answers of the last periods are kept whatever their number.
struct RememberedAnswers<Answer: RememberedAnswer>: Hashable, Sendable {
    private struct Key: Hashable {
        let caller: Principal, request: String
    }

    private struct Place: Hashable {
        let key: Key
        /// When it was answered, in periods that the owner counts.
        let period: Int
    }

    private var answers: [Key: Answer] = [:]
    private var order: [Place] = []
    /// The place in `order` of the oldest; what is before it was removed.
    private var oldest = 0

    subscript(caller caller: Principal, request request: String) -> Answer? {
        answers[Key(caller: caller, request: request)]
    }

    /// Every answer, oldest first.
    var all: [Answer] { places.compactMap { answers[$0.key] } }

    /// The requests, oldest first.
    private var places: ArraySlice<Place> { order[oldest...] }

    /// What was removed makes no difference.
    static func == (first: Self, second: Self) -> Bool {
        first.answers == second.answers && first.places == second.places
    }

    func hash(into hasher: inout Hasher) { hasher.combine(answers) }

    /// Adds an answer, and removes those that need not be remembered any more.
    ///
    /// - Parameter period: Which period it is; nil when only the number of answers counts.
    mutating func insert(_ answer: Answer, caller: Principal, request: String, period: Int? = nil) {
        let key = Key(caller: caller, request: request)
        guard answers.updateValue(answer, forKey: key) == nil else { return }
        order.append(Place(key: key, period: period ?? 0))
        while isOldestOver(in: period) {
            answers[order[oldest].key] = nil
            oldest += 1
        }
        guard oldest > RoomsLimits.rememberedAnswersPerRoom, oldest > order.count / 2 else { return }
        order.removeFirst(oldest)
        oldest = 0
    }

    private func isOldestOver(in period: Int?) -> Bool {
        let count = order.count - oldest
        guard count > RoomsLimits.rememberedAnswersPerRoom else { return false }
        guard let period, count <= RoomsLimits.rememberedAnswersMax else { return true }
        return order[oldest].period < period - RoomsLimits.rememberedPeriods
    }
}

/// An answer that a snapshot can hold.
protocol RememberedAnswer: Hashable, Sendable {
    /// Writes it, so that it can be told from what follows.
    func write(to fields: inout SnapshotFields)

    /// Reads it; nil when something else stands there.
    init?(_ fields: inout SnapshotFields)
}

/// One text with all answers, oldest first: thousands of them are read at each start, and the general decoder takes
/// some 20 µs for each.
extension RememberedAnswers: Codable {
    /// Reads what `encode` has written.
    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        var fields = SnapshotFields(try container.decode(String.self))
        while !fields.isAtEnd {
            guard let caller = fields.text().flatMap(Principal.init(rawValue:)), let request = fields.text(),
                let period = fields.integer(), let answer = Answer(&fields)
            else { throw DecodingError.dataCorruptedError(in: container, debugDescription: "no answer stands there") }
            let key = Key(caller: caller, request: request)
            if answers.updateValue(answer, forKey: key) == nil { order.append(Place(key: key, period: period)) }
        }
    }

    /// Writes a text.
    func encode(to encoder: any Encoder) throws {
        var fields = SnapshotFields()
        for place in places {
            guard let answer = answers[place.key] else { continue }
            fields.add(place.key.caller.rawValue)
            fields.add(place.key.request)
            fields.add(place.period)
            answer.write(to: &fields)
        }
        var container = encoder.singleValueContainer()
        try container.encode(fields.written)
    }
}

extension AnsweredRequest: RememberedAnswer {
    func write(to fields: inout SnapshotFields) {
        fields.add(room.rawValue)
        fields.add(caller.rawValue)
        fields.add(request)
        fields.add(post.map { [$0] }) { post, fields in
            fields.add(post.room.rawValue)
            fields.add(post.number)
            fields.add(post.turns) { $1.add($0.rawValue) }
            fields.add(post.agents) { $1.add($0.rawValue) }
        }
        fields.add(records) { $1.add($0.rawValue) }
    }

    init?(_ fields: inout SnapshotFields) {
        guard let room = fields.text().flatMap(RoomName.init(rawValue:)),
            let caller = fields.text().flatMap(Principal.init(rawValue:)), let request = fields.text(),
            let posts = fields.list({ Coordinator.Post.Reply(&$0) }),
            let records = fields.list({ $0.text().map { RecordID($0) } })
        else { return nil }
        self.init(room: room, caller: caller, request: request, post: posts?.first, records: records)
    }
}

extension Coordinator.Post.Reply {
    fileprivate init?(_ fields: inout SnapshotFields) {
        guard let room = fields.text().flatMap(RoomName.init(rawValue:)), let number = fields.integer(),
            let turns = fields.list({ $0.text().flatMap(TurnID.init(rawValue:)) }),
            let agents = fields.list({ $0.text().map { AgentID($0) } })
        else { return nil }
        self.init(room: room, number: number, turns: turns ?? [], agents: agents)
    }
}

extension Coordinator.Join.Reply: RememberedAnswer {
    func write(to fields: inout SnapshotFields) {
        fields.add(room.rawValue)
        fields.add(head)
    }

    init?(_ fields: inout SnapshotFields) {
        guard let room = fields.text().flatMap(RoomName.init(rawValue:)), let head = fields.integer() else {
            return nil
        }
        self.init(room: room, head: head)
    }
}
