import Services

/// Items of a response's output, as a decoder remembers what it has read of them.
///
/// An item is told in pieces, then in whole, then once more in the whole response; servers leave out one or two of the
/// three, leave out its place, its id and a call's `call_id`, make new ones for each telling, or give every item the
/// place 0. What is told belongs to the first of these items of its type:
///
/// | told | belongs to |
/// |---|---|
/// | a piece | one at its place, best of its id; without a place one of its id; without both the last one |
/// | a whole item | one at its place or of its id that has not ended; one that has ended, if it is told again |
/// | | one that has not ended and says the same |
/// | an item of the whole response | one that it has not told yet, of its `call_id`, its id, or that says the same |
/// | | one at its place, if that is told again; one that has not ended, of the same tool |
///
/// An item is told again if it says the same, or has the id that it had and is no call of another tool or with other
/// arguments.
struct ResponsesItems {
    /// What is known of an item.
    struct Item {
        /// `message`, `function_call`, `reasoning` and the like.
        var type: String
        /// Its place in the output, as far as it is told.
        var place: Int?
        /// Its own id.
        var id: String
        /// The id under which the outcome of a call is told.
        var callID = ""
        /// The tool of a call.
        var tool = ""
        /// What it says: the words of a message, the arguments of a call, the encrypted text of a thought.
        var text = ""
        /// The parts of a message of which something was said.
        var parts: Set<Int> = []
        /// The number of the call among the calls.
        var call: Int?
        /// Whether it was told in whole.
        var hasEnded = false
        /// Whether the whole response has told it.
        var isInOutput = false

        /// Whether it cannot be known again.
        var isNameless: Bool { place == nil && id.isEmpty && callID.isEmpty }

        /// An item of which nothing has been read.
        init(_ type: String, at place: Int?, id: String?) {
            (self.type, self.place, self.id) = (type, place, id ?? "")
        }

        /// An item that is told in whole.
        init(_ json: JSONValue, at place: Int?) {
            self.init(json["type"]?.string ?? "", at: place, id: json["id"]?.string)
            callID = json["call_id"]?.string ?? ""
            tool = json["name"]?.string?.toolName ?? ""
            switch type {
            case "message": text = Self.words(of: json).joined()
            case "function_call": text = json["arguments"]?.argumentsText ?? ""
            case _: text = json["encrypted_content"]?.string ?? ""
            }
        }

        /// The words of a message, part by part; some servers send a text in place of the parts.
        static func words(of message: JSONValue) -> [String] {
            if let text = message["content"]?.string { return [text] }
            return message["content"]?.elements.map { $0["text"]?.string ?? $0["refusal"]?.string ?? "" } ?? []
        }

        /// Whether two items say the same, and something.
        func saysTheSame(as other: Item) -> Bool {
            guard type == other.type, tool == other.tool || tool.isEmpty || other.tool.isEmpty else { return false }
            if type != "function_call" { return !text.isEmpty && text.hasSameWords(as: other.text) }
            return !text.allSatisfy(\.isWhitespace) && text.isSameJSON(as: other.text)
        }

        fileprivate func sharesID(with other: Item) -> Bool {
            !id.isEmpty && id == other.id || !callID.isEmpty && callID == other.callID
        }

        /// Whether both have ids, and other ones.
        fileprivate func contradicts(_ other: Item) -> Bool {
            let isOther = { (one: String, two: String) in !one.isEmpty && !two.isEmpty && one != two }
            return !sharesID(with: other) && (isOther(id, other.id) || isOther(callID, other.callID))
        }

        /// Whether it may be the same call, or is none.
        fileprivate func allows(_ other: Item) -> Bool {
            type != "function_call" || tool.isEmpty || other.tool.isEmpty || tool == other.tool
        }

        /// Whether an item that has ended is told again by another one.
        fileprivate func isToldAgain(by other: Item) -> Bool {
            if saysTheSame(as: other) { return true }
            guard sharesID(with: other) else { return false }
            return type != "function_call" || allows(other) && (other.text.isEmpty || !hasEnded)
        }
    }

    /// The items in the order in which they were told.
    private(set) var items: [Item] = []

    /// None yet.
    init() {}

    /// Whether nothing was read.
    var isEmpty: Bool { items.isEmpty }

    /// An item by its number.
    subscript(number: Int) -> Item {
        get { items[number] }
        // In place, or each piece of a text would copy all of it.
        _modify { yield &items[number] }
    }

    /// Adds an item.
    ///
    /// - Returns: Its number.
    mutating func add(_ item: Item) -> Int {
        items.append(item)
        return items.count - 1
    }

