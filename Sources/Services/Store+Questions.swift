// What the store asks the index; most of it is passed on as it came, with the asker's own reply subject.

extension Store {
    /// `search`: passed on to `Index.Search`.
    public enum Search: ServiceOperation {
        /// See `Index.Search.Request`.
        public typealias Request = Index.Search.Request
        /// See `Index.Search.Reply`.
        public typealias Reply = Index.Search.Reply
        public static let service = ServiceName.store, name = "search"
    }

    /// `search_rooms`: passed on to `Index.SearchRooms`.
    public enum SearchRooms: ServiceOperation {
        /// See `Index.SearchRooms.Request`.
        public typealias Request = Index.SearchRooms.Request
        /// See `Index.SearchRooms.Reply`.
        public typealias Reply = Index.SearchRooms.Reply
        public static let service = ServiceName.store, name = "search_rooms"
    }

    /// `passages`: passed on to `Index.Passages`.
    public enum Passages: ServiceOperation {
        /// See `Index.Passages.Request`.
        public typealias Request = Index.Passages.Request
        /// See `Index.Passages.Reply`.
        public typealias Reply = Index.Passages.Reply
        public static let service = ServiceName.store, name = "passages"
    }

    /// `links`: what a record points to; a file that is not a record has its name for a title.
    public enum Links: ServiceOperation {
        /// See `Index.LinksRequest`.
        public typealias Request = Index.LinksRequest
        /// See `Index.LinkReply`.
        public typealias Reply = Index.LinkReply
        public static let service = ServiceName.store, name = "links"
    }

    /// `backlinks`: passed on to `Index.Backlinks`.
    public enum Backlinks: ServiceOperation {
        /// See `Index.LinksRequest`.
        public typealias Request = Index.LinksRequest
        /// See `Index.LinkReply`.
        public typealias Reply = Index.LinkReply
        public static let service = ServiceName.store, name = "backlinks"
    }

    /// `tags`: passed on to `Index.Tags`.
    public enum Tags: ServiceOperation {
        /// See `Index.Tags.Request`.
        public typealias Request = Index.Tags.Request
        /// See `Index.Tags.Reply`.
        public typealias Reply = Index.Tags.Reply
        public static let service = ServiceName.store, name = "tags"
    }

    /// `unresolved`: links to files that do not exist.
    public enum Unresolved: ServiceOperation {
        /// Nothing needs to be said.
        public typealias Request = Empty
        /// See `Index.Unresolved.Reply`; links to files that are not records are left out.
        public typealias Reply = Index.Unresolved.Reply
        public static let service = ServiceName.store, name = "unresolved"
    }

    /// `recent`: passed on to `Index.Recent`.
    public enum Recent: ServiceOperation {
        /// See `Index.Recent.Request`.
        public typealias Request = Index.Recent.Request
        /// See `Index.Recent.Reply`.
        public typealias Reply = Index.Recent.Reply
        public static let service = ServiceName.store, name = "recent"
    }
}
