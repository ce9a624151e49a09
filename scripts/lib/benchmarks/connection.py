"""A person's connection to the broker, as bare as it can be: what is measured should not be this program."""

import json
import socket
import sys
from typing import Any

from .measuring import Node


class BusConnection:
    """A connection to the broker as the person who runs this."""

    def __init__(self, node: Node) -> None:
        self.connection = socket.socket(socket.AF_UNIX)
        self.connection.connect(str(node.home / "run" / "broker.sock"))
        self.stream = self.connection.makefile("rb")
        info = json.loads(self.stream.readline().removeprefix(b"INFO "))
        self.name, self.inbox = info["name"], f"{info['inbox_prefix']}.bench"
        options = json.dumps({"verbose": False, "pedantic": False, "headers": True, "no_responders": True})
        self.connection.sendall(f"CONNECT {options}\r\nSUB {self.inbox} 1\r\n".encode())

    def request(self, operation: str, **question: object) -> Any:
        """What a service answers to `<service>.<operation>`."""
        self.connection.sendall(self.frame(operation, **question))
        return json.loads(self.receive())

    def frame(self, operation: str, **question: object) -> bytes:
        """A request's bytes; several may be sent at once, and their answers come as they are ready."""
        payload = json.dumps(question).encode()
        return f"PUB svc.{operation}.{self.name} {self.inbox} {len(payload)}\r\n".encode() + payload + b"\r\n"

    def receive(self) -> bytes:
        """The next message: an answer, or what was subscribed to."""
        while (line := self.stream.readline()).startswith(b"PING"):
            self.connection.sendall(b"PONG\r\n")
        fields = line.split()
        message = self.stream.read(int(fields[-1]) + 2) if fields[:1] in ([b"MSG"], [b"HMSG"]) else b""
        if fields[:1] != [b"MSG"]:
            sys.exit(f"bench: the bus said: {(line + message).decode().strip()}")
        return message

    def subscribe(self, pattern: str) -> None:
        """Lets messages of a pattern come; the broker has it when this returns."""
        self.connection.sendall(f"SUB {pattern} 2\r\nPING\r\n".encode())
        if (line := self.stream.readline()) != b"PONG\r\n":
            sys.exit(f"bench: subscribing to {pattern}: {line.decode().strip()}")

    def close(self) -> None:
        """Leaves."""
        self.stream.close()
        self.connection.close()
