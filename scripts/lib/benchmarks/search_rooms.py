"""Searching rooms: how long a backlog of a million events is read, whom that holds up, and what a search then costs."""

import json
import random
import time
from collections.abc import Callable

from .connection import BusConnection
from .measuring import build_tools, home_with_provider, percentile, report, resident_kib, wait_until
from .rooms_size import MB_PER_KIB, ROOMS, answer, node_of_long_rooms, post, write_journal

EVENTS = 1_000_000
SEARCHES = 400
LONG_SEARCHES = 100
NEVER_MET = "number spring"
POSTS = 400
SAMPLE = 10
POST_PAUSE_SECONDS = 0.05


def unread(bus: BusConnection) -> int:
    """The number of events that the index has still to read; all of them before it knows the rooms."""
    bus.connection.sendall(bus.frame("store.search_rooms", query="nothing"))
    return int(answer(bus).get("unread", EVENTS))


def seconds_of(action: Callable[[int], object], count: int, pause: float = 0.0) -> list[float]:
    """The seconds that an action, which is told its number, takes each time."""
    figures = []
    for number in range(count):
        started = time.monotonic()
        action(number)
        figures.append(time.monotonic() - started)
        time.sleep(pause)
    return figures


def search_seconds(bus: BusConnection, query: str) -> float:
    """The seconds until it is known what was said."""
    return seconds_of(lambda _: bus.request("store.search_rooms", query=query), 1)[0]


def seconds_behind(bus: BusConnection, query: str) -> float:
    """The seconds of a search for notes that is asked behind one in rooms; both are over when this returns."""
    bus.connection.sendall(bus.frame("store.search_rooms", query=query) + bus.frame("store.search", query="nothing"))
    started, seconds = time.monotonic(), 0.0
    for _ in range(2):
        if "unread" not in json.loads(bus.receive()):
            seconds = time.monotonic() - started
    return seconds


def report_percentiles(what: str, figures: list[float], limit: float | None) -> None:
    """Two lines: half of the figures are below the one, all but one in a hundred below the other."""
    report(f"  {what}, p50", [percentile(figures, 0.5)], "ms", 1e3, None)
    report(f"  {what}, p99", [percentile(figures, 0.99)], "ms", 1e3, limit)


def bench_search_rooms(_runs: range, events: int = EVENTS) -> None:
    """Rooms that no index has read before."""
    build_tools()
    with home_with_provider() as home:
        write_journal(home, events)
        with node_of_long_rooms(home):
            pass  # the journal is taken over
        for file in (home / "state").glob("rooms.sqlite*"):
            file.unlink()
        with node_of_long_rooms(home) as node:
            bus, started = BusConnection(node), time.monotonic()
            wait_until(lambda: post(bus, -1))
            posts: list[float] = []
            notes: list[float] = []
            while unread(bus) > 0:
                posts += seconds_of(lambda number: post(bus, len(posts) + number), SAMPLE, POST_PAUSE_SECONDS)
                notes += seconds_of(lambda _: bus.request("store.search", query="nothing"), SAMPLE, POST_PAUSE_SECONDS)
            report(f"{events:,} events, read into an empty index", [time.monotonic() - started], "s", 1, None)
            report_percentiles("a post meanwhile", posts, None)
            report_percentiles("a search for notes meanwhile", notes, 50)
            posts = seconds_of(lambda number: post(bus, -2 - number), POSTS, POST_PAUSE_SECONDS)
            report_percentiles("a post afterwards", posts, None)
            dice = random.Random(1)
            queries: list[tuple[str, int, Callable[[], str], float | None]] = [
                ("a rare word", SEARCHES, lambda: f"number {dice.randrange(1, events // ROOMS // 2)}", 25),
                ("common words", SEARCHES, lambda: "rollback service", 50),
                ("words that never meet", LONG_SEARCHES, lambda: NEVER_MET, None),
            ]
            for kind, count, query, limit in queries:
                searches = [search_seconds(bus, query()) for _ in range(count)]
                report_percentiles(f"a search for {kind}", searches, limit)
            behind = [seconds_behind(bus, NEVER_MET) for _ in range(LONG_SEARCHES)]
            report_percentiles("a search for notes behind it", behind, 50)
            pid = node.pid_when_ready("index")
            assert pid is not None
            report("  the index's memory", [resident_kib(pid)], "MB", MB_PER_KIB, None)
            size = sum(file.stat().st_size for file in (home / "state").glob("rooms.sqlite*"))
            report("  rooms.sqlite", [size], "MB", 1e-6, None)
