import LinuxSystem
import Runtime

/// Where a child writes its standard output and error: a pipe into its log. Both ends are kept, so that each life of
/// the child gets the same.
final class Output {
    private let log: ChildLog
    private let readingEnd: SharedDescriptor
    private let writingEnd: SharedDescriptor
    private var watch: Watch?

    /// What the child is to get.
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

    /// Takes what has been written so far.
    func read() { log.read(from: readingEnd) }

    /// The last words of a life, also without the end of their line, are its own.
    func finishLine() { log.finishLine() }

    /// Reads no more.
    func close() { watch?.cancel() }
}
