/// The tree that eggheadd runs when it is given no other: the whole failure behaviour of a node, in the language of
/// `--tree`. Programs without a slash are looked for beside eggheadd first, and in PATH after that.
public enum BuiltInTree {
    /// The tree file. `{run}` stands for the run directory.
    public static let yaml = """
        id: eggheadd
        strategy: one_for_one
        intensity: 5
        period: 60s
        children:
          - id: broker
            command: [egghead-broker]
            channel: true
            ready: notify
            watchdog: 60s
            listen: [{path: "{run}/broker.sock", mode: "0660"}]
          - id: records
            strategy: rest_for_one
            intensity: 5
            period: 60s
            children:
              - {id: index, command: [egghead-records, index], channel: true, ready: notify, watchdog: 60s}
              - {id: store, command: [egghead-records, store], channel: true, ready: notify, watchdog: 60s}
          - id: models
            strategy: dynamic
            statuses: egghead
            quarantine: {intensity: 5, period: 60s}
            backoff: {from: 500ms, to: 30s}
          - id: tools
            strategy: one_for_one
            intensity: 5
            period: 60s
            children:
              - {id: toolbox, command: [egghead-toolbox], channel: true, ready: notify, watchdog: 60s}
              - id: mcp
                strategy: dynamic
                statuses: egghead
                quarantine: {intensity: 5, period: 60s}
                backoff: {from: 500ms, to: 30s}
          - id: layer
            strategy: rest_for_one
            intensity: 5
            period: 60s
            children:
              - {id: llm, command: [egghead-llm], channel: true, ready: notify, watchdog: 60s}
              - {id: coordinator, command: [egghead-coordinator], channel: true, ready: notify, watchdog: 60s}
              - id: agents
                strategy: dynamic
                statuses: egghead
                quarantine: {intensity: 5, period: 60s}
                backoff: {from: 200ms, to: 30s}
                template:
                  id: "agent:{id}"
                  command: [egghead-agent, "{id}"]
                  channel: true
                  ready: notify
                  watchdog: 120s
        """
}
