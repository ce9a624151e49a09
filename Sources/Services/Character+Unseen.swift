extension Character {
    /// Whether nothing of it is seen: white space, or characters that programs leave out when they show a text, such as
    /// blanks of no width and marks of direction.
    ///
    /// See: Unicode Standard Annex 44, Default_Ignorable_Code_Point
    public var isUnseen: Bool {
        unicodeScalars.allSatisfy { $0.properties.isWhitespace || $0.properties.isDefaultIgnorableCodePoint }
    }
}
