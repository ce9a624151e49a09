import Glibc
import LinuxSystem
import Services

/// What calls have printed of which their agents were told the beginning and the end alone: whole, in a file for each
/// call, `tools/output/<agent>.output/<number>` below the state directory, so that it can be read on.
///
/// The newest of each agent are kept. Numbers are not used again as long as a file with a higher one is there.
struct OutputStore {
    /// The directory of all agents' files.
    let directory: String

    /// How many files of an agent are kept, and how long one may become, in bytes.
    static let filesMax = 20, bytesMax = 16 << 20

    /// Makes the next file of an agent; nil where the disk refuses it.
    func makeFile(for agent: AgentID) -> OutputFile? {
        let directory = directory(of: agent), numbers = numbers(in: directory)
        let next = (numbers.max() ?? 0) + 1
        for old in numbers.sorted().dropLast(Self.filesMax - 1) { try? Files.remove("\(directory)/\(old)") }
        do throws(SystemCallError) {
            try Files.makeDirectories(directory, mode: 0o700)
            return OutputFile(
                number: next, try Files.open("\(directory)/\(next)", O_WRONLY | O_CREAT | O_EXCL, mode: 0o600))
        } catch {
            return nil
        }
    }

    /// The file of an agent with a number.
    ///
    /// - Throws: That there is none.
    func path(of number: Int, for agent: AgentID) throws(ServiceFailure) -> String {
        let path = "\(directory(of: agent))/\(number)"
        guard (try? Files.status(path)) != nil else {
            throw ServiceFailure(
                .notFound, "read_output: there is no output \(number); the newest \(Self.filesMax) are kept")
        }
        return path
    }

    /// The directory of `team` is none of those in which `team/5` has its own.
    private func directory(of agent: AgentID) -> String { "\(directory)/\(agent).output" }

    private func numbers(in directory: String) -> [Int] {
        ((try? Files.list(directory)) ?? []).compactMap { Int($0) }
    }
}

/// The file with what a call prints.
final class OutputFile {
    /// Its number, by which its agent reads it.
    let number: Int
    private let file: FileDescriptor
    private var bytesLeft = OutputStore.bytesMax
    /// How many bytes the last line has.
    private var column = 0

    /// Lines are broken at this length, in bytes: whoever reads lines gets on.
    private static let lineBytesMax = 4_000

    fileprivate init(number: Int, _ file: consuming FileDescriptor) {
        self.number = number
        self.file = file
    }

    /// Adds what was printed; from where the file is full or the disk refuses it, no more.
    func append(_ bytes: UnsafeRawBufferPointer) {
        var rest = bytes[...]
        while bytesLeft > 0, !rest.isEmpty {
            let piece = rest.prefix(min(Self.lineBytesMax - column, bytesLeft))
            let end = piece.firstIndex(of: UInt8(ascii: "\n"))
            let part = end.map { piece[...$0] } ?? piece
            rest = rest[part.endIndex...]
            column = end == nil ? column + part.count : 0
            write(UnsafeRawBufferPointer(rebasing: part))
            if column == Self.lineBytesMax {
                column = 0
                [UInt8(ascii: "\n")].withUnsafeBytes(write)
            }
        }
    }

    private func write(_ part: UnsafeRawBufferPointer) {
        bytesLeft -= part.count
        do throws(SystemCallError) { try file.writeAll(part) } catch { bytesLeft = 0 }
    }
}
