import LinuxSystem

SignalDescriptor.ignorePipe()  // a reader that has gone is an error of the write
Egghead.runOrExit()
