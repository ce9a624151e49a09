import JSON
import LinuxSystem
import Runtime
import Services
import Supervision
import Testing

@testable import eggheadd

@Suite struct LifecycleLogTests {
    private static func level(_ kind: LifecycleEvent.Kind, _ verdict: ExitVerdict?, isStopping: Bool = false)
        -> Log.Level
    {
        let event = LifecycleEvent(kind, "a", .worker, 1, verdict: verdict)
        return LifecycleLog.level(of: event, isStopping: isStopping)
    }

    @Test func `an end is a warning unless it was planned, asked for or expected`() {
        let levels: [(ExitVerdict, Log.Level, whileStopping: Log.Level)] = [
            (.finished, .info, .info), (.stopped, .info, .info), (.handoff, .notice, .notice),
            (.temporaryFailure, .warning, .info), (.misconfigured, .warning, .info), (.crash, .warning, .info),
        ]
        #expect(levels.map(\.0) == ExitVerdict.allCases)
        for (verdict, level, whileStopping) in levels {
            #expect(Self.level(.exited, verdict) == level, "\(verdict)")
            #expect(Self.level(.exited, verdict, isStopping: true) == whileStopping, "\(verdict)")
        }
    }

    @Test(arguments: [
        (LifecycleEvent.Kind.started, Log.Level.debug), (.ready, .info), (.startFailed, .warning), (.gaveUp, .error),
    ])
    func `every other event has one level`(kind: LifecycleEvent.Kind, level: Log.Level) {
        for verdict in ExitVerdict.allCases {
            for isStopping in [false, true] {
                #expect(Self.level(kind, verdict, isStopping: isStopping) == level)
            }
        }
    }

    @Test func `the catalog has a text for every entry but a start, and another for a crash than for a stop`() throws {
        let repository = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let catalog = String(
            decoding: try Files.read("/\(repository)/systemd/egghead.catalog", limit: 1 << 20), as: UTF8.self)
        let entries: [(LifecycleEvent.Kind, Log.Level)] = [
            (.ready, .info), (.startFailed, .warning), (.exited, .info), (.exited, .warning), (.gaveUp, .error),
        ]
        let ids = entries.compactMap { LifecycleLog.messageID(of: LifecycleEvent($0, "a", .worker, 1), $1) }
        #expect(ids.count == entries.count && Set(ids).count == entries.count)
        for id in ids { #expect(catalog.contains("-- \(id)"), "\(id)") }
        #expect(LifecycleLog.messageID(of: LifecycleEvent(.started, "a", .worker, 1), .debug) == nil)
    }

    @Test func `an event travels with its verdict on the bus, and without it in a file`() throws {
        let event = LifecycleEvent(
            .exited, "agent:a", .worker, 2, pid: 7, reason: .exited(code: 80), verdict: .handoff)
        let report = ChildEvent(event, at: "now", status: nil)
        #expect(report.verdict == .handoff)
        let line = String(decoding: EventsFile.line(of: report), as: UTF8.self)
        #expect(
            try JSON.decode(JSONValue.self, from: Array(line.utf8))
                == .object([
                    "at": .string("now"), "event": .string("exited"), "name": .string("agent:a"),
                    "kind": .string("worker"), "incarnation": .integer(2), "pid": .integer(7),
                    "reason": .object(["kind": .string("exited"), "code": .integer(80)]),
                ]))
        #expect(line.hasSuffix("}\n") && line.filter { $0 == "\n" }.count == 1)
    }
}
