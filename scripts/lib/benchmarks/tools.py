"""Tools: what a decision and a search cost, what a sandbox takes beside bubblewrap alone, and a call all the way."""

import fcntl
import os
import statistics
import struct
import subprocess
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from .connection import BusConnection
from .measuring import BUILD, Node, processor_seconds, report, report_beyond, report_ratio, running_node, wait_until

DECISIONS = 2_000
SEARCHES = 200
SANDBOXES = 20
# So many sandboxes one after the other are one figure: a single one is over before the scheduler has shared anything out.
SINGLE_SANDBOXES = 9
HELPER = BUILD / "egghead-helper"
DECISIONS_ALONE = BUILD / "measure-decisions"
AGENT = (
    "---\nclass: agent\ncapabilities:\n  - fs.read: {in: /srv/app, paths: ['*.log', 'conf/*']}\n"
    "  - proc.exec: {in: /srv/app, cmds: [git, make], patterns: ['systemctl status *']}\n---\nYou are Scout.\n"
)
NOTES = 200
# Below what an agent does in one turn.
CALLS = 20
CALLER = "---\nclass: agent\nsandbox: {root}\ncapabilities: [fs.write, {{proc.exec: {{cmds: ['true']}}}}]\n---\nYou are Scout.\n"
SETTINGS = [
    "/etc/alternatives", "/etc/group", "/etc/host.conf", "/etc/ld.so.cache", "/etc/localtime", "/etc/machine-id",
    "/etc/nsswitch.conf", "/etc/passwd", "/etc/services", "/etc/ssl/certs", "/etc/ssl/openssl.cnf",
]  # fmt: skip
SYSTEM_DIRECTORIES = ["bin", "sbin", "lib", "lib32", "lib64", "libx32"]


def walls(root: str) -> list[str]:
    """The arguments that the toolbox gives bubblewrap, but for the filter: see `SandboxPlan`."""
    words = ["bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--hostname", "sandbox"]
    words += ["--ro-bind", "/usr", "/usr"]
    for name in SYSTEM_DIRECTORIES:
        path = Path("/") / name
        words += ["--symlink", str(path.resolve()), str(path)] if path.is_symlink() else ["--ro-bind-try", str(path), str(path)]
    for setting in SETTINGS:
        words += ["--ro-bind-try", setting, setting]
    words += ["--proc", "/proc", "--remount-ro", "/proc", "--dev", "/dev"]
    words += ["--size", "16777216", "--tmpfs", "/dev/shm", "--remount-ro", "/dev", "--size", "67108864", "--tmpfs", "/tmp"]
    words += ["--bind", root, root, "--ro-bind", str(HELPER), "/.egghead-helper", "--remount-ro", "/"]
    return [*words, "--chdir", root, "--"]


def number(value: int) -> bytes:
    """A number as the helper reads it: see `FieldCoded`."""
    return struct.pack("<Q", value)


def text(value: str) -> bytes:
    """A text as the helper reads it."""
    return number(len(value.encode())) + value.encode()


def request_for_true(root: str) -> bytes:
    """What the toolbox asks of the helper that is to become `true`: the directory, what may be changed, the limits, no
    proxy, no streams, and the work."""
    status = os.stat(root)
    directory = number(1) + text(root) + number(status.st_dev) + number(status.st_ino)
    limits = number(1) + number(1 << 29) + number(256) + number(1 << 30)
    return directory + number(0) + number(1) + text(root) + limits + number(0) + number(0) + text("program") + number(1) + text("true")


class Sandboxes:
    """Starts `true` in sandboxes, as the toolbox starts bubblewrap: without a copy of this program, in a session of its own."""

    def __init__(self, root: str) -> None:
        self.bare = [*walls(root), "/usr/bin/true"]
        self.ours = [*walls(root), "/.egghead-helper"]
        request, null = os.memfd_create("request"), os.open("/dev/null", os.O_RDWR)
        os.write(request, request_for_true(root))
        # Above what they become in the sandbox.
        self.request, self.null = (fcntl.fcntl(raw, fcntl.F_DUPFD_CLOEXEC, 10) for raw in (request, null))
        os.close(request)
        os.close(null)

    def seconds_of(self, words: list[str], count: int) -> float:
        """How long so many at once take; each must end well."""
        places = [(self.null, 0), (self.null, 1), (self.request, 3), (self.null, 4)]
        actions = [(os.POSIX_SPAWN_DUP2, raw, place) for raw, place in places]
        begun = time.monotonic()
        pids = [
            os.posix_spawn("/usr/bin/bwrap", words, {"PATH": "/usr/bin"}, file_actions=actions, setsid=True)
            for _ in range(count)
        ]
        statuses = [os.waitpid(pid, 0)[1] for pid in pids]
        assert not any(statuses), statuses
        return time.monotonic() - begun

    def close(self) -> None:
        """Lets the request go."""
        os.close(self.request)
        os.close(self.null)


