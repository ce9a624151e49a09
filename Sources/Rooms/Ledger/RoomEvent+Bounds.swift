import Services

// What a room can hold. Every event that the coordinator makes is within these bounds; an event of a journal, a history
// or a transcript is what somebody may have written.
extension RoomEvent {
    /// Whether its speaker and its time are no longer than those of any room.
    var hasShortNames: Bool {
        from.rawValue.utf8.count <= RoomsLimits.speakerBytesMax && at.utf8.count <= RoomsLimits.speakerBytesMax
    }

    /// Whether its text is no longer than a message.
    var hasShortText: Bool { text.utf8.count <= RoomsLimits.textBytesMax }

    /// The event with as much of its text as a message has, and a mark if that is not all of it: a longer one fits no
    /// answer on the bus, and nobody could read the room any more.
    var withShortText: RoomEvent {
        if hasShortText { return self }
        var short = self
        short.text = String(cut: text, to: RoomsLimits.textBytesMax)
        return short
    }
}
