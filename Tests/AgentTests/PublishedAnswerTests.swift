import Rooms
import Services
import Testing

@testable import egghead_agent

@Suite struct PublishedAnswerTests {
    private typealias Piece = PublishedAnswer.Piece

    @Test func `every byte is shown once, in order`() {
        var answer = PublishedAnswer()
        #expect(answer.say("Grüß ") == Piece(offset: 0, text: "Grüß "))
        #expect(answer.say("Gott") == Piece(offset: 7, text: "Gott"))
        #expect(answer.publish() == nil && answer.text == "Grüß Gott")
    }

    @Test func `the program's part comes first and is no word of the model`() {
        var answer = PublishedAnswer()
        #expect(answer.begin(preface: "The notes say:\n\n") == Piece(offset: 0, text: "The notes say:\n\n"))
        answer.beginStep()
        #expect(!answer.hasWordsBeforeStep)
        #expect(answer.say("So.") == Piece(offset: 16, text: "So."))
        #expect(answer.text == "The notes say:\n\nSo.")
    }

    @Test(
        arguments: [
            ("/", [], nil), ("/pass", [], nil), ("  /pa", [], nil), ("", [], nil), ("/pass on", [], "/pass on"),
            ("/pb", [], "/pb"), ("/pass", ["ion"], "/passion"), ("pass", [], "pass"), (" \n", ["/pass \n"], nil),
            ("/pass\n", ["x"], "/pass\nx"),
        ] as [(String, [String], String?)])
    func `what may become a pass is held back`(first: String, more: [String], shown: String?) {
        var answer = PublishedAnswer()
        answer.beginStep()
        let pieces = ([first] + more).compactMap { answer.say($0) }
        #expect(pieces == (shown.map { [Piece(offset: 0, text: $0)] } ?? []))
    }

    @Test func `the words after a tool call are a paragraph of their own, and a pass there is held back, too`() {
        var answer = PublishedAnswer()
        _ = answer.say("I look.")
        answer.beginStep()
        #expect(answer.hasWordsBeforeStep && answer.textBeforeStep == "I look.")
        #expect(answer.say("/pass") == nil)
        #expect(answer.text == "I look.\n\n/pass" && answer.textBeforeStep == "I look.")
        answer.dropStep()
        #expect(answer.text == "I look.")
        #expect(answer.say("It is fine.") == Piece(offset: 7, text: "\n\nIt is fine."))
    }

    @Test func `a step without words before it begins without a blank line`() {
        var answer = PublishedAnswer()
        answer.beginStep()
        answer.beginStep()
        #expect(answer.say("So.") == Piece(offset: 0, text: "So."))
    }

    @Test func `the line ends before the first word are no part of the answer`() {
        var answer = PublishedAnswer()
        answer.beginStep()
        #expect(answer.say("\n") == nil && answer.say("\r\n\nSo") == Piece(offset: 0, text: "So"))
        #expect(answer.say("\n\nit is.") == Piece(offset: 2, text: "\n\nit is."))
        #expect(answer.text == "So\n\nit is.")
    }

    @Test func `a new attempt shows everything once more`() {
        var answer = PublishedAnswer()
        _ = answer.say("one ")
        _ = answer.say("two")
        #expect(answer.republish() == Piece(offset: 0, text: "one two"))
        #expect(answer.publish() == nil)
    }

    @Test func `a remark is shown with the next piece`() {
        var answer = PublishedAnswer()
        _ = answer.say("and")
        answer.end(with: "…")
        #expect(answer.publish() == Piece(offset: 3, text: "…"))
    }

    @Test func `a long row of flags is shown at once`() {
        let row = String(repeating: "🇩🇪", count: 8_000)
        let took = ContinuousClock().measure {
            for _ in 0..<40 {
                var answer = PublishedAnswer()
                #expect(answer.say(row)?.text == row)
            }
        }
        // On a machine that has other work; who takes the square of the length takes 40 s.
        #expect(took < .seconds(10), "\(took)")
    }

    @Test func `the longest message is whole, and what is over it is neither kept nor shown`() throws {
        var answer = PublishedAnswer()
        let longest = String(repeating: "x", count: RoomsLimits.textBytesMax)
        let shown = try #require(answer.say(longest)?.text)
        #expect(answer.text == longest && !answer.isCut && shown.utf8.count >= RoomsLimits.textBytesMax - 1_024)
        #expect(answer.say("y") == nil && answer.isCut)
        #expect(answer.text.hasPrefix(shown), "what was shown is part of what stays")
        #expect(answer.text.utf8.count <= RoomsLimits.textBytesMax && answer.text.hasSuffix("as a record.)"))
        let cut = answer.text
        #expect(answer.say("z") == nil && answer.republish() == nil && answer.text == cut)
    }

    @Test func `a turn's usage is the sum of its calls, and unknown while none is counted`() {
        var usage = UsageSum()
        usage.add(nil)
        #expect(usage.total == nil)
        usage.add(TokenUsage(inputTokens: 5, outputTokens: 2))
        usage.add(nil)
        usage.add(TokenUsage(inputTokens: 7, outputTokens: 3))
        #expect(usage.total == TokenUsage(inputTokens: 12, outputTokens: 5))
    }
}
