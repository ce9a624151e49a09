import Confinement
import Glibc
import LinuxSystem
import Runtime
import Services

/// What the two processes of this program keep of the machine.
enum RecordsConfinement {
    /// Leaves a process its directory. SQLite starts threads, so this comes before the database.
    ///
    /// - Throws: `JSONProblem` when eggheadd is of another build; `SystemCallError` when there is no directory.
    static func enforce(_ options: Options, _ process: ChildProcess) throws {
        switch options {
        case .index:
            let directory = try process.settings(IndexSettings.self).stateDirectory
            try Files.makeDirectories(directory, mode: 0o750)
            // Where SQLite puts what it sorts and memory does not hold. See: https://sqlite.org/tempfiles.html
            setenv("SQLITE_TMPDIR", directory, 1)
            process.confine(to: .index(state: directory))
        case .store:
            let directory = try process.settings(StoreSettings.self).recordsDirectory
            try Files.makeDirectories(directory)
            process.confine(to: .store(records: try Files.resolved(directory)))
        }
    }

    /// Answers `egghead-records index --confined` and `egghead-records store --confined`, and ends.
    static func answerIfAsked(_ arguments: [String]) {
        let nowhere = ConfinementProbe.nowhere
        ConfinementProbe.answerIfAsked(
            arguments.contains("index") ? .index(state: nowhere) : .store(records: nowhere))
    }
}
