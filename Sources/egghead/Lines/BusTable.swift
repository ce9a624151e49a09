import Services
import Terminal

/// The broker's connections as `egghead bus stats` prints them.
enum BusTable {
    /// A line for each connection, the headings first, and a line for all.
    static func lines(_ stats: Broker.Stats.Reply, _ width: TextWidth) -> [String] {
        let heading = ["ID", "NAME", "FROM", "SUBS", "MSGS IN", "IN", "MSGS OUT", "OUT", "PENDING"]
        let table = TextTable.lines([heading] + stats.connections.map(cells), width)
        let omitted = stats.omitted == 0 ? [] : ["and \(stats.omitted) more"]
        let all = stats.connections.count + stats.omitted
        return table + omitted + [
            "\(Counted.words(all, "connection")), \(Counted.words(stats.subscriptions, "subscription")), "
                + "\(TextTable.size(stats.heldBytes)) held, "
                + "\(Counted.words(stats.slowConsumers, "slow consumer")) disconnected"
        ]
    }

    private static func cells(_ connection: Broker.Stats.Connection) -> [String] {
        [
            String(connection.id), SafeText.line(connection.name),
            connection.address.map(SafeText.line) ?? connection.pid.map { "pid \($0)" } ?? "-",
            String(connection.subscriptions),
            String(connection.messagesIn), TextTable.size(connection.bytesIn),
            String(connection.messagesOut), TextTable.size(connection.bytesOut),
            TextTable.size(connection.pendingBytes),
        ]
    }
}
