import LinuxSystem
import Runtime

/// Where one life of a child writes its standard output and error: a pipe into its log, or a stream of the journal.
final class Output {
    private let tail: LogTail
    private let pipe: SharedDescriptor?
    private var watch: Watch?
    /// What the child is to get; nil after `closeChildsEnd`.
    private(set) var childsEnd: SharedDescriptor?

    /// Makes the pipe, unless the journal takes the output.
    ///
    /// - Throws: `pipe2`.
    init(journal: SharedDescriptor?, tail: LogTail) throws(SystemCallError) {
        self.tail = tail
        if let journal {
            (pipe, childsEnd) = (nil, journal)
        } else {
            (pipe, childsEnd) = try Files.pipe().split { (SharedDescriptor($0), SharedDescriptor($1)) }
        }
    }

    /// The child has its copy: with ours gone, end-of-file means that nobody can write any more.
    func closeChildsEnd() { childsEnd = nil }

    /// Begins to read what the child writes.
    func watch(on loop: EventLoop) throws(SystemCallError) {
        guard let pipe else { return }
        watch = try loop.watch(pipe.raw, for: .read) { [unowned self] _ in read() }
    }

    /// Takes what has been written so far.
    func read() {
        guard let pipe else { return }
        if !tail.read(from: pipe) { close() }
    }

    /// Reads no more.
    func close() { watch?.cancel() }
}
