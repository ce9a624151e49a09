"""The bus: the broker beside a bare relay that matches no subjects, nats-server and Redis."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from .measuring import (
    TOOLS,
    all_processor_seconds,
    build_tools,
    private_kib,
    report,
    report_ratio,
    resident_kib,
    running_node,
    wait_until,
)

BROKER, RELAY, NATS, REDIS = "egghead-broker", "a bare relay", "nats-server", "redis-server"
SECONDS = 1
REQUESTS = 10_000
MESSAGES_A_SECOND = 5_000
LATENCY_SECONDS = 2
IDLE_CONNECTIONS = 1_000


@dataclass(frozen=True)
class Server:
    """Something that carries messages, and how to reach it."""

    protocol: str
    address: str
    pid: int


@dataclass(frozen=True)
class Load:
    """So many subscribers to payloads of a size, and what the broker promises for it, as ratios."""

    subscribers: int
    payload_bytes: int
    least_beside_servers: float
    least_beside_servers_per_cpu: float | None
    least_beside_relay: float

    def __str__(self) -> str:
        return f"{self.payload_bytes:,} bytes to {self.subscribers}"


# Within 2.5 times of the relay for small payloads.
LOADS = (
    Load(1, 128, 4, 4, 1 / 2.5),
    Load(10, 128, 2, 2, 1 / 2.5),
    Load(100, 128, 2, 2, 1 / 2.5),
    Load(1, 4096, 1, None, 0.6),
    Load(10, 4096, 1, None, 0.6),
)


def find_program(name: str) -> str | None:
    """Where a server is; some are installed where only root looks."""
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")


@contextlib.contextmanager
def process(command: list[str | Path], is_up: Callable[[], object]) -> Iterator[int]:
    """The pid of a program that is up, and is killed in the end."""
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: is_up() or child.poll() is not None)
        if child.poll() is not None:
            sys.exit(f"bench: {command[0]} ended with {child.returncode}")
        yield child.pid
    finally:
        child.kill()
        child.wait()


@contextlib.contextmanager
def others(directory: Path) -> Iterator[dict[str, Server]]:
    """The relay, and the servers that are installed; each has sockets and files of its own."""
    with contextlib.ExitStack() as stack:
        path = directory / "relay"
        pid = stack.enter_context(process([TOOLS / "relay", path], path.exists))
        servers = {RELAY: Server("relay", str(path), pid)}
        if (program := find_program(NATS)) is not None:
            command = [program, "-a", "127.0.0.1", "-p", "-1", "--ports_file_dir", directory]
            pid = stack.enter_context(process(command, lambda: nats_address(directory)))
            servers[NATS] = Server("nats", nats_address(directory), pid)
        if (program := find_program(REDIS)) is not None:
            path = directory / "redis"
            keep_nothing = ["--save", "", "--appendonly", "no", "--dir", directory]
            command = [program, "--port", "0", "--unixsocket", path, *keep_nothing]
            pid = stack.enter_context(process(command, path.exists))
            servers[REDIS] = Server("redis", str(path), pid)
        yield servers


@contextlib.contextmanager
def on_one_processor(pids: list[int]) -> Iterator[None]:
    """Keeps processes with all their threads, and what this one starts, on one processor for a while."""
    before = os.sched_getaffinity(0)
    threads = [int(task.name) for pid in [*pids, os.getpid()] for task in Path(f"/proc/{pid}/task").iterdir()]
    try:
        for thread in threads:
            os.sched_setaffinity(thread, {min(before)})
        yield
    finally:
        for thread in threads:
            os.sched_setaffinity(thread, before)


def nats_address(directory: Path) -> str:
    """Where nats-server listens, as it tells in a file, or nothing yet."""
    text = "".join(file.read_text() for file in directory.glob("*.ports"))
    return json.loads(text)["nats"][0].removeprefix("nats://") if text.endswith("}") else ""


def measure(server: Server, what: str, *arguments: object) -> dict[str, float]:
    """What the measuring program has seen."""
    command = [TOOLS / "bus", what, server.protocol, server.address, *map(str, arguments)]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        words = " ".join(map(str, [what, *arguments]))
        sys.exit(f"bench: {server.protocol} at {server.address}, {words}: {result.stderr.strip()}")
    figures: dict[str, float] = json.loads(result.stdout)
    return figures


def throughput(server: Server, load: Load) -> tuple[float, float]:
    """Delivered messages per second, and per second that the server's threads have used."""
    before = all_processor_seconds(server.pid)
    figures = measure(server, "throughput", load.subscribers, load.payload_bytes, SECONDS)
    used = all_processor_seconds(server.pid) - before
    return figures["delivered_per_second"], figures["delivered_in_all"] / used


