"""What the benchmarks share: where things are, a node to measure, what a process uses, how a figure is printed."""

import contextlib
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
BUILD = REPOSITORY / ".build" / "release"
PYTHON = REPOSITORY / ".build" / "test-venv" / "bin" / "python"
PROVIDER = REPOSITORY / "Tests" / "ProcessTests" / "FakeProvider" / "fake_provider.py"
BENCHMARKS = REPOSITORY / "Tests" / "Benchmarks"
TOOLS = REPOSITORY / ".build" / "bench"
DEADLINE_SECONDS = 30.0
# The others hold all they need, so that nothing but themselves is measured; SQLite is to be the one that a node has.
LINKED_WITH = {"fts": ["-lsqlite3"]}


class Node:
    """A running node and the ways to look at it."""

    def __init__(self, home: Path, process: subprocess.Popen[bytes]) -> None:
        self.home = home
        self.process = process
        self.started = time.monotonic()
        self.control = socket.socket(socket.AF_UNIX)

    def connect(self) -> None:
        """Connects to the control socket as soon as there is one."""
        path = str(self.home / "run" / "control.sock")
        wait_until(lambda: self.control.connect_ex(path) == 0)

    def children(self) -> dict[str, dict[str, object]]:
        """The tree by name, as the supervisor has it now."""
        self.control.sendall(b'{"operation":"list"}\n')
        answer = b""
        while not answer.endswith(b"\n"):
            answer += self.control.recv(1 << 20)
        return {child["name"]: child for child in json.loads(answer)["children"]}

    def is_ready(self) -> bool:
        """Whether everything is up, an agent among it."""
        children = self.children()
        return "agent:index" in children and all(child["state"] == "ready" for child in children.values())

    def pid_when_ready(self, name: str) -> int | None:
        """The pid of a child that is ready."""
        child = self.children().get(name, {})
        pid = child.get("pid")
        return pid if child.get("state") == "ready" and isinstance(pid, int) else None

    def ask(self, text: str) -> None:
        """A question and its answer, through the command."""
        command = [BUILD / "egghead", "chat", "--wait", "--home", self.home, "--", text]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def wait_until(condition: Callable[[], object], deadline: float = DEADLINE_SECONDS, pause: float = 0.0005) -> float:
    """Waits, looking every half millisecond unless told, and tells for how many seconds."""
    started = time.monotonic()
    while not condition():
        if time.monotonic() - started > deadline:
            sys.exit(f"bench: what was waited for did not happen within {deadline:g} s")
        time.sleep(pause)
    return time.monotonic() - started


@contextlib.contextmanager
def home_with_provider() -> Iterator[Path]:
    """A node's directory that holds no record yet, and the fake provider that its configuration names."""
    with tempfile.TemporaryDirectory(prefix="egghead-bench.") as directory:
        home = Path(directory)
        (home / "records" / "agents").mkdir(parents=True)
        provider = subprocess.Popen([PYTHON, PROVIDER], stdout=subprocess.PIPE, text=True)
        assert provider.stdout is not None
        port = provider.stdout.readline().split()[-1]
        (home / "config.yml").write_text(
            f"providers:\n  fake: {{url: 'http://127.0.0.1:{port}/v1', model: normal}}\n"
        )
        try:
            yield home
        finally:
            provider.kill()
            provider.wait()


@contextlib.contextmanager
def running_node() -> Iterator[Node]:
    """A node in a directory of its own, with the fake provider."""
    with home_with_provider() as home, node_in(home) as node:
        yield node


@contextlib.contextmanager
def node_in(home: Path, *arguments: str | Path) -> Iterator[Node]:
    """A node in a directory that is there already, with what a node before it has left."""
    with (home / "log").open("wb") as log:
        daemon = subprocess.Popen([BUILD / "eggheadd", "--home", home, *arguments], stderr=log, stdout=log)
    node = Node(home, daemon)
    try:
        node.connect()
        yield node
    finally:
        daemon.send_signal(signal.SIGTERM)
        daemon.wait(timeout=30)
        node.control.close()


def build_tools() -> None:
    """The C programs that are measured and that measure."""
    TOOLS.mkdir(parents=True, exist_ok=True)
    for source in BENCHMARKS.glob("*.c"):
        libraries = LINKED_WITH.get(source.stem, ["-static"])
        subprocess.run(["cc", "-O2", "-o", TOOLS / source.stem, source, *libraries], check=True)


def private_kib(pid: int) -> float:
    """The memory that a process has written to; pages of its program are shared with the other copies that run."""
    return memory_kib(pid, "Private_Dirty:")


def resident_kib(pid: int) -> float:
    """All the memory that a process has in core, its program included."""
    return memory_kib(pid, "Rss:")


def shared_kib(pid: int) -> float:
    """The memory that a process has in core, its part of what it shares with others included."""
    return memory_kib(pid, "Pss:")


def memory_kib(pid: int, kind: str) -> float:
    """A process's memory of a kind that the kernel counts."""
    # Pages of a program that was just built count as private and dirty until they are on the disk.
    with open(f"/proc/{pid}/exe", "rb") as program:
        os.fsync(program)
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return float(sum(int(line.split()[1]) for line in lines if line.startswith(kind)))


def processor_seconds(pid: int) -> float:
    """What a process has used, as getrusage has it."""
    return float(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def all_processor_seconds(pid: int) -> float:
    """What all threads of a process have used, those that have ended among them."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def percentile(figures: list[float], share: float) -> float:
    """The figure that this share of them does not exceed."""
    return sorted(figures)[int((len(figures) - 1) * share)]


def report(what: str, figures: list[float], unit: str, scale: float, limit: float | None) -> None:
    """One line: the median, the range, and the limit if there is one."""
    scaled = [figure * scale for figure in figures]
    beside = f"   limit {limit:g}" if limit is not None else ""
    print(f"{what:<46} {statistics.median(scaled):9.1f} {unit:<4} ({min(scaled):.1f} to {max(scaled):.1f}){beside}")


def report_ratio(
    what: str, figures: list[float], beside: list[float], limit: float | None, least: float | None = None
) -> None:
    """One line: the median of the ratios, and the limit, or the least that it may be, if there is one."""
    ratios = [figure / bare for figure, bare in zip(figures, beside, strict=True)]
    end = f"   limit {limit:g}" if limit is not None else f"   at least {least:g}" if least is not None else ""
    print(f"{what:<46} {statistics.median(ratios):9.2f} x    ({min(ratios):.2f} to {max(ratios):.2f}){end}")


def report_beyond(what: str, figures: list[float], beside: list[float], unit: str, scale: float, limit: float) -> None:
    """One line: the median of what each figure has beyond the one beside it, and the limit."""
    report(what, [figure - bare for figure, bare in zip(figures, beside, strict=True)], unit, scale, limit)
