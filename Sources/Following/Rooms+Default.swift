import Services

extension Coordinator.Rooms.Reply {
    /// The room for a person who names none: the first that the coordinator lists. Nil if it lists none.
    public var defaultRoom: RoomName? { rooms.first?.room }
}
