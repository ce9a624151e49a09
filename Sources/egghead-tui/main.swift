import Control
import Glibc
import Runtime
import Services

let options = Options.parse(CommandLine.arguments)  // the command line
Ending.unlessTerminal()  // standard input and output are a terminal
setlocale(LC_ALL, "")  // the characters of the locale
let home = Home.find(option: options.home)  // where the node is
do throws(ServiceFailure) { try home.requireNode() } catch { Ending.now(.unavailable, error.message) }  // that it runs
Ending.now(after: { try TerminalSession.attach(to: home, room: options.room) })  // and serve until the person leaves
