import LinuxSystem
import Records
import Services

/// The folders from which no news comes, because the kernel has no watch left for them or their files are changed at
/// other machines: they are examined again and again.
struct PolledFolders {
    private var folders = ExactSet()

    /// The pause between two examinations.
    static let pause = Duration.seconds(5)
    /// After an examination there is a pause of so many times its length, so that it uses little of a processor.
    static let pauseFactor = 20

    /// Whether there are none.
    var isEmpty: Bool { folders.isEmpty }

    /// Adds a folder or removes it.
    ///
    /// - Returns: Whether it was one of them.
    @discardableResult
    mutating func set(_ folder: String, isPolled: Bool) -> Bool {
        isPolled ? !folders.insert(folder) : folders.remove(folder)
    }

    /// The paths to examine: the folders, and what is known in them.
    func paths(of catalogue: Catalogue) -> [String] {
        if folders.isEmpty { return [] }
        return catalogue.paths(below: "").filter { folders.contains(Files.folder(of: $0)) } + folders.sorted()
    }
}
