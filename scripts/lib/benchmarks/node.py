"""A whole node: its boot, its agents, a question."""

import os
import signal
import time

from .measuring import Node, private_kib, report, running_node, wait_until

AGENT = "---\nclass: agent\ntitle: Bench\n---\nYou answer briefly. Edit {edit}.\n"


def boot(_: int) -> float:
    """From exec of eggheadd to a tree that is ready."""
    with running_node() as node:
        wait_until(node.is_ready)
        return time.monotonic() - node.started


def agent_lifecycle(node: Node, run: int) -> tuple[float, float, float]:
    """A record is dropped, edited and deleted: the seconds until its process is up, replaced, gone."""
    path, name = node.home / "records" / "agents" / f"bench{run}.md", f"agent:agents/bench{run}"
    path.write_text(AGENT.format(edit=0))
    started = wait_until(lambda: node.pid_when_ready(name))
    first = node.pid_when_ready(name)
    path.write_text(AGENT.format(edit=1))
    replaced = wait_until(lambda: node.pid_when_ready(name) not in (first, None))
    path.unlink()
    gone = wait_until(lambda: name not in node.children())
    return started, replaced, gone


def first_kill_to_ready(node: Node, run: int) -> float:
    """kill -9 of an agent until its successor is ready. Each run kills an agent of its own: the first restart is
    immediate, and the ones that follow it within a minute are delayed."""
    path, name = node.home / "records" / "agents" / f"killed{run}.md", f"agent:agents/killed{run}"
    path.write_text(AGENT.format(edit=0))
    wait_until(lambda: node.pid_when_ready(name))
    pid = node.pid_when_ready(name)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    return wait_until(lambda: node.pid_when_ready(name) not in (pid, None))


def bench_node(runs: range) -> None:
    """A whole node: its boot, its agents, a question."""
    report("boot to a ready tree", [boot(run) for run in runs], "ms", 1e3, None)
    with running_node() as node:
        wait_until(node.is_ready)
        cycles = [agent_lifecycle(node, run) for run in runs]
        report("agent record saved to process ready", [cycle[0] for cycle in cycles], "ms", 1e3, 1000)
        report("agent record edited to process replaced", [cycle[1] for cycle in cycles], "ms", 1e3, 1000)
        # An agent whose file is missing stays for two seconds (docs/agents.md), and then goes as soon as one is replaced.
        report("agent record deleted to process gone", [cycle[2] for cycle in cycles], "ms", 1e3, 3000)
        kills = [first_kill_to_ready(node, run) for run in runs]
        report("kill -9 of an agent to its first successor ready", kills, "ms", 1e3, None)
        asked = []
        for run in runs:
            started = time.monotonic()
            node.ask(f"question {run}")
            asked.append(time.monotonic() - started)
        report("egghead chat --wait, fake provider", asked, "ms", 1e3, None)
        for name in ("eggheadd", "broker", "index", "store", "toolbox", "llm", "coordinator", "agent:index"):
            pid = node.process.pid if name == "eggheadd" else node.pid_when_ready(name)
            assert isinstance(pid, int)
            report(f"private dirty memory of {name}", [private_kib(pid)], "KiB", 1, None)
