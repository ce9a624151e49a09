"""The records: the index's rebuild, searches, saves and a `git checkout`, beside the bare work of SQLite's FTS5."""

import contextlib
import json
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .connection import BusConnection
from .measuring import TOOLS, Node, build_tools, node_in, percentile, report, report_ratio, shared_kib, wait_until
from .notes import Notes

NOTES = 20_000
NOTES_CHANGED = 5_000
NOTES_MANY = 100_000
QUERIES = 200
SEARCHES = 1_000
SAVES = 200
DEADLINE_SECONDS = 600.0


class Bus(BusConnection):
    """A connection that searches."""

    def search(self, query: str) -> list[dict[str, Any]]:
        """What is found."""
        hits: list[dict[str, Any]] = self.request("store.search", query=query)["hits"]
        return hits


@contextlib.contextmanager
def home_with(notes: Notes, count: int) -> Iterator[Path]:
    """A node's directory that holds so many notes and nothing else."""
    with tempfile.TemporaryDirectory(prefix="egghead-bench.") as path:
        home = Path(path)
        notes.write(home / "records", range(count), count=count)
        yield home


def fts(*arguments: object, queries: list[str] | None = None) -> dict[str, float]:
    """What the bare program has measured."""
    command: list[str | Path] = [TOOLS / "fts", *map(str, arguments)]
    result = subprocess.run(command, input="\n".join(queries or []), capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"bench: {result.stderr.strip()}")
    figures: dict[str, float] = json.loads(result.stdout)
    return figures


def bare_rate(home: Path) -> float:
    """Notes per second that the bare program puts into an empty database."""
    with tempfile.TemporaryDirectory(prefix="egghead-bench.") as directory:
        figures = fts("build", Path(directory) / "fts.sqlite", home / "records")
        return figures["notes"] / figures["seconds"]


def seconds_until(node: Node, words: str) -> float:
    """The seconds from the node's start until its log holds these words."""
    log = node.home / "log"
    wait_until(lambda: words in log.read_text(), DEADLINE_SECONDS, 0.002)
    return time.monotonic() - node.started


@contextlib.contextmanager
def rebuilt(home: Path, seconds: list[float]) -> Iterator[Node]:
    """A node that has filled an empty database, and appends for how many seconds it has run by then."""
    for file in (home / "state").glob("index.sqlite*"):
        file.unlink()
    with node_in(home) as node:
        seconds.append(seconds_until(node, "index.rebuilt"))
        yield node


def bench_rebuild(home: Path, count: int, runs: range) -> None:
    """The node's start with an empty database, and the bare program."""
    own: list[float] = []
    bare: list[float] = []
    for _ in runs:
        bare.append(bare_rate(home))
        with rebuilt(home, own):
            pass
    rates = [count / seconds for seconds in own]
    report(f"{count:,} notes, rebuild, notes a second", rates, "", 1, None)
    report("  bare FTS5", bare, "", 1, None)
    report_ratio("  beside bare FTS5", rates, bare, None, 0.6)


def bench_search(node: Node, bus: Bus, queries: list[str], runs: range) -> None:
    """Searches one after the other, through the bus and in the same database without a node."""
    own: list[dict[str, float]] = []
    bare: list[dict[str, float]] = []
    for query in queries:
        bus.search(query)
    for _ in runs:
        times = [time_of_search(bus, queries[i % len(queries)]) for i in range(SEARCHES)]
        own.append({"p50_us": percentile(times, 0.5) * 1e6, "p99_us": percentile(times, 0.99) * 1e6})
        bare.append(fts("query", node.home / "state" / "index.sqlite", SEARCHES, queries=queries))
    for place, limit in (("p50", 1.5), ("p99", 2)):
        figures, beside = ([run[f"{place}_us"] for run in seen] for seen in (own, bare))
        report(f"search through the bus, {place}", figures, "us", 1, None)
        report("  bare query", beside, "us", 1, None)
        report_ratio("  beside the bare query", figures, beside, limit)


def time_of_search(bus: Bus, query: str) -> float:
    """The seconds of one search."""
    started = time.monotonic()
    bus.search(query)
    return time.monotonic() - started


def save_to_found(node: Node, bus: Bus, notes: Notes, number: int) -> float:
    """The seconds from saving a note, as an editor does that writes by rename, until a new word of it is found."""
    path, word = node.home / "records" / f"{notes.id(number)}.md", f"saved{number:06}x"
    text = path.read_text() + f"\n{word}\n"
    started = time.monotonic()
    copy = path.with_suffix(".md~")
    copy.write_text(text)
    copy.rename(path)
    wait_until(lambda: bus.search(word), pause=0.001)
    return time.monotonic() - started


