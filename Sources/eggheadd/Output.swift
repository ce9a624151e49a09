import LinuxSystem
import Runtime

/// The pipe from a child's standard output and error into its log. Both ends are kept, so that each incarnation of the
/// child gets the same pipe.
final class Output {
    private let log: ChildLog
    private let readingEnd: SharedDescriptor
    private let writingEnd: SharedDescriptor
    private var watch: Watch?

    /// The end for the child.
    var childsEnd: CInt { writingEnd.raw }

    /// Makes the pipe.
    ///
    /// - Throws: `pipe2`.
    init(log: ChildLog) throws(SystemCallError) {
        self.log = log
        (readingEnd, writingEnd) = try Files.pipe().split { (SharedDescriptor($0), SharedDescriptor($1)) }
    }

    /// Begins to read what the child writes.
    func watch(on loop: EventLoop) throws(SystemCallError) {
        watch = try loop.watch(readingEnd.raw, for: .read) { [unowned self] _ in read() }
    }

    /// Reads what the child has written so far.
    func read() { log.read(from: readingEnd) }

    /// The last output of an incarnation belongs to it, also without the end of its line.
    func finishLine() { log.finishLine() }

    /// Ends reading.
    func close() { watch?.cancel() }
}
