"""Agents: their processes' starts, memory and idleness, and what stands between a message and an answer's words."""

import contextlib
import json
import os
import re
import signal
import socket
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass

from .connection import BusConnection
from .measuring import (
    BUILD,
    Node,
    all_processor_seconds,
    home_with_provider,
    memory_kib,
    node_in,
    percentile,
    processor_seconds,
    report,
    report_beyond,
    shared_kib,
    wait_until,
)
from .rooms import Disk
from .stamping import StampedLines, StampedOpenings, stamped_lines

AGENTS = 100
AGENTS_MANY = 1_000
IDLE_SECONDS = 10
REST_SECONDS = 0.1
MESSAGES = 100
DELTAS = 200
TICKS = os.sysconf("SC_CLK_TCK")
RECORD = (
    "---\nclass: agent\ntitle: Bench {number}\ntags: [topic{number}]\n---\nYou are number {number}. Answer briefly.\n"
)


@dataclass(frozen=True)
class WatchedNode:
    """A node whose events and log lines are stamped as they are written."""

    node: Node
    events: StampedLines
    log: StampedLines


@contextlib.contextmanager
def watched_node() -> Iterator[WatchedNode]:
    """A node that is ready, in a directory of its own, with the fake provider."""
    with (
        home_with_provider() as home,
        stamped_lines(home / "log") as log,
        stamped_lines(home / "events") as events,
        node_in(home, "--events", home / "events") as node,
    ):
        wait_until(node.is_ready)
        yield WatchedNode(node, events, log)


def add_agents(watched: WatchedNode, count: int) -> float:
    """A folder of so many agents is put among the records: the seconds until all are ready.

    That is more than from their declaration, of which nothing outside tells the moment: eggheadd reads the store's line
    about it when it has started them all.
    """
    folder = watched.node.home / "bench"
    folder.mkdir()
    for number in range(count):
        (folder / f"{number}.md").write_text(RECORD.format(number=number))
    moved = time.monotonic()
    folder.rename(watched.node.home / "records" / "agents" / "bench")
    ready = watched.events.wait('"event":"ready"', '"name":"agent:agents/bench/', count=count, pause=0.01)
    return ready[-1][0] - moved


def pids_of_agents(watched: WatchedNode) -> dict[str, int]:
    """The processes of the agents that were put there."""
    children = watched.node.children().items()
    pids = {name: child["pid"] for name, child in children if name.startswith("agent:agents/bench/")}
    return {name: pid for name, pid in pids.items() if isinstance(pid, int)}


def idle_seconds_of(pids: list[int]) -> tuple[float, float]:
    """The processor seconds that processes use together while nothing happens: as ticks have them, and exactly."""
    before = [(all_processor_seconds(pid), processor_seconds(pid)) for pid in pids]
    time.sleep(IDLE_SECONDS)
    after = [(all_processor_seconds(pid), processor_seconds(pid)) for pid in pids]
    pairs = list(zip(before, after, strict=True))
    return sum(end[0] - begin[0] for begin, end in pairs), sum(end[1] - begin[1] for begin, end in pairs)


def kill_agent(watched: WatchedNode, executed: StampedOpenings, name: str, pid: int) -> tuple[float, float]:
    """kill -9 of an agent: the seconds until its successor is ready, and those from the successor's exec on.

    To be done once to each: the second death in a minute is followed by a delay.
    """
    # Deaths without rest between them find everything in the caches; one that matters does not.
    time.sleep(REST_SECONDS)
    since, before = len(watched.events.lines), len(executed.moments)
    killed = time.monotonic()
    os.kill(pid, signal.SIGKILL)
    ready = watched.events.wait('"event":"ready"', f'"name":"{name}"', since=since)[0][0]
    wait_until(lambda: len(executed.moments) > before)
    return ready - killed, ready - executed.moments[before]


@dataclass(frozen=True)
class Crowd:
    """What a run with a hundred agents has shown; seconds and KiB."""

    ready: float
    private_median: float
    private_most: float
    ticks: float
    idle: float
    successor: float
    start: float


def crowd() -> Crowd:
    """A hundred agents are made, are looked at while they are idle, and are killed, one after the other."""
    with watched_node() as watched:
        ready = add_agents(watched, AGENTS)
        pids = pids_of_agents(watched)
        time.sleep(2)
        private = [memory_kib(pid, "Private_") for pid in pids.values()]
        ticks, idle = idle_seconds_of(list(pids.values()))
        with contextlib.closing(StampedOpenings(BUILD / "egghead-agent")) as executed:
            kills = [kill_agent(watched, executed, name, pid) for name, pid in pids.items()]
        successor, start = (statistics.median(kill[place] for kill in kills) for place in (0, 1))
        return Crowd(ready, statistics.median(private), max(private), ticks, idle, successor, start)


def many_agents() -> tuple[float, float]:
    """A thousand agents are made: the seconds until all are ready, and the KiB of all of them together."""
    with watched_node() as watched:
        ready = add_agents(watched, AGENTS_MANY)
        return ready, sum(shared_kib(pid) for pid in pids_of_agents(watched).values())


def messages_to_turns(watched: WatchedNode, bus: BusConnection, disk: Disk, run: int) -> tuple[float, float]:
    """The medians of the seconds from posting a message until the agent accepts its turn, which its log tells, and of
    an fdatasync of as many bytes just before."""
    room = f"asked{run}"
    accepted: list[float] = []
    bare: list[float] = []
    count = 300
    for number in range(MESSAGES):
        bare.append(disk.write(count))
        before, since = disk.journal_bytes(), len(watched.log.lines)
        started = time.monotonic()
        post = bus.request("coordinator.post", request=f"{room}-{number}", room=room, text=f"question {number}")
        turn = f"turn={post['turns'][0]} "
        accepted.append(watched.log.wait("turn.accepted", turn, since=since)[0][0] - started)
        # The post's own commit, the lease, which waits for no disk, and the answer's commit, each about as long.
        watched.log.wait("coordinator:", "turn.ended", turn, since=since)
        count = (disk.journal_bytes() - before) // 2
    return statistics.median(accepted), statistics.median(bare)