def best_of(figures: list[list[float]]) -> list[float]:
    """The highest of each run."""
    return [max(run) for run in zip(*figures, strict=True)]


def bench_throughput(servers: dict[str, Server], runs: range) -> None:
    """Every load, on all the servers in turn."""
    rivals = [name for name in (NATS, REDIS) if name in servers]
    for load in LOADS:
        seen = [{name: throughput(server, load) for name, server in servers.items()} for _ in runs]
        for place, unit, least in (
            (0, "second", load.least_beside_servers),
            (1, "CPU second", load.least_beside_servers_per_cpu),
        ):
            by_name = {name: [run[name][place] for run in seen] for name in servers}
            for name, figures in by_name.items():
                report(f"{load}, a {unit}: {name}", figures, "k", 1e-3, None)
            if rivals:
                better = best_of([by_name[name] for name in rivals])
                report_ratio("  beside the better of the others", by_name[BROKER], better, None, least)
            if place == 0:
                report_ratio("  beside a bare relay", by_name[BROKER], by_name[RELAY], None, load.least_beside_relay)


def bench_latency(servers: dict[str, Server], runs: range) -> None:
    """Requests with their replies, and messages one way."""
    speakers = [name for name, server in servers.items() if server.protocol == "nats"]
    # A wake-up on another processor takes as long as the machine likes; on one, what counts is what the server does.
    asked = [{name: measure(servers[name], "request", REQUESTS) for name in speakers} for _ in runs]
    with on_one_processor([servers[name].pid for name in speakers]):
        asked_on_one = [{name: measure(servers[name], "request", REQUESTS) for name in speakers} for _ in runs]
    for name in speakers:
        limit = 25 if name == BROKER else None
        report(f"request and reply, p50: {name}", [run[name]["p50_us"] for run in asked], "us", 1, None)
        report("  on one processor, p50", [run[name]["p50_us"] for run in asked_on_one], "us", 1, limit)
    seen = [
        {name: measure(server, "latency", MESSAGES_A_SECOND, LATENCY_SECONDS) for name, server in servers.items()}
        for _ in runs
    ]
    tails = {name: [run[name]["p99_us"] for run in seen] for name in servers}
    for name in servers:
        report(f"one way at 5,000 a second, p50: {name}", [run[name]["p50_us"] for run in seen], "us", 1, None)
        report(f"one way at 5,000 a second, p99: {name}", tails[name], "us", 1, None)
    if REDIS in servers:
        report_ratio("  p99 beside Redis", tails[BROKER], tails[REDIS], 1)


def bench_memory(broker: Server) -> None:
    """The broker's memory, idle and with idle connections; to be measured before it has had any work."""
    report("private dirty memory of the broker, idle", [private_kib(broker.pid)], "KiB", 1, 1_024)
    command = [TOOLS / "bus", "idle", broker.address, str(IDLE_CONNECTIONS)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdin is not None and holder.stdout is not None
        if holder.stdout.readline() != "ready\n":
            sys.exit(f"bench: the broker did not take {IDLE_CONNECTIONS:,} connections")
        report("  with 1,000 connections, private dirty", [private_kib(broker.pid)], "KiB", 1, None)
        report("  with 1,000 connections, resident", [resident_kib(broker.pid)], "KiB", 1, 10_240)
        holder.stdin.close()


def bench_bus(runs: range) -> None:
    """Memory, throughput and latency."""
    build_tools()
    with running_node() as node, tempfile.TemporaryDirectory(prefix="egghead-bench.") as path:
        wait_until(node.is_ready)
        pid = node.pid_when_ready("broker")
        assert pid is not None
        broker = Server("nats", str(node.home / "run" / "broker.sock"), pid)
        bench_memory(broker)
        with others(Path(path)) as servers:
            for name in (NATS, REDIS):
                if name not in servers:
                    print(f"{name} is not installed and is left out")
            bench_throughput({BROKER: broker, **servers}, runs)
            bench_latency({BROKER: broker, **servers}, runs)
