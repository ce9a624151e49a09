import Glibc

/// A few descriptors that only some code may take, so that it works when all others are taken: the limit in force is a
/// little lower than the one that this process may have.
///
/// See: getrlimit(2) RLIMIT_NOFILE
public final class DescriptorReserve {
    /// How many descriptors may be open outside of `borrow`; nil when the kernel does not say.
    public let limit: Int?
    private let whole: rlimit?

    /// How many descriptors are kept back.
    public static let count = 8

    /// Keeps the reserve back from now on. A limit that leaves hardly anything is left as it is.
    public init() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0,
            limit.rlim_cur >= 4 * rlim_t(Self.count)
        else {
            (self.limit, whole) = (nil, nil)
            return
        }
        whole = limit
        limit.rlim_cur -= rlim_t(Self.count)
        self.limit = Int(clamping: limit.rlim_cur)
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    /// Whether a descriptor is one of the reserve.
    public func isLent(_ number: CInt) -> Bool { limit.map { Int(number) >= $0 } ?? false }

    /// What an operator can do about the limit.
    public var limitAdvice: String {
        let number = limit.map { "\($0) descriptors" } ?? "descriptors"
        return "the limit is \(number): raise LimitNOFILE= of the unit, or ulimit -n"
    }

    /// Does something that may take descriptors of the reserve.
    public func borrow<Result>(_ body: () -> Result) -> Result {
        guard var whole else { return body() }
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &whole)
        defer {
            whole.rlim_cur -= rlim_t(Self.count)
            setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &whole)
        }
        return body()
    }
}
