extension Character {
    /// Whether nothing of it is seen: white space, or characters that programs leave out when they show a text, such as
    /// blanks of no width and marks of direction.
    ///
    /// See: Unicode Standard Annex 44, Default_Ignorable_Code_Point
    public var isUnseen: Bool { unicodeScalars.allSatisfy(\.isUnseen) }
}

extension Unicode.Scalar {
    /// Whether nothing of it is seen. See `Character`.
    public var isUnseen: Bool { properties.isWhitespace || properties.isDefaultIgnorableCodePoint }
}
