import Runtime

// egghead-broker: publish and subscribe, request and reply for everybody. See docs/egghead-broker.md.
ChildProcess.main {
    let child = try ChildProcess(executable: "egghead-broker")
    let listener = try Listener.inherited(loop: child.loop)
    let broker = BrokerProcess(child: child, listener: listener)
    try broker.start()
    child.notifier.ready()
    return try child.run()
}
