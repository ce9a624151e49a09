"""Supervision: what a crash costs, beside a loop that does nothing but fork, exec and wait."""

import contextlib
import datetime
import json
import os
import shutil
import signal
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from .measuring import BUILD, TOOLS, Node, build_tools, private_kib, processor_seconds, report, report_ratio, wait_until

CRASHES = 500
OTHERS_THAT_WAIT = ("runit", "daemontools", "s6", "supervisord")


def tree_file(directory: Path, count: int, ready: str, arguments: list[Path]) -> Path:
    """A tree of workers."""
    command = json.dumps([str(argument) for argument in [TOOLS / "worker", *arguments]])
    children = ",\n".join(f"{{id: w{i}, ready: {ready}, command: {command}}}" for i in range(count))
    file = directory / "tree.yml"
    file.write_text(f"{{id: bench, intensity: 1000000, period: 1s, children: [{children}]}}")
    return file


def supervisors(directory: Path, crashes: Path) -> dict[str, list[str]]:
    """The command of each supervisor that is here, with a tree or a directory for one worker that reports to `crashes`."""
    worker = f"{TOOLS / 'worker'} {crashes}"
    eggheadd = [BUILD / "eggheadd", "--home", directory / "home", "--tree", tree_file(directory, 1, "notify", [crashes])]
    found = {"a bare loop": [TOOLS / "bare", "restart", TOOLS / "worker", crashes], "eggheadd": eggheadd}
    if (cgroup := own_cgroup()) is not None:
        found["eggheadd, a cgroup for each child"] = [*eggheadd, "--cgroup", cgroup / f"egghead-bench.{os.getpid()}"]
    service = directory / "service"
    service.mkdir(exist_ok=True)
    (service / "run").write_text(f"#!/bin/sh\nexec {worker}\n")
    (service / "run").chmod(0o755)
    for name, program in (("runit", "runsv"), ("daemontools", "supervise"), ("s6", "s6-supervise")):
        if path := shutil.which(program):
            found[name] = [path, service]
    if path := shutil.which("supervisord"):
        configuration = directory / "supervisord.conf"
        configuration.write_text(
            f"[supervisord]\nnodaemon=true\nlogfile={directory}/supervisord.log\npidfile={directory}/pid\n"
            f"[program:w]\ncommand={worker}\nstartsecs=0\nautorestart=true\n"
        )
        found["supervisord"] = [path, "-c", configuration]
    if path := shutil.which("erl"):
        program = directory / "bench.erl"
        program.write_text(ERLANG)
        subprocess.run(["erlc", "-o", directory, program], check=True)
        start = f'bench:run("{worker}")'
        found["Erlang/OTP, a port"] = [path, "-noshell", "-pa", directory, "-eval", start]
    return {name: [str(word) for word in command] for name, command in found.items()}


ERLANG = """-module(bench).
-behaviour(supervisor).
-export([run/1, start/1, init/1, port/1]).
run(Command) -> {ok, _} = supervisor:start_link(?MODULE, Command), receive stop -> ok end.
init(Command) ->
    {ok, {#{intensity => 1000000, period => 1}, [#{id => w, start => {?MODULE, start, [Command]}}]}}.
start(Command) -> {ok, spawn_link(?MODULE, port, [Command])}.
port(Command) -> P = open_port({spawn, Command}, [exit_status]), receive {P, {exit_status, _}} -> exit(died) end.
"""


def own_cgroup() -> Path | None:
    """A directory of cgroup v2 in which this user may make others."""
    for mount in (Path("/sys/fs/cgroup"), Path("/sys/fs/cgroup/unified")):
        if (mount / "cgroup.controllers").exists() and os.access(mount / "cgroup.procs", os.W_OK):
            return mount
    return None


def kill_workers(crashes: Path) -> None:
    """Ends workers that their supervisor has left behind, some in sessions of their own."""
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if str(crashes).encode() in (process / "cmdline").read_bytes().split(b"\0"):
                os.kill(int(process.name), signal.SIGKILL)


