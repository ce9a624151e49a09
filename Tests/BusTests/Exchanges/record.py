#!/usr/bin/env python3
r"""Records what a nats-server answers to the raw exchanges of `exchanges.json` and `exchanges-auth.json`.

An exchange is a name and steps. The sends are kept; every answer is thrown away and recorded anew:

    {"on": "a", "send": "PING\r\n"}         Latin-1; a connection opens at its first step, its INFO is dropped
    {"on": "a", "send": "x", "times": 9}    the same bytes nine times
    {"on": "a", "pause": true}              what was sent before it travels in a packet of its own
    {"on": "b", "receive": "PONG\r\n"}      all that came on a connection after a phase, until there was silence
    {"on": "b", "closed": true}             the server closed the connection

A phase is a run of sends on one connection. What is not recorded did not come. `info.json` gets the INFO of a server
without authorization and of one with a token; values that differ from run to run are blank there.
"""

import argparse
import json
import select
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

Step = dict[str, Any]

HERE = Path(__file__).parent
SILENCE_SECONDS = 0.15
PAUSE_SECONDS = 0.03
TIMEOUT_SECONDS = 5.0
TOKEN = "secret"
BLANKS = {"server_id": "", "server_name": "", "port": 0, "client_id": 0}


class Connection:
    """One client's connection to the server, greeted already."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), TIMEOUT_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.is_closed = False
        self.received = b""
        while not self.received.endswith(b"\n") and not self.is_closed:
            self.read()
        self.info: dict[str, Any] = json.loads(self.received.removeprefix(b"INFO "))
        self.received = b""

    def send(self, data: bytes) -> None:
        """Sends, also into a connection that the server has just closed."""
        with suppress(BrokenPipeError, ConnectionResetError):  # reading notices
            self.socket.sendall(data)

    def read(self) -> None:
        """Takes what is there."""
        try:
            data = self.socket.recv(65_536)
        except ConnectionResetError:
            data = b""
        self.received += data
        self.is_closed = not data

    def close(self) -> None:
        """Ends the connection and waits until the server has ended it too."""
        if not self.is_closed:
            self.socket.shutdown(socket.SHUT_WR)
        while not self.is_closed:
            self.read()
        self.socket.close()


@contextmanager
def running(server: str, *options: str) -> Iterator[int]:
    """Runs a nats-server on a free loopback port."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    command = [server, "-a", "127.0.0.1", "-p", str(port), *options]
    with TemporaryDirectory() as directory, subprocess.Popen(command, cwd=directory, stderr=subprocess.DEVNULL) as nats:
        try:
            await_listening(port)
            yield port
        finally:
            nats.terminate()


def await_listening(port: int) -> None:
    """Waits until the server takes connections."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def heard(connections: dict[str, Connection]) -> Iterator[Step]:
    """Reads until all are silent, and tells what came on each."""
    still_open = {c.socket: c for c in connections.values() if not c.is_closed}
    was_open = set(still_open.values())
    while readable := select.select(list(still_open), [], [], SILENCE_SECONDS)[0]:
        for ready in readable:
            still_open[ready].read()
            if still_open[ready].is_closed:
                del still_open[ready]
    for name, connection in sorted(connections.items()):
        if connection.received:
            yield {"on": name, "receive": connection.received.decode("latin-1")}
            connection.received = b""
        if connection.is_closed and connection in was_open:
            yield {"on": name, "closed": True}


def packets(phase: list[Step]) -> Iterator[bytes]:
    """The bytes between the pauses."""
    for is_pause, steps in groupby(phase, key=lambda step: "pause" in step):
        if not is_pause:
            yield b"".join(step["send"].encode("latin-1") * step.get("times", 1) for step in steps)


def recorded(steps: list[Step], port: int) -> Iterator[Step]:
    """Plays one exchange: its steps with the server's answers."""
    with ExitStack() as stack:
        connections: dict[str, Connection] = {}
        said = [step for step in steps if "send" in step or "pause" in step]
        for name, group in groupby(said, key=lambda step: str(step["on"])):
            phase = list(group)
            if name not in connections:
                connections[name] = Connection(port)
                stack.callback(connections[name].close)
            for packet in packets(phase):
                connections[name].send(packet)
                time.sleep(PAUSE_SECONDS)
            yield from phase
            yield from heard(connections)
    time.sleep(PAUSE_SECONDS)  # the server forgets the subscriptions of closed connections a little later


def write(file: Path, exchanges: list[dict[str, Any]]) -> None:
    """Writes exchanges with each step on its own line."""
    texts = []
    for exchange in exchanges:
        steps = ",\n".join(f"    {json.dumps(step)}" for step in exchange["steps"])
        texts.append(f'  {{"name": {json.dumps(exchange["name"])}, "steps": [\n{steps}\n  ]}}')
    file.write_text("[\n" + ",\n".join(texts) + "\n]\n")


def record(server: str, file: Path, *options: str) -> dict[str, Any]:
    """Records all exchanges of a file; gives the server's INFO."""
    exchanges = json.loads(file.read_text())
    with running(server, *options) as port:
        for exchange in exchanges:
            exchange["steps"] = list(recorded(exchange["steps"], port))
        write(file, exchanges)
        greeted = Connection(port)
        greeted.close()
        return greeted.info | BLANKS


def main() -> None:
    """Records everything."""
    parser = argparse.ArgumentParser(description="Records what a nats-server answers, in the files beside this one.")
    parser.add_argument("--server", required=True, help="path of nats-server")
    server: str = parser.parse_args().server
    infos = {
        "open": record(server, HERE / "exchanges.json"),
        "token": record(server, HERE / "exchanges-auth.json", "--auth", TOKEN),
    }
    (HERE / "info.json").write_text(json.dumps(infos, indent=2, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