def deltas(watched: WatchedNode, run: int) -> list[float]:
    """The seconds that each piece of an answer takes from the provider to a person who watches the room."""
    room = f"watched{run}"
    seconds: list[float] = []
    with contextlib.closing(BusConnection(watched.node)) as bus:
        bus.subscribe(f"room.{room}.delta.>")
        bus.request("coordinator.post", request=room, room=room, text=f"fake:stamped={DELTAS}")
        while len(seconds) < DELTAS:
            message = bus.receive()
            now = time.monotonic_ns()
            seconds += [(now - int(stamp)) / 1e9 for stamp in json.loads(message)["text"].split()]
    return seconds


def first_words(watched: WatchedNode, bus: BusConnection, run: int) -> list[float]:
    """The seconds that the first word of each answer takes from the provider to a person who watches the room."""
    room = f"first{run}"
    seconds: list[float] = []
    with contextlib.closing(BusConnection(watched.node)) as watcher:
        watcher.subscribe(f"room.{room}.delta.>")
        for number in range(MESSAGES):
            since = len(watched.log.lines)
            post = bus.request("coordinator.post", request=f"{room}-{number}", room=room, text="fake:stamped=1")
            message = watcher.receive()
            seconds.append((time.monotonic_ns() - int(json.loads(message)["text"])) / 1e9)
            watched.log.wait("coordinator:", "turn.ended", f"turn={post['turns'][0]} ", since=since)
    return seconds


def bare_deltas(watched: WatchedNode, count: int = DELTAS) -> list[float]:
    """The seconds that each piece takes from the provider to whoever asks it without a node."""
    address = re.search(r"http://([0-9.]+):(\d+)/", (watched.node.home / "config.yml").read_text())
    assert address is not None
    question = {"model": "normal", "messages": [{"role": "user", "content": f"fake:stamped={count}"}]}
    body = json.dumps(question).encode()
    head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: {address[1]}\r\nContent-Length: {len(body)}\r\n\r\n"
    seconds: list[float] = []
    with socket.create_connection((address[1], int(address[2]))) as connection:
        connection.sendall(head.encode() + body)
        while len(seconds) < count and (part := connection.recv(1 << 16)):
            now = time.monotonic_ns()
            seconds += [(now - int(stamp)) / 1e9 for stamp in re.findall(rb'"content":"(\d+) "', part)]
    return seconds


def bench_turns(runs: range) -> None:
    """From a message to its turn, and from the provider's words to who reads them."""
    with watched_node() as watched:
        bus, disk = BusConnection(watched.node), Disk(watched.node)
        turns = [messages_to_turns(watched, bus, disk, run) for run in runs]
        accepted, bare = ([run[place] for run in turns] for place in (0, 1))
        report("message posted to turn accepted, p50", accepted, "us", 1e6, None)
        report("  fdatasync of as many bytes, p50", bare, "us", 1e6, None)
        report_beyond("  beyond the fdatasync", accepted, bare, "us", 1e6, 1_000)
        streams = [(deltas(watched, run), bare_deltas(watched)) for run in runs]
        watching, asking = ([percentile(run[place], 0.5) for run in streams] for place in (0, 1))
        report("a delta from the provider to who watches, p50", watching, "us", 1e6, None)
        report("  to who asks the provider itself, p50", asking, "us", 1e6, None)
        report_beyond("  beyond that", watching, asking, "us", 1e6, 300)
        first = [percentile(first_words(watched, bus, run), 0.5) for run in runs]
        asked = [percentile([bare_deltas(watched, 1)[0] for _ in range(MESSAGES)], 0.5) for _ in runs]
        report("a first word from the provider to who watches, p50", first, "us", 1e6, 1_000)
        report("  to who asks the provider itself, p50", asked, "us", 1e6, None)
        slowest = [percentile(run, 0.99) for run, _ in streams]
        report("a delta from the provider to who watches, p99", slowest, "us", 1e6, None)


def bench_agents(runs: range) -> None:
    """A hundred agents, a thousand, and one that is asked."""
    crowds = [crowd() for _ in runs]
    report("agent, exec to ready, p50", [run.start for run in crowds], "ms", 1e3, 4)
    report("kill -9 of an agent to its successor ready, p50", [run.successor for run in crowds], "ms", 1e3, 8)
    report(f"{AGENTS} agents, records put there to all ready", [run.ready for run in crowds], "ms", 1e3, 400)
    report(f"{AGENTS} idle agents: private memory, median", [run.private_median for run in crowds], "KiB", 1, 400)
    report(f"{AGENTS} idle agents: private memory, most", [run.private_most for run in crowds], "KiB", 1, 400)
    report(f"{AGENTS} idle agents: ticks in {IDLE_SECONDS} s", [run.ticks for run in crowds], "", TICKS, 0)
    report("  processor time, not rounded to ticks", [run.idle for run in crowds], "us", 1e6, None)
    many = [many_agents() for _ in runs]
    report(f"{AGENTS_MANY:,} agents, records put there to all ready", [ready for ready, _ in many], "ms", 1e3, 5_000)
    report(f"{AGENTS_MANY:,} agents: memory of all", [memory for _, memory in many], "MB", 1.024e-3, 600)
    bench_turns(runs)
