import EventStream
import Services

/// The answer of one attempt, as it comes: bytes in, words and an end out. It knows no transport and decides nothing
/// about further attempts.
///
/// A finished answer stays one: what follows the model's own stop, whatever it is, changes nothing but the usage, and
/// that it was cut or filtered. Whether a stop is one is for `AnswerStop` to tell. Without a stop the answer has been
/// cut, also where the stream ends in order.
struct ProviderAnswer {
    /// What the bytes have brought.
    enum News: Hashable {
        /// These words follow the ones before.
        case words(String)
        /// The answer is whole. Nothing follows.
        case whole
        /// The provider has given up. Nothing follows.
        case refused(ProviderRefusal)
        /// It is no answer in the dialect, or over a limit. Nothing follows.
        case malformed(StreamProblem)
        /// The stream has ended, and the answer has not: why. Nothing follows.
        case cut(String)
    }

    private var parser = ServerSentEventParser(bytesMax: ModelLimits.eventBytesMax)
    private var decoder: any AnswerDecoder
    /// The first bytes, while they may be half of a mark of the order of bytes; nil behind them.
    private var head: [UInt8]? = []
    /// Whether anything has come but blanks.
    private var hasBody = false
    private var hasEvent = false
    /// A JSON text that has come in place of a stream.
    private var document: [UInt8]?
    private var hasEnded = false
    private var wordBytes = 0
    private var callCount = 0
    private var opaqueBytes = 0
    private var stop: AnswerStop
    /// Why an event behind a stop could not be read. If the answer goes on, a piece of it is lost.
    private var passedOver: StreamProblem?
    private var usage: TokenUsage?
    /// The order of the answer's words, calls and opaque parts.
    private var layout = ContentLayout()
    private var thinking: ThinkingFilter
    private var screen: AnswerScreen

    /// How many events have come that are more than a sign of life.
    private(set) var eventCount = 0
    /// How many things came behind the model's own stop and were passed over.
    private(set) var ignoredCount = 0

    /// An answer of which nothing has come. The provider's key will not stand in it.
    init(of provider: ProviderProfile) {
        let decoder = provider.dialect.makeDecoder()
        self.decoder = decoder
        stop = AnswerStop(isToldWithEach: decoder.goesOnAfterStop)
        thinking = ThinkingFilter(isWithin: provider.beginsWithinThoughts)
        screen = AnswerScreen(provider.key)
    }

    /// Whether the asker has some of it, or would have: it is not asked for again.
    var hasBegun: Bool { wordBytes > 0 || callCount > 0 }
    /// Whether it has begun within thoughts, of a model that is known to, and they have ended.
    var hasEndedUnopenedThoughts: Bool { thinking.hasEndedUnopened }
    /// Whether the model has stopped of itself, so that nothing is lost when the stream breaks off.
    var hasStopped: Bool { stop.isCertain }
    /// Whether the newest thing that the model has done is to stop, told by itself. Servers that tell with each piece
    /// of an answer that it is the last one go on.
    var hasStoppedAlone: Bool { stop.isAlone && !decoder.goesOnAfterStop }

    /// Takes the next bytes of the body.
    mutating func read(_ bytes: [UInt8]) -> [News] {
        if hasEnded { return [] }
        let bytes = withoutMark(bytes)
        if !hasBody, let first = bytes.first(where: { !" \t\r\n".utf8.contains($0) }) {
            hasBody = true
            // No field of a stream begins with a bracket.
            if "{[".utf8.contains(first) { document = [] }
        }
        guard document == nil else { return gather(bytes) }
        do throws(StreamProblem) {
            return interpret(try parser.feed(bytes))
        } catch {
            return stop.outlastsErrors ? endIgnoring() : ending(.malformed(error))
        }
    }

    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    /// The next bytes without a mark of the order of bytes, which the body may begin with.
    private mutating func withoutMark(_ bytes: [UInt8]) -> [UInt8] {
        guard let before = head else { return bytes }
        let all = before + bytes
        if all.count < Self.byteOrderMark.count, Self.byteOrderMark.starts(with: all) {
            head = all
            return []
        }
        head = nil
        return all.starts(with: Self.byteOrderMark) ? Array(all.dropFirst(Self.byteOrderMark.count)) : all
    }

    /// The body is complete.
    mutating func complete() -> [News] {
        if hasEnded { return [] }
        var news: [News] = []
        do throws(StreamProblem) {
            if let document {
                news = interpret([ServerSentEvent(data: document)], isCutOff: JSONText.isCutOff(document))
            } else if let last = try parser.finish() {
                // An event without its end may be half of one.
                news = interpret([last], isCutOff: true)
            }
        } catch {
            news = stop.outlastsErrors ? endIgnoring() : ending(.malformed(error))
        }
        if hasEnded { return news }
        // Some servers leave out the mark of the end; the model's own stop is as good.
        if stop.isAtEnd { return news + end() }
        if let refusal = decoder.refusalAtEnd { return news + ending(.refused(refusal)) }
        if !hasEvent { return news + ending(.malformed(StreamProblem("its answer holds no event"))) }
        return news + ending(.cut("the stream ended before the answer did"))
    }

    /// No more comes, and that is all right: the words that were held back and the end.
    mutating func end() -> [News] { ending(.whole) }

