import Foundation

/// The lines of `Golden/<name>.txt` in the directory of a test.
///
/// - Parameter file: The test's own file, as `#filePath` gives it.
public func goldenLines(_ name: String, beside file: String) throws -> [String] {
    let golden = URL(fileURLWithPath: file).deletingLastPathComponent().appending(path: "Golden/\(name).txt")
    let text = try String(contentsOf: golden, encoding: .utf8)
    return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
}
