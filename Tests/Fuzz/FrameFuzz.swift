// scripts/fuzz builds this together with the parser's own files.

/// Gives bytes to the parser of the bus's protocol. libFuzzer calls it, with bytes that reach code not reached before.
///
/// See: LLVM documentation, libFuzzer
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    // A copy of just this size, so that the address sanitizer sees a read beyond its end.
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    bytes.withUnsafeBytes { bytes in
        checkAgreement(bytes)
        _ = HeaderBlock.isWellFormed(bytes)
    }
    let whole = Outcome(of: bytes, pieces: bytes.count)
    // The first byte decides where the reads end, so that the fuzzer can choose it.
    let size = Int(bytes.first ?? 1) % 13 + 1
    precondition(Outcome(of: bytes, pieces: size).isPrefix(orSameAs: whole), "pieces of \(size) give other frames")
    for frame in whole.frames { checkRoundTrip(frame) }
    return 0
}

/// The frames of a stream, and what ended it.
struct Outcome {
    var frames: [Frame] = []
    var violation: ProtocolViolation?

    init(of bytes: [UInt8], pieces size: Int) {
        var parser = FrameParser(), rest = bytes[...]
        do throws(ProtocolViolation) {
            while !rest.isEmpty {
                parser.append(rest.prefix(size))
                rest = rest.dropFirst(size)
                while let frame = try parser.next() { frames.append(frame) }
            }
        } catch {
            violation = error
        }
    }

    /// A long line may be refused before its end in small pieces, by another name than when it is whole.
    func isPrefix(orSameAs other: Outcome) -> Bool {
        frames == other.frames && (violation == nil) == (other.violation == nil)
    }
}

/// The short way and the careful way find the same message.
func checkAgreement(_ bytes: RawBytes) {
    guard let (plain, plainLength) = FrameScanner.plainPublication(bytes) else { return }
    guard case .frame(.publish(let message), let length)? = try? FrameScanner.scan(bytes) else {
        preconditionFailure("only the short way sees a message")
    }
    precondition(length == plainLength && Publication(copying: message) == Publication(copying: plain))
    precondition(message.tail.map { Array($0) } == plain.tail.map { Array($0) }, "another tail")
}

/// A frame that is written is read as the same; a message's tail is what writing it part by part gives.
func checkRoundTrip(_ frame: Frame) {
    var written: [UInt8] = []
    frame.write(to: &written)
    let again = Outcome(of: written, pieces: written.count)
    switch frame {
    case .connect, .info, .error:
        // Blanks around their text are none of it, but may make the line too long.
        precondition(again.frames.count == 1 || written.count > ProtocolLimits.controlLineBytesMax)
    case .publish, .message, .subscribe, .unsubscribe, .ping, .pong, .ok:
        precondition(again.frames == [frame] && again.violation == nil, "\(frame) is read as \(again)")
    }
    if case .publish = frame { written.withUnsafeBytes { checkTail($0) } }
}

func checkTail(_ bytes: RawBytes) {
    guard case .frame(.publish(let message), _)? = try? FrameScanner.scan(bytes), let tail = message.tail else {
        return
    }
    let pool = BufferPool(keptBytesMax: 0)
    var whole = OutputBuffer(pool: pool), parts = OutputBuffer(pool: pool)
    Array("7".utf8).withUnsafeBytes { sid in
        whole.append(message: message, tail: tail, sid: sid)
        parts.append(message: message, headers: message.headers, sid: sid)
    }
    precondition(whole.withBytes { Array($0) } == parts.withBytes { Array($0) }, "the tail is not what follows")
}
