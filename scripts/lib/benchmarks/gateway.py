"""The gateway to models: a hundred answers at once, beside the provider itself and beside LiteLLM's proxy."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .measuring import (
    BENCHMARKS,
    REPOSITORY,
    TOOLS,
    Node,
    all_processor_seconds,
    build_tools,
    node_in,
    report,
    report_beyond,
    resident_kib,
    wait_until,
)

STREAMS, RATE, SECONDS = 100, 50, 5
# A provider has 32 places at the gateway.
PROVIDERS = 4
LITELLM = REPOSITORY / ".build" / "litellm-venv"
LITELLM_READY_SECONDS = 120.0


@dataclass(frozen=True)
class Run:
    """What an event takes, in seconds, and what the gateway used for it: the share of a processor, and MB."""

    p50: float
    p99: float
    processor: float = 0
    memory: float = 0


@contextlib.contextmanager
def provider() -> Iterator[int]:
    """A provider whose events tell when they were sent; its port."""
    serving = subprocess.Popen([TOOLS / "streams", "serve", str(RATE), str(SECONDS)], stdout=subprocess.PIPE, text=True)
    assert serving.stdout is not None
    try:
        yield int(serving.stdout.readline())
    finally:
        serving.kill()
        serving.wait()


def ask(*address: object, pid: int | None = None) -> Run:
    """All the answers at once; with the process that is to be looked at meanwhile."""
    before = all_processor_seconds(pid) if pid else 0
    began = time.monotonic()
    words = [TOOLS / "streams", "ask", *address, STREAMS, RATE * SECONDS]
    asking = subprocess.run([str(word) for word in words], check=True, stdout=subprocess.PIPE, text=True)
    told = json.loads(asking.stdout)
    if pid is None:
        return Run(told["p50"] / 1e9, told["p99"] / 1e9)
    used = (all_processor_seconds(pid) - before) / (time.monotonic() - began)
    return Run(told["p50"] / 1e9, told["p99"] / 1e9, used, resident_kib(pid) * 1.024e-3)


@contextlib.contextmanager
def gateway(port: int) -> Iterator[Node]:
    """A node whose providers are all the same server."""
    with tempfile.TemporaryDirectory(prefix="egghead-bench.") as directory:
        home = Path(directory)
        (home / "records").mkdir()
        names = [f"  p{number}: {{url: 'http://127.0.0.1:{port}/v1', model: m}}\n" for number in range(PROVIDERS)]
        (home / "config.yml").write_text("providers:\n" + "".join(names))
        with node_in(home) as node:
            wait_until(node.is_ready)
            yield node


@contextlib.contextmanager
def litellm(port: int) -> Iterator[tuple[int, int]]:
    """LiteLLM's proxy before the provider: its port and its process. It is fetched the first time."""
    requirements = BENCHMARKS / "litellm.txt"
    installed = LITELLM / "installed.txt"
    if not installed.exists() or installed.read_bytes() != requirements.read_bytes():
        venv.create(LITELLM, with_pip=True, clear=True)
        subprocess.run([LITELLM / "bin" / "pip", "install", "--quiet", "--requirement", requirements], check=True)
        installed.write_bytes(requirements.read_bytes())
    with tempfile.TemporaryDirectory(prefix="egghead-bench.") as directory, socket.socket() as free:
        model = {"model": "openai/m", "api_base": f"http://127.0.0.1:{port}/v1", "api_key": "none"}
        configuration = Path(directory) / "config.json"
        configuration.write_text(json.dumps({"model_list": [{"model_name": "m", "litellm_params": model}]}))
        free.bind(("127.0.0.1", 0))
        own = free.getsockname()[1]
        free.close()
        log = (Path(directory) / "log").open("wb")
        words = [LITELLM / "bin" / "litellm", "--config", configuration, "--host", "127.0.0.1", "--port", str(own)]
        environment = os.environ | {"LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY": "true"}
        proxy = subprocess.Popen([*words, "--num_workers", "1"], stdout=log, stderr=log, env=environment)
        try:
            wait_until(lambda: answers(own, proxy), LITELLM_READY_SECONDS, pause=0.2)
            yield own, proxy.pid
        finally:
            proxy.kill()
            proxy.wait()
            log.close()


def answers(port: int, server: subprocess.Popen[bytes]) -> bool:
    """Whether a server takes connections."""
    if server.poll() is not None:
        sys.exit(f"bench: LiteLLM's proxy ended with status {server.returncode}")
    with socket.socket() as connection:
        return connection.connect_ex(("127.0.0.1", port)) == 0


def bench_gateway(runs: range) -> None:
    """A hundred answers of fifty events a second."""
    build_tools()
    with provider() as port, gateway(port) as node, litellm(port) as (own, proxy):
        pid = node.pid_when_ready("llm")
        assert pid is not None
        broker = node.home / "run" / "broker.sock"
        ours, bare, others = [], [], []
        for _ in runs:
            bare.append(ask("http", port, "m"))
            ours.append(ask("bus", broker, PROVIDERS, pid=pid))
            others.append(ask("http", own, "m", pid=proxy))
    what = f"{STREAMS} answers of {RATE} events a second"
    report(f"{what}: an event, p50", [run.p50 for run in ours], "us", 1e6, None)
    report("  from the provider itself", [run.p50 for run in bare], "us", 1e6, None)
    report_beyond("  beyond that", [run.p50 for run in ours], [run.p50 for run in bare], "us", 1e6, 500)
    report("  through LiteLLM's proxy", [run.p50 for run in others], "us", 1e6, None)
    ours99, bare99 = [run.p99 for run in ours], [run.p99 for run in bare]
    report("  an event, p99", ours99, "us", 1e6, None)
    report_beyond("  beyond the provider itself", ours99, bare99, "us", 1e6, 5_000)
    report("  through LiteLLM's proxy", [run.p99 for run in others], "us", 1e6, None)
    report("  of a processor in use", [run.processor for run in ours], "%", 100, 50)
    report("  by LiteLLM's proxy", [run.processor for run in others], "%", 100, None)
    report("  memory", [run.memory for run in ours], "MB", 1, 30)
    report("  of LiteLLM's proxy", [run.memory for run in others], "MB", 1, None)
