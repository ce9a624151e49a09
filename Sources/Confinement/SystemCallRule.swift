/// What a filter answers to a system call, otherwise than to most.
public struct SystemCallRule: Hashable, Sendable {
    /// What becomes of a call.
    public enum Answer: Hashable, Sendable {
        /// It is made.
        case allowed
        /// It is not made, and fails with this errno.
        case refused(errno: CInt)
    }

    /// One argument of a call, as far as a filter sees it: what a pointer leads to is hidden from it.
    ///
    /// See: seccomp(2) struct seccomp_data
    public struct Condition: Hashable, Sendable {
        /// Which argument, from 0.
        public let argument: Int
        /// The bits that are looked at.
        public let mask: UInt64
        /// What they must be, or must not.
        public let value: UInt64
        /// Whether they must be that.
        public let isEqual: Bool

        /// These bits of an argument are this.
        public init(argument: Int, mask: UInt64, is value: UInt64) {
            (self.argument, self.mask, self.value, isEqual) = (argument, mask, value, true)
        }

        /// An argument is not this, in all of its bits: one of type `int` with others than the kernel looks at counts
        /// as another one.
        public init(argument: Int, isNot value: UInt64) {
            (self.argument, mask, self.value, isEqual) = (argument, .max, value, false)
        }

        /// An argument of type `int`, of which the kernel looks at the lower half alone.
        public static func number(_ argument: Int, is value: CInt) -> Condition {
            Condition(argument: argument, mask: 0xFFFF_FFFF, is: UInt64(UInt32(bitPattern: value)))
        }

        /// An argument that is a null pointer.
        public static func isNull(_ argument: Int) -> Condition { Condition(argument: argument, mask: .max, is: 0) }
    }

    /// The call's number on this processor.
    public let call: CInt
    /// All of these must hold; every such call is meant when empty.
    public let conditions: [Condition]
    /// What is answered.
    public let answer: Answer

    /// A rule for calls of a number.
    public init(_ call: CInt, _ answer: Answer, if conditions: Condition...) {
        (self.call, self.answer, self.conditions) = (call, answer, conditions)
    }
}
