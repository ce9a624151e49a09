/// A text that equals only a text of the same bytes, as names of files are.
///
/// Swift takes two texts for equal that differ in the composition of their letters, such as `é` and `e` with an accent.
public struct ExactText: Hashable, Comparable, Sendable {
    /// The text.
    public let text: String

    /// The text, to be compared by its bytes.
    public init(_ text: String) { self.text = text }

    /// Whether both are the same bytes.
    public static func == (first: ExactText, second: ExactText) -> Bool { first.text.hasSameBytes(as: second.text) }

    /// Hashes the bytes.
    public func hash(into hasher: inout Hasher) { text.hashBytes(into: &hasher) }

    /// In the order of the bytes.
    public static func < (first: ExactText, second: ExactText) -> Bool {
        first.text.utf8.lexicographicallyPrecedes(second.text.utf8)
    }
}

extension String {
    /// Whether both are the same bytes.
    public func hasSameBytes(as other: String) -> Bool { self == other && utf8.elementsEqual(other.utf8) }

    /// Hashes the bytes: texts that are equal, and differ in bytes, have different hashes.
    public func hashBytes(into hasher: inout Hasher) {
        var text = self
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        hasher.combine(0xff as UInt8)
    }

    /// Whether a path lies in a folder, at any depth.
    public func isBelow(_ folder: String) -> Bool {
        let rest = utf8.dropFirst(folder.utf8.count)
        return rest.first == UInt8(ascii: "/") && utf8.starts(with: folder.utf8)
    }
}

/// A dictionary whose keys are equal only if their bytes are.
public struct ExactDictionary<Value>: Sequence, ExpressibleByDictionaryLiteral {
    private var values: [ExactText: Value] = [:]

    /// A dictionary without keys.
    public init() {}

    /// A dictionary with these keys, each once.
    public init(dictionaryLiteral elements: (String, Value)...) { for (key, value) in elements { self[key] = value } }

    /// The number of keys.
    public var count: Int { values.count }
    /// Whether there are no keys.
    public var isEmpty: Bool { values.isEmpty }
    /// The keys, in no order.
    public var keys: some Collection<String> { values.keys.lazy.map(\.text) }

    /// The value of a key.
    public subscript(key: String) -> Value? {
        get { values[ExactText(key)] }
        _modify { yield &values[ExactText(key)] }
    }

    /// The value of a key, or another.
    public subscript(key: String, default other: @autoclosure () -> Value) -> Value {
        get { values[ExactText(key)] ?? other() }
        _modify { yield &values[ExactText(key), default: other()] }
    }

    /// Takes a key out.
    public mutating func removeValue(forKey key: String) -> Value? { values.removeValue(forKey: ExactText(key)) }

    /// The keys with their values, in no order.
    public func makeIterator() -> some IteratorProtocol<(key: String, value: Value)> {
        values.lazy.map { (key: $0.text, value: $1) }.makeIterator()
    }
}

extension ExactDictionary: Sendable where Value: Sendable {}

/// A set of texts that are equal only if their bytes are.
public struct ExactSet: Hashable, Sendable, Sequence, ExpressibleByArrayLiteral {
    private var texts: Set<ExactText> = []

    /// A set without texts.
    public init() {}

    /// A set of these texts.
    public init(arrayLiteral elements: String...) { for text in elements { insert(text) } }

    /// The number of texts.
    public var count: Int { texts.count }
    /// Whether there are no texts.
    public var isEmpty: Bool { texts.isEmpty }

    /// Whether a text is in the set.
    public func contains(_ text: String) -> Bool { texts.contains(ExactText(text)) }

    /// Puts a text in.
    ///
    /// - Returns: Whether it was not in it.
    @discardableResult
    public mutating func insert(_ text: String) -> Bool { texts.insert(ExactText(text)).inserted }

    /// Takes a text out.
    ///
    /// - Returns: Whether it was in it.
    @discardableResult
    public mutating func remove(_ text: String) -> Bool { texts.remove(ExactText(text)) != nil }

    /// The texts in the order of their bytes.
    public func sorted() -> [String] { texts.sorted().map(\.text) }

    /// The texts, in no order.
    public func makeIterator() -> some IteratorProtocol<String> { texts.lazy.map(\.text).makeIterator() }
}
