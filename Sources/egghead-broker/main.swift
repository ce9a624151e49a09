import Confinement
import Runtime

// egghead-broker: publish and subscribe, request and reply for everybody. See docs/egghead-broker.md.
ConfinementProbe.answerIfAsked(.broker)
ChildProcess.main {
    let child = try ChildProcess(executable: "egghead-broker")
    let listener = try Listener.inherited(loop: child.loop)
    child.confine(to: .broker)  // it takes connections, and makes none
    let broker = BrokerProcess(child: child, listener: listener)
    try broker.start()
    child.notifier.ready()
    return try child.run()
}
