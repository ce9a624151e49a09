"""Rooms: what posting costs beside the disk's own fdatasync, and how long joining a long room takes."""

import json
import os
import time
from collections.abc import Callable
from typing import Any

from .connection import BusConnection
from .measuring import Node, percentile, report, report_beyond, running_node, wait_until

ROOMS = 50
ROUNDS = 400
LONG_ROOM_MESSAGES = 10_000
PAGE_EVENTS = 500


class Disk:
    """A file beside the rooms' journal, and what it costs to have bytes of it on the disk."""

    def __init__(self, node: Node) -> None:
        directory = node.home / "state" / "rooms"
        self.journal = directory / "journal"
        self.file = os.open(directory / "bench", os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def write(self, count: int) -> float:
        """The seconds that appending so many bytes takes, with the fdatasync that has them on the disk."""
        data = b"x" * count
        started = time.monotonic()
        os.write(self.file, data)
        os.fdatasync(self.file)
        return time.monotonic() - started

    def journal_bytes(self) -> int:
        """How long the segment of the journal is that is written to; 0 between the end of one and the next."""
        return self.journal.stat().st_size if self.journal.exists() else 0

    def bytes_of(self, post: Callable[[], Any]) -> int:
        """How many bytes a post adds to the journal."""
        before = self.journal_bytes()
        post()
        added = self.journal_bytes() - before
        return added if added > 0 else self.bytes_of(post)  # a segment was sealed meanwhile


class Writer:
    """Somebody who says things that no agent answers: each is for the one who says it."""

    def __init__(self, node: Node) -> None:
        self.bus = BusConnection(node)
        self.person = self.bus.name.partition(":")[2]
        self.posts = 0

    def post(self, rooms: list[str]) -> list[float]:
        """Posts to all of these at once: the seconds until each is acknowledged."""
        posts = b"".join(self.frame(room) for room in rooms)
        started = time.monotonic()
        self.bus.connection.sendall(posts)
        answers, seconds = [], []
        for _ in rooms:
            answers.append(self.bus.receive())
            seconds.append(time.monotonic() - started)
        for answer in answers:
            assert json.loads(answer).get("turns") == [], f"a post was refused, or an agent has a turn: {answer!r}"
        return seconds

    def frame(self, room: str) -> bytes:
        """A message of some hundred bytes."""
        self.posts += 1
        text = (
            f"@{self.person} number {self.posts}: the rollback of the second service is done, and nobody has noticed."
        )
        return self.bus.frame("coordinator.post", request=f"bench-{self.posts}", room=room, text=text)


def post_beside_disk(writer: Writer, disk: Disk, rooms: list[str]) -> tuple[float, float]:
    """Posts many times to all rooms at once: the 99th percentiles of the seconds to the acknowledgement, and of an
    fdatasync of as many bytes just before."""
    posts: list[float] = []
    bare: list[float] = []
    count = disk.bytes_of(lambda: writer.post(rooms))
    for _ in range(ROUNDS):
        bare.append(disk.write(count))
        posts += writer.post(rooms)
    return percentile(posts, 0.99), percentile(bare, 0.99)


def join(bus: BusConnection, room: str) -> float:
    """The seconds until all messages of a room are here, page after page, as those who join ask for them."""
    held: list[dict[str, Any]] = []
    started = time.monotonic()
    while len(held) < LONG_ROOM_MESSAGES:
        last = held[-1]["number"] if held else 0
        held += bus.request("coordinator.history", room=room, after=last, limit=PAGE_EVENTS)["events"]
    seconds = time.monotonic() - started
    assert [event["number"] for event in held] == list(range(1, LONG_ROOM_MESSAGES + 1))
    return seconds


def bench_rooms(runs: range) -> None:
    """Fifty rooms at once, and a long one."""
    with running_node() as node:
        wait_until(node.is_ready)
        writer, disk = Writer(node), Disk(node)
        figures = [post_beside_disk(writer, disk, [f"room{i}" for i in range(ROOMS)]) for _ in runs]
        posts, bare = ([run[place] for run in figures] for place in (0, 1))
        report(f"{ROOMS} rooms at once, post acknowledged, p99", posts, "ms", 1e3, None)
        report("  fdatasync of as many bytes, p99", bare, "ms", 1e3, None)
        report_beyond("  beyond the fdatasync", posts, bare, "ms", 1e3, 5)
        for _ in range(LONG_ROOM_MESSAGES // ROOMS):
            writer.post(["long"] * ROOMS)
        joined = [join(writer.bus, "long") for _ in runs]
        report(f"joining a room of {LONG_ROOM_MESSAGES:,} messages", joined, "ms", 1e3, 200)
