import Services
import Testing

@testable import egghead

struct CommandFailureTests {
    @Test(
        arguments: [
            (.invalid, 64), (.unavailable, 69), (.timeout, 75), (.notFound, 1), (.exists, 1), (.stale, 1),
            (.denied, 1), (.exhausted, 1), (.failed, 1), (.internalError, 1),
        ] as [(ServiceFailure.Code, Int32)])
    func `the code of a service's refusal decides the exit status`(code: ServiceFailure.Code, status: Int32) {
        let failure = CommandFailure(ServiceFailure(code, "why"))
        #expect(failure?.status.rawValue == status)
        #expect(failure?.message == "why")
    }
}