def bench_tools(runs: Iterable[int]) -> None:
    """Measures and prints."""
    single: tuple[list[float], list[float]] = ([], [])
    many: tuple[list[float], list[float]] = ([], [])
    with tempfile.TemporaryDirectory(prefix="egghead-bench.") as root:
        sandboxes = Sandboxes(root)
        for _ in runs:
            pairs = [
                (sandboxes.seconds_of(sandboxes.bare, 1), sandboxes.seconds_of(sandboxes.ours, 1))
                for _ in range(SINGLE_SANDBOXES)
            ]
            for figures, all_of_run in zip(single, zip(*pairs, strict=True), strict=True):
                figures.append(statistics.median(all_of_run))
            for figures, words in zip(many, (sandboxes.bare, sandboxes.ours), strict=True):
                figures.append(sandboxes.seconds_of(words, SANDBOXES))
        sandboxes.close()
    report("`true` in bubblewrap alone", single[0], "ms", 1e3, None)
    report("`true` as a tool runs it", single[1], "ms", 1e3, None)
    report_ratio("  beside bubblewrap alone", single[1], single[0], 1.5)
    report(f"{SANDBOXES} at once in bubblewrap alone", many[0], "ms", 1e3, None)
    report_ratio("  as tools run them", many[1], many[0], 1.5)
    bench_calls(runs)
    bench_decisions(runs)
    bench_toolbox(runs)


def seconds_of_calls(node: Node, room: str, tool: str, arguments: str, outcome: str) -> float:
    """How long a call takes in a turn of so many, one after the other, each of which must end like this.

    It is asked for by the fake provider, so the way over the gateway is in it.
    """
    # No two are the same: whoever repeats a call is told so.
    calls = [f"tool: {tool} {arguments.replace('NUMBER', str(number))}" for number in range(CALLS)]
    text = "\n".join(["@scout please fake:tools", *calls])
    command = [BUILD / "egghead", "chat", "--room", room, "--wait", "--home", node.home, "--", text]
    begun = time.monotonic()
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    seconds = time.monotonic() - begun
    assert output.count(outcome) == CALLS, output
    return seconds / CALLS


def bench_calls(runs: Iterable[int]) -> None:
    """The way of a call from an agent over the toolbox, its journal and the helper back to the agent.

    A call of a tool that there is not takes the same way without claim, sandbox and outcome: what is left of the
    difference is those three, and a sandbox as above tells how much of that is the sandbox.
    """
    denied, alone, claimed = [], [], []
    with running_node() as node, tempfile.TemporaryDirectory(prefix="egghead-bench.") as root:
        (node.home / "records" / "scout.md").write_text(CALLER.format(root=root))
        wait_until(lambda: node.is_ready() and node.pid_when_ready("agent:scout"))
        sandboxes = Sandboxes(root)
        for run in runs:
            denied.append(seconds_of_calls(node, f"denied{run}", "fly", '{"to":"NUMBER"}', "(denied) there is no tool fly"))
            alone.append(statistics.median(sandboxes.seconds_of(sandboxes.ours, 1) for _ in range(SINGLE_SANDBOXES)))
            words = '{"command":["true","NUMBER"]}'
            claimed.append(seconds_of_calls(node, f"claimed{run}", "proc_exec", words, "[exit status 0]"))
        sandboxes.close()
    whole = [call - other for call, other in zip(claimed, denied, strict=True)]
    report("a denied call of an agent, with its model step", denied, "ms", 1e3, None)
    report("a call of `true`, claimed, run and told", whole, "ms", 1e3, None)
    report_ratio("  beside `true` as a tool runs it", whole, alone, None)


def bench_decisions(runs: Iterable[int]) -> None:
    """Decisions alone, in a process of their own."""
    figures: dict[str, list[float]] = {}
    for _ in runs:
        output = subprocess.run([DECISIONS_ALONE], check=True, capture_output=True, text=True).stdout
        for nanoseconds, _, what in (line.partition(" ") for line in output.splitlines()):
            figures.setdefault(what, []).append(float(nanoseconds))
    for what, nanoseconds_of_runs in figures.items():
        report(f"a decision: {what}", nanoseconds_of_runs, "us", 1e-3, 20)


def bench_toolbox(runs: Iterable[int]) -> None:
    """Decisions, searches and a sandbox through a node."""
    decisions, direct, through, tried = [], [], [], []
    with running_node() as node:
        (node.home / "records" / "scout.md").write_text(AGENT)
        for number in range(NOTES):
            (node.home / "records" / f"note{number}.md").write_text(f"# Note {number}\n\nThe valve {number} drips.\n")
        wait_until(lambda: node.is_ready() and node.pid_when_ready("agent:scout"))
        bus = BusConnection(node)
        wait_until(lambda: bus.request("store.passages", question="Which valve drips?").get("passages"))
        toolbox = node.pid_when_ready("toolbox")
        assert toolbox is not None
        for _ in runs:
            before = processor_seconds(toolbox)
            question = {"agent": "scout", "tool": "fs_read", "arguments": '{"path":"/srv/app/conf/a"}'}
            for _ in range(DECISIONS):
                assert "refusal" not in bus.request("toolbox.try", **question)
            decisions.append((processor_seconds(toolbox) - before) / DECISIONS)
            for operation, figures in (("store.passages", direct), ("toolbox.search_records", through)):
                begun = time.monotonic()
                for _ in range(SEARCHES):
                    assert bus.request(operation, question="Which valve drips?")["passages"]
                figures.append((time.monotonic() - begun) / SEARCHES)
            begun = time.monotonic()
            assert bus.request("toolbox.findings")["findings"] == []
            tried.append(time.monotonic() - begun)
        bus.close()
    report("processor time of a decision, with its requests", decisions, "us", 1e6, None)
    report("a sandbox that the toolbox tries, with requests", tried, "ms", 1e3, None)
    report("a search, through the store", direct, "ms", 1e3, None)
    report_beyond("  through the toolbox beyond that", through, direct, "ms", 1e3, 1)
