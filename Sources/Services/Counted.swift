/// A number of things in words.
public enum Counted {
    /// `1 record`, `2 records`.
    ///
    /// - Parameter thing: One of the things, whose plural ends in an `s` more.
    public static func words(_ number: Int, _ thing: String) -> String { "\(number) \(thing)\(number == 1 ? "" : "s")" }

    /// `5 minutes`, `90 seconds`: a span in the largest unit of which it is a whole number.
    public static func words(seconds: Int) -> String {
        let units: KeyValuePairs<String, Int> = ["hour": 3_600, "minute": 60]
        let (unit, size) = units.first { seconds >= $0.value && seconds % $0.value == 0 } ?? ("second", 1)
        return words(seconds / size, unit)
    }
}
