"""Random kills of a node under load, and the look at it afterwards."""

import asyncio
import contextlib
import os
import random
import signal
import time
from collections import Counter
from pathlib import Path

from .checking import Check
from .ledger import Facts, Ledger
from .load import Load
from .node import START_SECONDS, Node, child_processes, open_descriptors

KILLS_PER_SECOND = 2.0
# A restart of everything takes longer than one of a part, so eggheadd dies less often than its processes.
WEIGHTS = {
    "broker": 3, "index": 3, "store": 3, "llm": 2, "toolbox": 3, "coordinator": 3,
    "agent:scout": 3, "agent:index": 1, "eggheadd": 1,
}  # fmt: skip
FINISH_SECONDS = 60.0
# Connections that are kept for the next call: an agent that was killed leaves one, and its successor makes another.
DESCRIPTORS_KEPT = {"llm": 4}


class Chaos:
    """One run."""

    def __init__(self, scratch: Path, seed: int) -> None:
        self.scratch = scratch
        self.node = Node(scratch)
        self.generator = random.Random(seed)
        self.faults: list[str] = []
        self.kills: Counter[str] = Counter()
        self.boots_broken = 0
        self.spares_boot = False
        self.counts: Counter[str] = Counter()
        self.descriptors: dict[str, int] = {}

    def summary(self) -> str:
        """What was done and compared."""
        kills = ", ".join(f"{name} {count}" for name, count in sorted(self.kills.items()))
        counts = ", ".join(f"{self.counts[what]} {what}" for what in ("messages", "notes", "turns", "events"))
        return f"{self.kills.total()} kills ({kills}; {self.boots_broken} broke a boot), {counts}"

    async def run(self, seconds: float) -> list[str]:
        """Starts a node, kills for so long, compares, and stops it; returns the faults."""
        await self.node.prepare()
        self.node.start()
        try:
            if await self.is_ready():
                await self.kill_under_load(seconds)
        finally:
            self.faults += await self.node.stop()
        return self.faults

    async def kill_under_load(self, seconds: float) -> None:
        """Everything between a start and an orderly stop."""
        self.descriptors = await self.held_descriptors()
        load = Load(self.node.home, Ledger(self.scratch / "ledger.1"), "1")
        loading = asyncio.create_task(load.run(Facts(self.scratch)))
        await self.kill_at_random(seconds, loading)
        load.stop()
        if not await self.is_ready():
            return
        await self.finish(loading)
        check = Check(self.node.home, Facts(self.scratch))
        self.faults += await check.run()
        self.counts = check.counts
        for what in ("messages", "notes", "turns"):
            if not self.counts[what]:
                self.faults.append(f"no {what} were compared")
        await self.look_for_leftovers()

    async def is_ready(self) -> bool:
        """Waits until the node is up; it is a fault when it does not come up."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            self.revive()
            if await self.node.is_ready():
                return True
            await asyncio.sleep(0.05)
        states = {name: child["state"] for name, child in (await self.node.children()).items()}
        self.faults.append(f"the node is not ready after {START_SECONDS:g} s: {states}")
        return False

    async def finish(self, loading: asyncio.Task[None]) -> None:
        """Waits until the clients have every answer."""
        try:
            await asyncio.wait_for(loading, FINISH_SECONDS)
        except TimeoutError:
            self.faults.append(f"a client has waited {FINISH_SECONDS:g} s for an answer after the last kill")
        except Exception as error:
            self.faults.append(f"a client was refused: {error!r}")

    # Killing.

    async def kill_at_random(self, seconds: float, loading: asyncio.Task[None]) -> None:
        """Kills until the time is over, or a client has found a fault. A node that is late is not killed more often."""
        now = due = time.monotonic()
        deadline = now + seconds
        while now < deadline and not loading.done():
            await asyncio.sleep(max(0, due - now))
            await self.kill_one()
            now = time.monotonic()
            due = max(due, now - 1 / KILLS_PER_SECOND) + self.generator.expovariate(KILLS_PER_SECOND)

    async def kill_one(self) -> None:
        """Kills a process that is up, or eggheadd. Waits while eggheadd does not answer, or boots for the second time."""
        while not (children := await self.node.children()) or (self.spares_boot and not self.node.has_booted()):
            self.revive()
            await asyncio.sleep(0.02)
        self.spares_boot = False
        pids = {name: child["pid"] for name, child in children.items() if child.get("pid") and name in WEIGHTS}
        names = [name for name in WEIGHTS if name in pids or name == "eggheadd"]
        name = self.generator.choices(names, [WEIGHTS[name] for name in names])[0]
        if name == "eggheadd":
            self.faults += await self.node.kill_daemon()
            self.node.start()
        else:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pids[name], signal.SIGKILL)
        self.kills[name.partition(":")[0]] += 1

    def revive(self) -> None:
        """Starts eggheadd again when it has ended, as systemd would.

        It may end only because a process was killed while the tree was booting, as with OTP.
        """
        daemon = self.node.daemon
        assert daemon is not None
        if daemon.poll() is None:
            return
        if self.node.has_booted() or daemon.returncode != 1:
            self.faults.append(f"eggheadd has ended by itself with status {daemon.returncode}")
        self.boots_broken += 1
        self.spares_boot = True
        self.node.start()

    # What is left.

    async def look_for_leftovers(self) -> None:
        """Processes that are not in the tree, zombies, and descriptors that a node at rest did not have before."""
        await asyncio.sleep(1)  # those that are leaving are no leftovers
        assert self.node.daemon is not None
        wanted = {child.get("pid") for child in (await self.node.children()).values()}
        for child in child_processes(self.node.daemon.pid):
            if child.is_zombie():
                self.faults.append(f"process {child.pid} is a zombie")
            elif child.pid not in wanted:
                self.faults.append(f"process {child.pid} is no child of the tree")
        for name, count in (await self.held_descriptors()).items():
            if count > self.descriptors.get(name, count) + DESCRIPTORS_KEPT.get(name, 0):
                self.faults.append(f"{name} holds {count} descriptors, {self.descriptors[name]} when it was new")

    async def held_descriptors(self) -> dict[str, int]:
        """How many descriptors each process holds that may be looked at."""
        assert self.node.daemon is not None
        children = await self.node.children()
        pids = {name: child["pid"] for name, child in children.items() if child.get("pid")}
        held = {name: open_descriptors(pid) for name, pid in {**pids, "eggheadd": self.node.daemon.pid}.items()}
        return {name: count for name, count in held.items() if count is not None}
