import CSeccomp
import Glibc
import LinuxSystem

/// A filter of system calls: one answer to all of them, and rules for those that are answered otherwise.
///
/// libseccomp makes the kernel's program of it. Calls of another architecture, and of x32, are refused.
///
/// See: seccomp(2), seccomp_rule_add(3)
public struct SystemCallProgram: Hashable, Sendable {
    /// The answer to calls for which there is no rule.
    public let otherwise: SystemCallRule.Answer
    /// The rules. Of those for one call each is enough.
    public let rules: [SystemCallRule]

    /// A filter.
    public init(_ rules: [SystemCallRule], otherwise: SystemCallRule.Answer) {
        (self.rules, self.otherwise) = (rules, otherwise)
    }

    /// Puts it in force on this process, with all of its threads, for good.
    ///
    /// - Throws: The call of libseccomp that failed, with its errno.
    func enforce() throws(SystemCallError) {
        let filter = try made()
        defer { seccomp_release(filter) }
        // Without this an ordinary user may not load one; a thread that another one has started would go without.
        try Self.check(seccomp_attr_set(filter, SCMP_FLTATR_CTL_NNP, 1), "seccomp_attr_set")
        try Self.check(seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1), "seccomp_attr_set")
        try Self.check(seccomp_load(filter), "seccomp_load")
    }

    /// The program as the kernel takes it, for who reads it from a file: a list of `struct sock_filter`.
    ///
    /// - Throws: The call of libseccomp that failed, with its errno.
    public func bytes() throws(SystemCallError) -> [UInt8] {
        let filter = try made()
        defer { seccomp_release(filter) }
        let memory = try Files.memory(named: "seccomp", with: [])
        try Self.check(seccomp_export_bpf(filter, memory.raw), "seccomp_export_bpf")
        return try memory.read(at: 0, bytesMax: 1 << 20)
    }

    /// - Returns: A filter of libseccomp, which the caller releases.
    private func made() throws(SystemCallError) -> scmp_filter_ctx {
        guard let filter = seccomp_init(otherwise.action) else {
            throw SystemCallError("seccomp_init", subject: "the filter", errno: ENOMEM)
        }
        do throws(SystemCallError) {
            // A fault shall be an error, and never a death.
            let refusal = SystemCallRule.Answer.refused(errno: EPERM).action
            try Self.check(seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, refusal), "seccomp_attr_set")
            // A tree of comparisons instead of a list: the kernel tries a program on every call before it is in force.
            _ = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2)  // a library without it makes the list
            for rule in rules { try add(rule, to: filter) }
        } catch {
            seccomp_release(filter)
            throw error
        }
        return filter
    }

    private func add(_ rule: SystemCallRule, to filter: scmp_filter_ctx) throws(SystemCallError) {
        let conditions = rule.conditions.map(\.comparison)
        let result = seccomp_rule_add_array(
            filter, rule.answer.action, rule.call, UInt32(conditions.count), conditions)
        // A call that this processor does not have has a number that no rule takes; a rule may be there already.
        if [-EDOM, -EFAULT, -EEXIST].contains(result) { return }
        try Self.check(result, "seccomp_rule_add")
    }

    private static func check(_ result: CInt, _ call: String) throws(SystemCallError) {
        if result != 0 { throw SystemCallError(call, subject: "the filter", errno: -result) }
    }
}

extension SystemCallRule.Answer {
    fileprivate var action: UInt32 {
        switch self {
        case .allowed: UInt32(SCMP_ACT_ALLOW)
        case .refused(let errno): cseccomp_errno(UInt16(errno))
        }
    }
}

extension SystemCallRule.Condition {
    fileprivate var comparison: scmp_arg_cmp {
        isEqual ? cseccomp_masked(UInt32(argument), mask, value) : cseccomp_different(UInt32(argument), value)
    }
}