def crash_to_up(name: str) -> tuple[float, float]:
    """The median and the 99th percentile of the seconds from a worker's kill -9 until its successor runs."""
    with tempfile.TemporaryDirectory(prefix="egghead-bench.") as path:
        directory = Path(path)
        crashes = directory / "crashes"
        command = supervisors(directory, crashes)[name]
        # Others make whoever lives for less than a second wait for a second: their workers live longer.
        count, rest = (5, 1_200) if name in OTHERS_THAT_WAIT else (CRASHES, 2)
        client = subprocess.Popen(
            [TOOLS / "crash", crashes, str(count), str(rest)], stdout=subprocess.PIPE, text=True
        )
        wait_until(crashes.exists)
        with (directory / "log").open("wb") as log:
            supervisor = subprocess.Popen(command, stdout=log, stderr=log, cwd=directory, start_new_session=True)
        output, _ = client.communicate(timeout=120)
        supervisor.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            supervisor.wait(timeout=5)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(supervisor.pid, signal.SIGKILL)
        supervisor.wait()
        kill_workers(crashes)
        seconds = sorted(int(line) / 1e9 for line in output.split())
        assert len(seconds) == count, f"{name}: {len(seconds)} of {count} crashes"
        return statistics.median(seconds), seconds[len(seconds) * 99 // 100]


def boot_of_workers(count: int) -> tuple[float, float]:
    """The seconds until many workers have said READY, one after the other: eggheadd's and those of a bare loop."""
    bare = subprocess.run([TOOLS / "bare", "boot", str(count), TOOLS / "worker"], check=True, capture_output=True)
    with tempfile.TemporaryDirectory(prefix="egghead-bench.") as path:
        directory = Path(path)
        events = directory / "events"
        command = [BUILD / "eggheadd", "--home", directory / "home", "--events", events]
        tree = tree_file(directory, count, "notify", [])
        with (directory / "log").open("wb") as log:
            daemon = subprocess.Popen([*command, "--tree", tree], stdout=log, stderr=log)
        wait_until(lambda: events.exists() and b'"event":"ready"' in last_line(events, b'"supervisor"'))
        daemon.send_signal(signal.SIGTERM)
        daemon.wait(timeout=60)
        times = [
            moment(json.loads(line)["at"])
            for line in events.read_bytes().splitlines()
            if b'"kind":"supervisor"' in line and b'"exited"' not in line
        ]
        return times[1] - times[0], int(bare.stdout) / 1e6


def last_line(file: Path, containing: bytes) -> bytes:
    """The last line of a file that holds this."""
    return next((line for line in reversed(file.read_bytes().splitlines()) if containing in line), b"")


def moment(timestamp: str) -> float:
    """RFC 3339 as seconds since 1970."""
    return datetime.datetime.fromisoformat(timestamp.replace("Z", "+00:00")).timestamp()


def idle_children(count: int) -> tuple[float, float]:
    """The processor seconds that eggheadd uses in ten seconds with idle children, and its private memory in KiB."""
    with tempfile.TemporaryDirectory(prefix="egghead-bench.") as path:
        directory = Path(path)
        tree = tree_file(directory, count, "notify", [])
        with (directory / "log").open("wb") as log:
            daemon = subprocess.Popen(
                [BUILD / "eggheadd", "--home", directory / "home", "--tree", tree], stdout=log, stderr=log
            )
        node = Node(directory / "home", daemon)
        node.connect()
        # A list of so many takes a tenth of a second, in which eggheadd starts nobody.
        wait_until(lambda: all(child["state"] == "ready" for child in node.children().values()), pause=0.2)
        time.sleep(1)
        before = processor_seconds(daemon.pid)
        time.sleep(10)
        used, memory = processor_seconds(daemon.pid) - before, private_kib(daemon.pid)
        daemon.send_signal(signal.SIGTERM)
        daemon.wait(timeout=120)
        return used, memory


def bench_supervision(runs: range) -> None:
    """Crashes, boots and idleness, each beside the barest program that does as much."""
    build_tools()
    with tempfile.TemporaryDirectory(prefix="egghead-bench.") as path:
        names = list(supervisors(Path(path), Path(path) / "crashes"))
    crashes: dict[str, list[tuple[float, float]]] = {name: [] for name in names}
    for run in runs:
        for name in names:
            if run == 0 or name not in OTHERS_THAT_WAIT:
                crashes[name].append(crash_to_up(name))
    bare = crashes["a bare loop"]
    limits = {"eggheadd": (1.3, 3.0), "eggheadd, a cgroup for each child": (1.6, None)}
    for name in names:
        median, tail = [m for m, _ in crashes[name]], [t for _, t in crashes[name]]
        limit, tail_limit = limits.get(name, (None, None))
        report(f"crash to replacement up: {name}", median, "us", 1e6, None)
        if name != "a bare loop":
            report_ratio("  p50 beside a bare loop", median, [m for m, _ in bare[: len(median)]], limit)
            report_ratio("  p99 beside a bare loop", tail, [t for _, t in bare[: len(tail)]], tail_limit)
    boots = [boot_of_workers(200) for _ in runs]
    report("boot of 200 workers, each ready", [boot for boot, _ in boots], "ms", 1e3, None)
    report_ratio("  beside a bare loop", [boot for boot, _ in boots], [loop for _, loop in boots], 1.5)
    used, memory = idle_children(1_000)
    report("1,000 idle children: processor time in 10 s", [used], "ms", 1e3, 0)
    report("1,000 idle children: private memory", [memory], "KiB", 1, 8_192)
