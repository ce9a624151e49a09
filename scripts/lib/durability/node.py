"""A node with a small provider, whose processes may be killed as often as one likes; and a look at what it holds."""

import asyncio
import contextlib
import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .provider import serve_provider

REPOSITORY = Path(__file__).resolve().parents[3]
PROGRAMS = Path(os.environ.get("EGGHEAD_PROGRAMS", REPOSITORY / ".build" / "release"))
START_SECONDS = 60.0
LEAVE_SECONDS = 20.0
AGENT_RECORD = "---\nclass: agent\n---\nYou are Scout.\n"


class ProcessID:
    """A process that is not mistaken for a later one of the same number."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.started = self._status()[1]

    def is_there(self) -> bool:
        """Whether it runs, or is a zombie."""
        return self._status()[1] == self.started is not None

    def is_zombie(self) -> bool:
        """Whether it has ended and nobody has reaped it."""
        return self.is_there() and self._status()[0] == "Z"

    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self.is_there() and self._status()[0] != "Z"

    def _status(self) -> tuple[str, str | None]:
        try:
            fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return ("", None)
        return (fields[0], fields[19])


class Node:
    """A home, and the eggheadd that runs there now."""

    def __init__(self, scratch: Path) -> None:
        self.scratch, self.home = scratch, scratch / "home"
        self.starts = 0
        self.daemon: subprocess.Popen[bytes] | None = None
        self.provider: asyncio.Server | None = None

    async def prepare(self) -> None:
        """Writes the home, and serves the provider."""
        socket = self.scratch / "provider.sock"
        (self.home / "records").mkdir(parents=True)
        (self.home / "records" / "scout.md").write_text(AGENT_RECORD)
        (self.home / "config.yml").write_text(
            f"providers:\n  fake: {{url: 'http://localhost/v1', socket: {socket}, model: few}}\n"
        )
        (self.scratch / "tree.yml").write_text(patient_tree())
        self.provider = await serve_provider(socket)

    def start(self) -> None:
        """Starts eggheadd, with a file of its own for events."""
        self.starts += 1
        command = [PROGRAMS / "eggheadd", "--home", self.home, "--tree", self.scratch / "tree.yml"]
        with (self.scratch / "log").open("ab") as log:
            self.daemon = subprocess.Popen(
                [*command, "--events", self.events], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    @property
    def events(self) -> Path:
        """The lifecycle events of the eggheadd that was started last."""
        return self.scratch / f"events.{self.starts}"

    def has_booted(self) -> bool:
        """Whether the whole tree of that eggheadd has once been ready."""
        lines = self.events.read_text().splitlines() if self.events.exists() else []
        return any(event["event"] == "ready" and event["name"] == "eggheadd" for event in map(json.loads, lines))

    async def children(self) -> dict[str, dict[str, Any]]:
        """The tree by name; empty while eggheadd does not answer."""
        try:
            async with asyncio.timeout(5):
                path = str(self.home / "run" / "control.sock")
                reader, writer = await asyncio.open_unix_connection(path, limit=1 << 24)
                writer.write(b'{"operation":"list"}\n')
                answer = await reader.readline()
                writer.close()
            return {child["name"]: child for child in json.loads(answer)["children"]}
        except (OSError, TimeoutError, ValueError):
            return {}

    async def is_ready(self) -> bool:
        """Whether every process is up, the agent among them."""
        children = await self.children()
        return "agent:scout" in children and all(child["state"] == "ready" for child in children.values())

    async def kill_daemon(self) -> list[str]:
        """Kills eggheadd; tells which of its processes have stayed."""
        assert self.daemon is not None
        children = child_processes(self.daemon.pid)
        self.daemon.kill()
        self.daemon.wait()
        # The ended ones are now init's to reap.
        await wait_until(lambda: not any(child.is_running() for child in children), LEAVE_SECONDS)
        return [f"process {child.pid} has outlived eggheadd" for child in children if child.is_running()]

    async def stop(self) -> list[str]:
        """Stops eggheadd in order; tells what is wrong with that."""
        assert self.daemon is not None and self.provider is not None
        daemon, children = self.daemon, child_processes(self.daemon.pid)
        daemon.send_signal(signal.SIGTERM)
        await wait_until(lambda: daemon.poll() is not None, LEAVE_SECONDS)
        self.provider.close()
        if daemon.poll() is None:
            daemon.kill()
            daemon.wait()
            return [f"eggheadd has not stopped within {LEAVE_SECONDS:g} s"]
        left = [f"process {child.pid} is left after an orderly stop" for child in children if child.is_there()]
        return left + ([f"eggheadd has ended with status {daemon.returncode}"] if daemon.returncode else [])


def patient_tree() -> str:
    """The built-in tree, whose supervisors never give up and whose processes are restarted at once."""
    tree = subprocess.run([PROGRAMS / "eggheadd", "--print-tree"], check=True, capture_output=True, text=True).stdout
    tree = re.sub(r"intensity: \d+", "intensity: 1000000", tree)
    return re.sub(r"backoff: \{.*\}", "backoff: {from: 50ms, to: 100ms}", tree)


def child_processes(pid: int) -> list[ProcessID]:
    """The processes that a process has started, the ended ones among them that it has not reaped."""
    numbers: list[int] = []
    with contextlib.suppress(OSError):
        for path in Path(f"/proc/{pid}/task").glob("*/children"):
            numbers += [int(number) for number in path.read_text().split()]
    return [ProcessID(number) for number in numbers]


def open_descriptors(pid: int) -> int | None:
    """How many descriptors a process has; None for one that may not be looked at."""
    try:
        return len(os.listdir(f"/proc/{pid}/fd"))
    except OSError:
        return None


async def wait_until(condition: Callable[[], object], seconds: float) -> bool:
    """Waits for something; whether it has come."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.02)
    return True
