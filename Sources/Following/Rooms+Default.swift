import Services

extension Coordinator.Rooms.Reply {
    /// The room that a person gets who names none: the first that the coordinator lists. Nil when it lists none.
    public var defaultRoom: String? { rooms.first?.room }
}
