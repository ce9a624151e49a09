import Glibc

// egghead-helper: what a call of a tool does inside its sandbox. See docs/egghead-helper.md.

exit(Helper.run().rawValue)
