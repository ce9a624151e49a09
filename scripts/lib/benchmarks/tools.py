"""Tools: what a decision and a search cost, and what a sandbox takes beside bubblewrap alone."""

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from .connection import BusConnection
from .measuring import BUILD, processor_seconds, report, report_beyond, report_ratio, running_node, wait_until

DECISIONS = 2_000
SEARCHES = 200
SANDBOXES = 20
HELPER = BUILD / "egghead-helper"
AGENT = (
    "---\nclass: agent\ncapabilities:\n  - fs.read: {in: /srv/app, paths: ['*.log', 'conf/*']}\n"
    "  - proc.exec: {in: /srv/app, cmds: [git, make], patterns: ['systemctl status *']}\n---\nYou are Scout.\n"
)
NOTES = 200
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


def bare_sandbox(root: str) -> "subprocess.Popen[bytes]":
    """`true` in bubblewrap alone."""
    return subprocess.Popen([*walls(root), "/usr/bin/true"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def our_sandbox(root: str) -> "subprocess.Popen[bytes]":
    """`true` by way of the helper, as the toolbox starts it."""
    status = os.stat(root)
    request = {
        "root": {"path": root, "device": status.st_dev, "inode": status.st_ino},
        "limits": {"memoryBytes": 1 << 29, "tasks": 256, "fileBytes": 1 << 30},
        "work": {"program": {"_0": ["true"]}},
    }
    memory, null = os.memfd_create("request"), os.open("/dev/null", os.O_WRONLY)
    os.write(memory, json.dumps(request).encode())

    def place() -> None:
        os.dup2(memory, 3)
        os.dup2(null, 4)

    try:
        return subprocess.Popen(
            [*walls(root), "/.egghead-helper"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            preexec_fn=place, pass_fds=(3, 4),
        )  # fmt: skip
    finally:
        os.close(memory)
        os.close(null)


def seconds_of(start: Callable[[str], "subprocess.Popen[bytes]"], root: str, count: int) -> float:
    """How long so many at once take; each must end well."""
    begun = time.monotonic()
    processes = [start(root) for _ in range(count)]
    statuses = [process.wait() for process in processes]
    assert not any(statuses), statuses
    return time.monotonic() - begun


def bench_tools(runs: Iterable[int]) -> None:
    """Measures and prints."""
    single: tuple[list[float], list[float]] = ([], [])
    many: tuple[list[float], list[float]] = ([], [])
    with tempfile.TemporaryDirectory(prefix="egghead-bench.") as root:
        for _ in runs:
            for count, (bare, ours) in ((1, single), (SANDBOXES, many)):
                bare.append(seconds_of(bare_sandbox, root, count))
                ours.append(seconds_of(our_sandbox, root, count))
    report("`true` in bubblewrap alone", single[0], "ms", 1e3, None)
    report("`true` as a tool runs it", single[1], "ms", 1e3, None)
    report_ratio("  beside bubblewrap alone", single[1], single[0], 1.5)
    report(f"{SANDBOXES} at once in bubblewrap alone", many[0], "ms", 1e3, None)
    report_ratio("  as tools run them", many[1], many[0], 1.5)
    bench_toolbox(runs)


def bench_toolbox(runs: Iterable[int]) -> None:
    """Decisions and searches through a node."""
    decisions, direct, through = [], [], []
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
        bus.close()
    report("processor time of a decision, with its requests", decisions, "us", 1e6, None)
    report("a search, through the store", direct, "ms", 1e3, None)
    report_beyond("  through the toolbox beyond that", through, direct, "ms", 1e3, 1)
