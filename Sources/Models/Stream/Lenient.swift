/// A value that says nothing when it is of another type than expected: vendors send texts where lists are documented,
/// numbers as texts, and keys of which nobody has heard. One such value does not make the rest of an event unreadable.
struct Lenient<Value: Decodable>: Decodable {
    /// The value; nil when it is of another type, or null.
    let value: Value?

    /// Reads whatever is there.
    init(from decoder: any Decoder) { value = try? Value(from: decoder) }
}

/// The readable elements of a list.
struct LenientList<Element: Decodable>: Decodable {
    /// Those of the expected type, in their order.
    let elements: [Element]

    /// Reads a list and passes over elements of other types.
    ///
    /// - Throws: `DecodingError` when it is no list.
    init(from decoder: any Decoder) throws {
        // A key path of a generic type is made anew each time, which takes a fifth of reading an event.
        elements = try [Lenient<Element>](from: decoder).compactMap { $0.value }
    }
}

/// A place in a list, which some servers write as a text.
struct LenientIndex: Decodable {
    /// The place.
    let number: Int

    /// Reads a number, or a text that holds one.
    ///
    /// - Throws: `DecodingError` when it is neither.
    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let number = try? container.decode(Int.self) {
            self.number = number
        } else if let number = Int(try container.decode(String.self)) {
            self.number = number
        } else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "no index")
        }
    }
}

extension Lenient: Sendable where Value: Sendable {}
