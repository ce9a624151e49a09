"""Rooms of any size: what a start, memory and reading cost when a million events were said before, or ten million."""

import contextlib
import json
import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .connection import BusConnection
from .measuring import (
    BUILD,
    TOOLS,
    Node,
    build_tools,
    home_with_provider,
    node_in,
    percentile,
    report,
    resident_kib,
    wait_until,
)

ROOMS = 10
PAGE_EVENTS = 100
PAGES = 400
# eggheadd gives up after five ends of `layer` in a minute.
KILL_PAUSE_SECONDS = 13.0
TAKE_OVER_SECONDS = 1_800.0
MB_PER_KIB = 1_024 / 1e6


def write_journal(home: Path, events: int) -> None:
    """A home as a version without segments has left it."""
    directory = home / "state" / "rooms"
    directory.mkdir(parents=True)
    with (directory / "journal").open("wb") as journal:
        subprocess.run([TOOLS / "journal", str(events), str(ROOMS)], stdout=journal, check=True)
        os.fsync(journal)


@contextlib.contextmanager
def node_of_long_rooms(home: Path) -> Iterator[Node]:
    """A node in a home; one whose start took longer than eggheadd waits is started again, and goes on from there."""
    started = time.monotonic()
    while True:
        with node_in(home) as node:
            while node.process.poll() is None and time.monotonic() - started < TAKE_OVER_SECONDS:
                with contextlib.suppress(OSError, json.JSONDecodeError):
                    if node.is_ready():
                        yield node
                        return
                time.sleep(0.1)


def answer(bus: BusConnection) -> dict[str, Any]:
    """What has come back from a service; nothing if it refuses, or if nobody is there."""
    while (line := bus.stream.readline()).startswith(b"PING"):
        bus.connection.sendall(b"PONG\r\n")
    fields = line.split()
    payload = bus.stream.read(int(fields[-1]) + 2)
    reply: dict[str, Any] = json.loads(payload) if fields[0] == b"MSG" else {}
    return reply


def post(bus: BusConnection, number: int) -> bool:
    """Whether a message is acknowledged; not while nobody is there to take it."""
    person = bus.name.partition(":")[2]
    text = f"@{person} after the end"
    bus.connection.sendall(bus.frame("coordinator.post", request=f"after-{number}", room="room0", text=text))
    return "number" in answer(bus)


def killed_until_posted(node: Node, bus: BusConnection, run: int) -> float:
    """The seconds from the coordinator's end to the first message that its successor acknowledges."""
    pid = node.pid_when_ready("coordinator")
    assert pid is not None
    started = time.monotonic()
    os.kill(pid, signal.SIGKILL)
    # What the broker has sent to the one that died is answered by nobody.
    wait_until(lambda: node.pid_when_ready("coordinator") not in (None, pid))
    while not post(bus, run):
        time.sleep(0.002)
    seconds = time.monotonic() - started
    wait_until(node.is_ready)
    time.sleep(KILL_PAUSE_SECONDS)
    return seconds


def page_seconds(bus: BusConnection, events_per_room: int, dice: random.Random) -> float:
    """The seconds until a page from anywhere is here."""
    after = dice.randrange(events_per_room - PAGE_EVENTS)
    started = time.monotonic()
    page = bus.request("coordinator.history", room=f"room{dice.randrange(ROOMS)}", after=after, limit=PAGE_EVENTS)
    seconds = time.monotonic() - started
    assert [event["number"] for event in page["events"]] == list(range(after + 1, after + PAGE_EVENTS + 1))
    return seconds


def watch_seconds(home: Path) -> float:
    """The seconds in which a person has read all that was said in a room."""
    started = time.monotonic()
    subprocess.run(
        [BUILD / "egghead", "watch", "room1", "--history", "--home", home], check=True, stdout=subprocess.DEVNULL
    )
    return time.monotonic() - started


def bench_size(runs: range, events: int, start_limit: float, memory_limit: float) -> None:
    """Rooms in which so much was said."""
    build_tools()
    with home_with_provider() as home:
        write_journal(home, events)
        journal_mb = (home / "state" / "rooms" / "journal").stat().st_size / 1e6
        started = time.monotonic()
        with node_of_long_rooms(home) as node:
            report(f"{events:,} events, {journal_mb:,.0f} MB, taken over", [time.monotonic() - started], "s", 1, None)
            bus = BusConnection(node)
            wait_until(lambda: post(bus, -1))
            starts = [killed_until_posted(node, bus, run) for run in runs]
            report("  kill -9 to the first acknowledged post", starts, "s", 1, start_limit)
            pid = node.pid_when_ready("coordinator")
            assert pid is not None
            report("  the coordinator's memory after it", [resident_kib(pid)], "MB", MB_PER_KIB, memory_limit)
            dice = random.Random(1)
            pages = [page_seconds(bus, events // ROOMS, dice) for _ in range(PAGES)]
            report(f"  {PAGE_EVENTS} events from anywhere, p50", [percentile(pages, 0.5)], "ms", 1e3, 5)
            report(f"  {PAGE_EVENTS} events from anywhere, p99", [percentile(pages, 0.99)], "ms", 1e3, None)
            if events // ROOMS <= 100_000:
                watched = [watch_seconds(home) for _ in runs]
                report(f"  watch --history of {events // ROOMS:,}", watched, "s", 1, 0.8)
            report("  the coordinator's memory after reading", [resident_kib(pid)], "MB", MB_PER_KIB, memory_limit)


def bench_rooms_size(runs: range) -> None:
    """A million events."""
    bench_size(runs, 1_000_000, 0.25, 24)


def bench_rooms_size_large(runs: range) -> None:
    """Ten million events; the first start takes minutes."""
    bench_size(runs, 10_000_000, 0.5, 32)
