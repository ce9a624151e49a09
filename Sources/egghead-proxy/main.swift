import Confinement
import Runtime

// egghead-proxy: the way from one sandbox to the hosts that its agent may reach. See docs/egghead-proxy.md.

ConfinementProbe.answerIfAsked(.proxy)
ChildProcess.main { try Proxy.serve() }
