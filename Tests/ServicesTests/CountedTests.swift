import Services
import Testing

/// Numbers of things in words.
@Suite struct CountedTests {
    @Test(arguments: [(0, "0 records"), (1, "1 record"), (2, "2 records"), (-1, "-1 records")])
    func `one is not many`(number: Int, words: String) { #expect(Counted.words(number, "record") == words) }

    @Test(
        arguments: [
            (0, "0 seconds"), (1, "1 second"), (59, "59 seconds"), (60, "1 minute"), (90, "90 seconds"),
            (300, "5 minutes"), (3_599, "3599 seconds"), (3_600, "1 hour"), (3_660, "61 minutes"), (7_200, "2 hours"),
        ])
    func `a span is told in the largest unit of which it is a whole number`(seconds: Int, words: String) {
        #expect(Counted.words(seconds: seconds) == words)
    }
}
