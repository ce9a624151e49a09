/// A number of things in words.
public enum Counted {
    /// `1 record`, `2 records`.
    ///
    /// - Parameter thing: One of the things, whose plural ends in an `s` more.
    public static func words(_ number: Int, _ thing: String) -> String { "\(number) \(thing)\(number == 1 ? "" : "s")" }
}
