"""What other programs do, with the moment at which they do it: write a line, execute a program.

The events of eggheadd and its log have milliseconds or no time at all. Both are written line by line as things happen;
through a pipe each line arrives some ten microseconds later.
"""

import contextlib
import ctypes
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from .measuring import DEADLINE_SECONDS, wait_until


class StampedLines:
    """The lines that came through a pipe so far, and when each of them came, as `time.monotonic` has it."""

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        # Open for both ends, it neither waits for a writer nor ends with one.
        self.pipe = os.open(path, os.O_RDWR)
        self.lines: list[tuple[float, str]] = []
        self.is_closed = False
        self.thread = threading.Thread(target=self.read)
        self.thread.start()

    def read(self) -> None:
        """Stamps what comes until this is closed."""
        rest = b""
        while not self.is_closed:
            part = os.read(self.pipe, 1 << 16)
            now = time.monotonic()
            *whole, rest = (rest + part).split(b"\n")
            self.lines += [(now, line.decode(errors="replace")) for line in whole]

    def wait(self, *words: str, count: int = 1, since: int = 0, pause: float = 0.001) -> list[tuple[float, str]]:
        """Waits for so many lines that hold all these words, the first `since` lines left aside.

        Looks every millisecond unless told, which the stamps do not depend on.
        """
        found: list[tuple[float, str]] = []
        position = since

        def is_complete() -> bool:
            nonlocal position
            end = len(self.lines)
            found.extend(line for line in self.lines[position:end] if all(word in line[1] for word in words))
            position = end
            return len(found) >= count

        wait_until(is_complete, DEADLINE_SECONDS, pause)
        return found

    def close(self) -> None:
        """Reads no more."""
        self.is_closed = True
        os.write(self.pipe, b"\n")
        self.thread.join()
        os.close(self.pipe)


@contextlib.contextmanager
def stamped_lines(path: Path) -> Iterator[StampedLines]:
    """The lines that are written to a path from now on."""
    lines = StampedLines(path)
    try:
        yield lines
    finally:
        lines.close()


IN_OPEN = 0x20


class StampedOpenings:
    """When a file was opened, which the kernel does at each exec of a program. See: inotify(7)"""

    def __init__(self, path: Path) -> None:
        self.path = path
        library = ctypes.CDLL(None, use_errno=True)
        self.watch = library.inotify_init1(os.O_CLOEXEC)
        if self.watch < 0 or library.inotify_add_watch(self.watch, os.fsencode(path), IN_OPEN) < 0:
            raise OSError(ctypes.get_errno(), f"watching {path}")
        self.moments: list[float] = []
        self.is_closed = False
        self.thread = threading.Thread(target=self.read)
        self.thread.start()

    def read(self) -> None:
        """Stamps what happens until this is closed."""
        while not self.is_closed:
            os.read(self.watch, 1 << 16)
            self.moments.append(time.monotonic())

    def close(self) -> None:
        """Watches no more."""
        self.is_closed = True
        self.path.open("rb").close()
        self.thread.join()
        os.close(self.watch)
