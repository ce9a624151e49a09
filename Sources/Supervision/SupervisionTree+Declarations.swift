// The declared set of a dynamic supervisor, level-triggered: missing children start, undeclared children stop, and
// those with a new digest are replaced gently. It is compared again whenever the supervisor has restarted.

extension SupervisionTree {
    /// Takes the full set that a supervisor should have. The set is kept when the supervisor restarts.
    mutating func declare(_ id: ChildID, _ declarations: [Declaration]) {
        guard let supervisor = find(id), nodes[supervisor].isDynamic, supervisorSpec(supervisor).template != nil else {
            droppedNews += 1
            return
        }
        nodes[supervisor].supervisor.declarations = declarations
        if nodes[supervisor].phase == .ready { reconcile(supervisor) }
    }

    /// Makes the children match the declared set, in its order. Without a declared set, nothing is done.
    ///
    /// A child of the specification exists whether declared or not; a declaration of its id replaces it.
    mutating func reconcile(_ supervisor: NodeIndex) {
        guard let declarations = nodes[supervisor].supervisor.declarations,
            let template = supervisorSpec(supervisor).template
        else { return }
        var declared: Set<ChildID> = []
        for declaration in declarations {
            let spec = template.instance(for: declaration.id)
            guard declared.insert(spec.id).inserted, let digest = declaration.digest else { continue }
            if let child = find(spec.id) {
                keep(child, digest, declaration.limits, of: supervisor)
            } else if !isReserved(spec.id, from: nodes[supervisor].id), nodeCount < SupervisionLimits.nodesMax {
                let child = insert(spec, under: supervisor, origin: .declared)
                nodes[supervisor].supervisor.children.append(child)
                nodes[child].dynamic.digest = digest
                nodes[child].dynamic.limits = declaration.limits
                nodes[child].hold = takeHold(on: child, of: supervisor)
                if nodes[child].hold == nil { startDynamic(child) } else { markUndefined(child) }
            }
        }
        for child in nodes[supervisor].supervisor.children where !declared.contains(nodes[child].id) {
            undeclare(child, of: supervisor)
        }
    }

    private mutating func keep(
        _ child: NodeIndex, _ digest: String, _ limits: WorkerSpec.Limits, of supervisor: NodeIndex
    ) {
        guard nodes[child].parent == supervisor else {
            droppedNews += 1
            return
        }
        nodes[child].dynamic.isLeaving = false
        if nodes[child].origin == .added { nodes[child].origin = .declared }
        nodes[child].dynamic.limits = limits
        if nodes[child].dynamic.digest != digest { replace(child, digest) }
    }

    private mutating func undeclare(_ child: NodeIndex, of supervisor: NodeIndex) {
        switch nodes[child].origin {
        case .added: break
        case .specification:
            nodes[child].dynamic.limits = WorkerSpec.Limits()
            if nodes[child].dynamic.digest != nil { replace(child, nil) }
        case .declared:
            nodes[child].dynamic.isLeaving = true
            switch nodes[child].phase {
            case .down: reconsider(child, of: supervisor)
            case .starting: stop(child)
            case .ready: drain(child)
            case .stopping: break
            }
        }
    }

    /// Remembers why a child is held that is deleted: a declaration that disappears and returns, as a file does during
    /// two checkouts, is not a start.
    mutating func keepHold(on child: NodeIndex, of supervisor: NodeIndex) {
        guard let hold = nodes[child].hold, let digest = nodes[child].dynamic.digest,
            nodes[supervisor].supervisor.holds.count < SupervisionLimits.nodesMax
        else { return }
        nodes[supervisor].supervisor.holds[nodes[child].id] = HoldOfGone(hold: hold, digest: digest)
    }

    /// The reason why a child of this id and digest was held when it was deleted.
    private mutating func takeHold(on child: NodeIndex, of supervisor: NodeIndex) -> TreeNode.Hold? {
        guard let kept = nodes[supervisor].supervisor.holds.removeValue(forKey: nodes[child].id) else { return nil }
        return kept.digest == nodes[child].dynamic.digest ? kept.hold : nil
    }

    /// A new digest ends every hold on a child, because the change may have removed the cause.
    private mutating func replace(_ child: NodeIndex, _ digest: String?) {
        nodes[child].dynamic.digest = digest
        nodes[child].hold = nil
        nodes[child].trouble = TroubleState()
        nodes[child].restartCause = .edit
        switch nodes[child].phase {
        case .down: startDynamic(child)
        case .starting: stop(child)
        case .ready: drain(child)
        case .stopping: break
        }
    }
}

extension ChildSpec {
    /// The child that a template makes of a declared id.
    package func instance(for id: String) -> ChildSpec {
        func filled(_ text: String) -> String {
            text.split(separator: "{id}", omittingEmptySubsequences: false).joined(separator: id)
        }
        var spec = self
        spec.id = ChildID(filled(self.id.name))
        if case .worker(var worker) = kind {
            worker.command = worker.command.map(filled)
            worker.environment = worker.environment.map { EnvironmentVariable($0.name, filled($0.value)) }
            spec.kind = .worker(worker)
        }
        return spec
    }
}