    /// The item that a piece belongs to; nil if it begins one.
    func number(ofPieceOf type: String, at place: Int?, id: String?) -> Int? {
        let all = items.indices.filter { items[$0].type == type }, id = id ?? ""
        let atPlace = place.map { place in all.filter { items[$0].place == place } } ?? []
        let ofID = id.isEmpty ? [] : all.filter { items[$0].id == id }
        if let both = atPlace.last(where: ofID.contains) { return both }
        if let number = atPlace.last(where: { !items[$0].hasEnded }) ?? atPlace.last {
            let isOther = items[number].hasEnded && !id.isEmpty && !items[number].id.isEmpty
            return isOther ? ofID.last : number
        }
        if place == nil || !ofID.isEmpty { return ofID.last ?? (id.isEmpty ? openNameless(all) : nil) }
        return nil
    }

    /// The item that one belongs to which is told as it begins, or in whole; nil if it is another one.
    ///
    /// - Parameter isBeginning: Whether it is told as it begins: one with other ids is then another one.
    func number(of told: Item, isBeginning: Bool = false) -> Int? {
        let all = items.indices.filter { items[$0].type == told.type && items[$0].allows(told) }
        let open = all.filter { !items[$0].hasEnded }
        let atPlace = { (number: Int) in told.place != nil && items[number].place == told.place }
        if let number = open.last(where: { atPlace($0) && items[$0].sharesID(with: told) })
            ?? open.last(where: {
                atPlace($0) && !(isBeginning && items[$0].contradicts(told))
            })
        {
            return number
        }
        if let number = all.last(where: { atPlace($0) && items[$0].isToldAgain(by: told) }) { return number }
        if let number = open.last(where: { items[$0].sharesID(with: told) && isNear(items[$0], told) }) {
            return number
        }
        if let number = open.first(where: { items[$0].saysTheSame(as: told) }) { return number }
        if told.isNameless, told.type != "function_call" || !isBeginning { return openNameless(all) }
        return all.last { items[$0].sharesID(with: told) && items[$0].isToldAgain(by: told) }
    }

    /// Whether neither contradicts the other in the place: two calls may have one id at two places.
    private func isNear(_ item: Item, _ told: Item) -> Bool {
        told.type != "function_call" || item.place == nil || told.place == nil || !told.text.isEmpty
    }

    /// The item that one of the whole response tells once more; nil if it was not told.
    func number(ofOutput told: Item) -> Int? {
        let all = items.indices.filter {
            items[$0].type == told.type && !items[$0].isInOutput && items[$0].allows(told)
        }
        let isAgain = { (number: Int) in items[number].isToldAgain(by: told) }
        let atPlace = { (number: Int) in items[number].place == told.place }
        if let number = all.first(where: { items[$0].sharesID(with: told) && items[$0].saysTheSame(as: told) })
            ?? all.first(where: { items[$0].saysTheSame(as: told) }) ?? all.first(where: isAgain)
        {
            return number
        }
        if told.type != "function_call" {
            return all.first(where: atPlace) ?? all.first { items[$0].isNameless }
        }
        return all.first { atPlace($0) && !items[$0].hasEnded } ?? all.first { !items[$0].hasEnded }
    }

    /// The last call that has not ended, if its arguments are not whole.
    var openCall: Int? {
        let open = items.lastIndex { $0.type == "function_call" && !$0.hasEnded }
        return open.flatMap { ["", "{}"].contains(items[$0].text) || !items[$0].text.isWholeJSON ? $0 : nil }
    }

    private func openNameless(_ numbers: [Int]) -> Int? {
        numbers.last { !items[$0].hasEnded && items[$0].isNameless }
    }

    /// Whether messages have said a text, one of them or all together: servers give a message a new id in each piece.
    ///
    /// - Parameter isOpen: Whether those that have ended do not count.
    func haveSaid(_ text: String, isOpen: Bool) -> Bool {
        if text.isEmpty { return false }
        let said = items.filter { $0.type == "message" && !(isOpen && $0.hasEnded) }.map(\.text)
        return said.joined().hasSameWords(as: text) || isOpen && said.contains { $0.hasSameWords(as: text) }
    }

    /// Ends all messages that have not ended.
    mutating func endMessages() {
        for number in items.indices where items[number].type == "message" { items[number].hasEnded = true }
    }
}

extension String {
    /// Whether another text has the same words; blanks do not count.
    fileprivate func hasSameWords(as other: String) -> Bool {
        func words(_ text: String) -> String { text.filter { !$0.isWhitespace } }
        return words(self) == words(other)
    }
}