    /// The words that were held back, when no more come.
    mutating func rest() -> [News] { say(screen.pass(thinking.finish())) + say(screen.rest()) }

    /// What the whole answer comes to.
    ///
    /// Some servers call tools and say that they have stopped: the calls are what counts. Of an answer that was cut the
    /// last call may be half of one, so none of them is made.
    ///
    /// - Throws: `StreamProblem` if no call names a tool, and there are no words.
    func outcome(of provider: ProviderProfile) throws(StreamProblem) -> ChatOutcome {
        let told = [.length, .filtered].contains(stop.reason) ? [] : decoder.calls()
        let calls = told.filter { !$0.name.isEmpty }.map(screen.cleaned)
        guard wordBytes > 0 || calls.isEmpty == told.isEmpty else { throw StreamProblem("a tool call names no tool") }
        var layout = layout
        layout.removeCalls { told.indices.contains($0) && told[$0].name.isEmpty }
        return ChatOutcome(
            stopReason: calls.isEmpty ? stop.reason ?? .end : .toolCalls, usage: usage, provider: provider.name,
            model: provider.model, toolCalls: calls.isEmpty ? nil : calls,
            layout: calls.isEmpty || !layout.hasOpaqueParts ? nil : layout)
    }

    private mutating func gather(_ bytes: [UInt8]) -> [News] {
        document? += bytes
        if let document, document.count > ModelLimits.answerBytesMax { return ending(.malformed(Self.tooLong)) }
        return []
    }

    /// Goes through events until one of them ends the answer; the words before it are the asker's.
    ///
    /// - Parameter isCutOff: Whether the end of the stream has cut the event off.
    private mutating func interpret(_ events: [ServerSentEvent], isCutOff: Bool = false) -> [News] {
        var news: [News] = []
        for event in events.flatMap(\.parts) where !hasEnded {
            hasEvent = true
            var said = decoder.decode(event)
            if isCutOff, said.contains(where: \.isMalformed) { said = [] }
            if !said.isEmpty { eventCount += 1 }
            stop.note(said, hasBegun: hasBegun)
            for said in said where !hasEnded { news += follow(said) }
        }
        return news
    }

    private mutating func follow(_ said: AnswerEvent) -> [News] {
        switch said {
        case .text, .callBegun, .opaque:
            if stop.isFinal {
                ignoredCount += 1
            } else if let passedOver {
                return ending(.malformed(passedOver))
            } else {
                return add(said)
            }
        case .piece:
            if let passedOver, !stop.isFinal { return ending(.malformed(passedOver)) }
        case .stop(let reason): stop.take(reason)
        case .usage(let tokens): usage = tokens
        case .refused(let refusal): return stop.outlastsErrors ? endIgnoring() : ending(.refused(refusal))
        case .malformed(let problem):
            guard stop.isAtEnd else { return ending(.malformed(problem)) }
            if stop.isFinal { return endIgnoring() }
            ignoredCount += 1
            passedOver = passedOver ?? problem
        case .done: return stop.reason == nil ? ending(.cut("the stream ended before the answer did")) : end()
        }
        return []
    }

    /// Ends a finished answer with something that says it has none.
    private mutating func endIgnoring() -> [News] {
        ignoredCount += 1
        return end()
    }

    private mutating func add(_ said: AnswerEvent) -> [News] {
        switch said {
        case .text(let text):
            let words = thinking.take(text)
            if words.isEmpty { return [] }
            wordBytes += words.utf8.count
            guard wordBytes <= ModelLimits.answerBytesMax else { return ending(.malformed(Self.tooLong)) }
            return say(screen.pass(words))
        case .callBegun:
            let words = say(screen.rest())
            callCount += 1
            layout.addCall()
            return words
        case .opaque(let part):
            opaqueBytes += part.bytesEstimate
            guard opaqueBytes <= ModelLimits.opaqueBytesMax else {
                let bound = ModelLimits.opaqueBytesMax
                return ending(.malformed(StreamProblem("its opaque parts are longer than \(bound) bytes")))
            }
            let words = say(screen.rest())
            layout.add(part)
            return words
        case .piece, .stop, .usage, .refused, .malformed, .done: break
        }
        return []
    }

    private static let tooLong = StreamProblem("the answer is longer than \(ModelLimits.answerBytesMax) bytes")

    private mutating func ending(_ news: News) -> [News] {
        hasEnded = true
        if case .refused = news { return [news] }  // it may be asked for again, if nothing has been told
        return rest() + [news]
    }

    private mutating func say(_ words: String) -> [News] {
        if words.isEmpty { return [] }
        layout.addWords(bytes: words.utf8.count)
        return [.words(words)]
    }
}

extension ServerSentEvent {
    /// The event; or each of those in it, where a server has left out the empty lines between its events.
    fileprivate var parts: [ServerSentEvent] {
        guard data.contains(UInt8(ascii: "\n")), let objects = JSONText.objects(of: data) else { return [self] }
        return objects.map { ServerSentEvent(name: name, data: Array($0)) }
    }
}

extension AnswerEvent {
    /// Whether it could not be read.
    fileprivate var isMalformed: Bool { if case .malformed = self { true } else { false } }
}