def git(home: Path, *arguments: str) -> None:
    """A command of git in the records directory."""
    identity = ["-c", "user.name=bench", "-c", "user.email=bench@localhost", "-c", "gc.auto=0", "-c", "core.hooksPath="]
    command: list[str | Path] = ["git", "-C", home / "records", *identity, *arguments]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def make_branches(home: Path, notes: Notes, branches: list[str]) -> None:
    """Two branches in which every fourth note has other words, and the branch's name for a tag."""
    git(home, "init", "--initial-branch", "main")
    for branch in branches:
        git(home, "checkout", "-B", branch)
        notes.write(home / "records", range(0, NOTES, NOTES // NOTES_CHANGED), branch, NOTES)
        git(home, "add", "--all")
        git(home, "commit", "--message", branch)


def checkout_to_indexed(home: Path, branch: str) -> float:
    """The seconds of `git checkout` until the index holds every note that it has changed.

    The index is looked at from outside, for a search through the bus finds a hundred at most; a text whose record is
    gone waits there to be taken out, and is found by nobody.
    """
    with contextlib.closing(sqlite3.connect(f"file:{home}/state/index.sqlite?mode=ro", uri=True)) as database:
        counting = (
            "SELECT count(*) FROM records_text JOIN records ON records.rowid = records_text.rowid "
            "WHERE records_text MATCH ?"
        )
        started = time.monotonic()
        git(home, "checkout", branch)
        wait_until(lambda: database.execute(counting, (f"tags:{branch}",)).fetchone()[0] == NOTES_CHANGED, 120, 0.01)
        return time.monotonic() - started


def bench_checkout(home: Path, notes: Notes, runs: range) -> None:
    """A checkout of many notes, and a rebuild of as many."""
    branches = ["alpha", "beta"]
    make_branches(home, notes, branches)
    own: list[float] = []
    beside: list[float] = []
    with home_with(notes, NOTES_CHANGED) as small, rebuilt(home, []):
        for run in runs:
            own.append(checkout_to_indexed(home, branches[run % 2]))
            with rebuilt(small, beside):
                pass
    report(f"git checkout of {NOTES_CHANGED:,} notes to all indexed", own, "ms", 1e3, None)
    report(f"  rebuild of {NOTES_CHANGED:,} notes", beside, "ms", 1e3, None)
    report_ratio("  beside the rebuild", own, beside, 1.5)


def bench_records(runs: range) -> None:
    """Rebuild, search, save and checkout in a directory of 20,000 notes."""
    build_tools()
    notes = Notes()
    with home_with(notes, NOTES) as home:
        bench_rebuild(home, NOTES, runs)
        with rebuilt(home, []) as node:
            bus = Bus(node)
            bench_search(node, bus, notes.queries(QUERIES), runs)
            saves = [save_to_found(node, bus, notes, number) for number in range(SAVES)]
            report("save to its new text found, p50", [statistics.median(saves)], "ms", 1e3, 20)
            report("save to its new text found, p99", [percentile(saves, 0.99)], "ms", 1e3, 100)
        bench_checkout(home, notes, runs)


def start_unchanged(home: Path, notes: Notes, number: int) -> tuple[float, float, float]:
    """A start with but one note that has changed meanwhile: the seconds until the store is ready, until the change is
    found, and so the index complete, and the memory then."""
    word = f"meanwhile{number:06}x"
    with (home / "records" / f"{notes.id(number)}.md").open("a") as file:
        file.write(f"\n{word}\n")
    with node_in(home) as node:
        ready = seconds_until(node, "child.ready child=store")
        bus = Bus(node)
        wait_until(lambda: bus.search(word), DEADLINE_SECONDS, 0.002)
        return ready, time.monotonic() - node.started, memory_kib_of_records(node)


def memory_kib_of_records(node: Node) -> float:
    """The memory of the store and the index together."""
    pids = [node.pid_when_ready(name) for name in ("store", "index")]
    return sum(shared_kib(pid) for pid in pids if pid is not None)


def bench_many_records(runs: range) -> None:
    """Rebuild, start and memory in a directory of 100,000 notes; three runs at most, for each takes minutes."""
    build_tools()
    notes, few = Notes(), runs[:3]
    with home_with(notes, NOTES_MANY) as home:
        bench_rebuild(home, NOTES_MANY, few)
        with rebuilt(home, []) as node:
            memory = memory_kib_of_records(node)
            bench_search(node, Bus(node), notes.queries(QUERIES), few)
        starts = [start_unchanged(home, notes, run) for run in few]
        ready, found, memory_then = (list(figures) for figures in zip(*starts, strict=True))
        report(f"{NOTES_MANY:,} unchanged notes, start to store ready", ready, "ms", 1e3, 2_000)
        report("  to what changed meanwhile found", found, "ms", 1e3, 2_000)
        report("  memory of store and index", memory_then, "MB", 1.024e-3, 150)
        report("  memory of store and index after a rebuild", [memory], "MB", 1.024e-3, 150)
