import Services

/// Posts that came before the store's first answer: nobody can say yet which agents they name.
struct WaitingPosts {
    /// One post.
    typealias Post = (request: Coordinator.Post.Request, caller: Principal, asker: RoomsState.Asker)

    private var posts: [Post] = []

    /// Adds a post.
    ///
    /// - Returns: Whether there was room for it: `RoomsLimits.waitingRequestsMax` posts wait at most.
    mutating func add(_ post: Post) -> Bool {
        guard posts.count < RoomsLimits.waitingRequestsMax else { return false }
        posts.append(post)
        return true
    }

    /// Takes out all posts, oldest first.
    mutating func takeAll() -> [Post] {
        defer { posts = [] }
        return posts
    }
}
