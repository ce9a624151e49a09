/// How a supervisor treats its children.
///
/// See: OTP supervisor, `sup_flags()`
package struct SupervisorSpec: Hashable, Sendable {
    /// Which children are restarted when a child ends.
    package var strategy: Strategy
    /// The limit of restarts.
    package var intensity: RestartIntensity
    /// Whether the end of a significant child ends the supervisor.
    package var autoShutdown: AutoShutdown
    /// The children, in start order.
    package var children: [ChildSpec]
    /// With `dynamic`: the child from which declared children are made; `{id}` in its id, command and environment is
    /// replaced by the declared id.
    package var template: ChildSpec?
    /// An intensity for each child by itself: a child that exceeds it is quarantined, and the supervisor continues.
    /// Only if the children are independent of each other (`oneForOne`, `dynamic`): otherwise the others could not
    /// continue without that child.
    package var quarantine: RestartIntensity?
    /// The delays between the restarts of a child after the first.
    package var backOff: BackOff?
    /// The meaning of the children's exit statuses.
    package var statuses: ExitStatuses

    /// A specification with OTP's defaults.
    package init(
        strategy: Strategy = .oneForOne, intensity: RestartIntensity = RestartIntensity(),
        autoShutdown: AutoShutdown = .never, children: [ChildSpec] = [], template: ChildSpec? = nil,
        quarantine: RestartIntensity? = nil, backOff: BackOff? = nil, statuses: ExitStatuses = .plain
    ) {
        self.strategy = strategy
        self.intensity = intensity
        self.autoShutdown = autoShutdown
        self.children = children
        self.template = template
        self.quarantine = quarantine
        self.backOff = backOff
        self.statuses = statuses
    }

    /// The quarantine that applies under this strategy.
    var effectiveQuarantine: RestartIntensity? {
        switch strategy {
        case .oneForOne, .dynamic: quarantine
        case .oneForAll, .restForOne: nil
        }
    }
}

/// Which children are restarted when a child ends.
///
/// See: OTP supervisor, `strategy()`; Elixir's DynamicSupervisor for `dynamic`
package enum Strategy: Hashable, Sendable, CaseIterable {
    /// That child.
    case oneForOne
    /// All children.
    case oneForAll
    /// That child and those after it.
    case restForOne
    /// That child; the children are independent, and start and stop concurrently.
    case dynamic
}

/// Whether the end of a significant child ends the supervisor.
///
/// See: OTP supervisor, `auto_shutdown()`
package enum AutoShutdown: Hashable, Sendable, CaseIterable {
    /// Never.
    case never
    /// When one of them ends and is not to be restarted.
    case anySignificant
    /// When the last of them has ended.
    case allSignificant
}

/// The meaning of exit statuses for a supervisor.
package enum ExitStatuses: Hashable, Sendable {
    /// 0 is normal, every other status is not.
    case plain
    /// Egghead's own contract: see `ExitVerdict.init(exitCode:)`.
    case egghead
}
