import Runtime
import Testing

@Suite struct HomeTests {
    private func home(_ option: String?, _ variables: [String: String]) -> Home {
        Home(option: option) { variables[$0] }
    }

    @Test func `a home holds everything`() {
        let home = home("/h/", ["EGGHEAD_HOME": "/other", "HOME": "/home/ann"])
        #expect(home.configFile == "/h/config.yml")
        #expect(home.recordsDirectory == "/h/records")
        #expect(home.stateDirectory == "/h/state")
        #expect(home.controlSocket == "/h/run/control.sock")
        #expect(home.busSocket == "/h/run/broker.sock")
    }

    @Test func `a service has systemd's directories, and a user the XDG ones`() {
        let service = home(
            nil,
            [
                "STATE_DIRECTORY": "/var/lib/egghead", "RUNTIME_DIRECTORY": "/run/egghead",
                "CONFIGURATION_DIRECTORY": "/etc/egghead",
            ])
        #expect(service.recordsDirectory == "/var/lib/egghead/records")
        #expect(service.configFile == "/etc/egghead/config.yml")
        #expect(service.busSocket == "/run/egghead/broker.sock")
        let user = home(nil, ["HOME": "/home/ann", "EGGHEAD_SOCKET": "/s", "EGGHEAD_CONFIG": "/c.yml"])
        #expect(user.recordsDirectory == "/home/ann/.egghead")
        #expect(user.stateDirectory == "/home/ann/.local/state/egghead")
        #expect(user.runDirectory == "/home/ann/.local/state/egghead/run")
        #expect(user.busSocket == "/s")
        #expect(user.configFile == "/c.yml" && user.isConfigFileNamed)
    }
}
