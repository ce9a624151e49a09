"""MCP servers: a call all the way beside the server's own answer, many idle ones, and a start with slow ones."""

import json
import statistics
import subprocess
import time
from collections.abc import Iterable

from .measuring import (
    BENCHMARKS, Node, home_with_provider, memory_kib, node_in, processor_seconds, report, report_beyond, wait_until,
)  # fmt: skip
from .tools import seconds_of_calls

SERVER = BENCHMARKS / "echo_server.py"
CALLS = 200
IDLE = 50
IDLE_SECONDS = 10
SLOW = 20
SLOW_SECONDS = 5
AGENT = "---\nclass: agent\ncapabilities: ['mcp.call:*']\n---\nYou are Scout.\n"


def sections(names: Iterable[str], *arguments: str) -> str:
    """As many servers of the same program."""
    words = ", ".join(["/usr/bin/python3", str(SERVER), *arguments])
    lines = [f"  {name}: {{command: [{words}], fs: {{read: [{BENCHMARKS}]}}}}\n" for name in names]
    return "mcp_servers:\n" + "".join(lines)


def seconds_of_bare_calls() -> float:
    """How long the server takes for the answer to a client that writes and reads a line."""
    server = subprocess.Popen(["/usr/bin/python3", SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert server.stdin is not None
    assert server.stdout is not None
    figures = []
    for number in range(CALLS):
        params = {"name": "say", "arguments": {"text": str(number)}}
        message = {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": params}
        begun = time.monotonic()
        server.stdin.write(json.dumps(message).encode() + b"\n")
        server.stdin.flush()
        assert json.loads(server.stdout.readline())["id"] == number
        figures.append(time.monotonic() - begun)
    server.stdin.close()
    server.wait()
    return statistics.median(figures)


def are_ready(node: Node, names: Iterable[str]) -> bool:
    """Whether servers have told their tools."""
    children = node.children()
    return all(children.get(f"mcp:{name}", {}).get("state") == "ready" for name in names)


def bench_servers(runs: Iterable[int]) -> None:
    """Measures and prints."""
    bench_calls(runs)
    bench_idle()
    bench_start(runs)


def bench_calls(runs: Iterable[int]) -> None:
    """A call that is denied takes the same way without claim, server and outcome."""
    denied, called, bare = [], [], []
    with home_with_provider() as home:
        config = home / "config.yml"
        config.write_text(config.read_text() + sections(["echo"]))
        with node_in(home) as node:
            (home / "records" / "scout.md").write_text(AGENT)
            wait_until(lambda: are_ready(node, ["echo"]) and node.pid_when_ready("agent:scout"))
            for run in runs:
                denied.append(seconds_of_calls(node, f"d{run}", "fly", '{"to":"NUMBER"}', "(denied) there is no tool fly"))
                bare.append(seconds_of_bare_calls())
                called.append(seconds_of_calls(node, f"c{run}", "mcp__echo__say", '{"text":"NUMBER"}', "{'text': '"))
    whole = [call - other for call, other in zip(called, denied, strict=True)]
    report("an MCP server's own answer to a bare client", bare, "ms", 1e3, None)
    report("a call of it, claimed, made and told", whole, "ms", 1e3, None)
    report_beyond("  beyond the server's own answer", whole, bare, "ms", 1e3, 1)


def bench_idle() -> None:
    """Many servers that nobody calls."""
    names = [f"s{number}" for number in range(IDLE)]
    with home_with_provider() as home:
        config = home / "config.yml"
        config.write_text(config.read_text() + sections(names))
        with node_in(home) as node:
            wait_until(lambda: are_ready(node, names), 120, 0.1)
            time.sleep(2)
            pids = [pid for name in names if (pid := node.pid_when_ready(f"mcp:{name}")) is not None]
            before = sum(processor_seconds(pid) for pid in pids)
            time.sleep(IDLE_SECONDS)
            used = sum(processor_seconds(pid) for pid in pids) - before
            memory = [memory_kib(pid, "Private_") for pid in pids]
    report(f"{IDLE} idle servers: private memory of ours, each", memory, "KiB", 1, 1_536)
    report(f"{IDLE} idle servers: processor, all of ours", [used / IDLE_SECONDS], "%", 100, None)


def bench_start(runs: Iterable[int]) -> None:
    """A node whose servers are silent at first."""
    ready = []
    names = [f"s{number}" for number in range(SLOW)]
    for _ in runs:
        with home_with_provider() as home:
            config = home / "config.yml"
            config.write_text(config.read_text() + sections(names, str(SLOW_SECONDS)))
            with node_in(home) as node:
                wait_until(lambda: node.pid_when_ready("agent:index"))
                ready.append(time.monotonic() - node.started)
                assert not are_ready(node, names)
    report(f"a node with {SLOW} servers that take {SLOW_SECONDS} s: ready after", ready, "ms", 1e3, SLOW_SECONDS * 1e3)
