"""A person's connection to the bus, which connects again by itself and repeats a request until it is answered."""

import asyncio
import contextlib
import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

# Who is killed with a request says nothing. The same request may be made again at any time.
ANSWER_SECONDS = 2.0
RETRY_SECONDS = 0.05
LINE_BYTES_MAX = 1 << 21
# `failed` is what a disk that refuses a write comes to; the same request is made again when the disk is well.
REPEATED = {"unavailable", "timeout", "failed"}


class Gone(Exception):
    """There was no answer: no connection, nobody who serves the request, or silence."""


class Refused(Exception):
    """A service refused the request."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message = code, message


class Client:
    """One connection at a time to a node's broker."""

    def __init__(self, home: Path) -> None:
        self.path = str(home / "run" / "broker.sock")
        self.name = self.inbox = ""
        self.refusals: list[str] = []
        self.on_message: Callable[[dict[str, Any]], None] = lambda _: None
        self.on_connect: Callable[[], None] = lambda: None
        self.subscriptions: list[str] = []
        self._numbers = itertools.count(1)
        self._waiting: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._writer: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[None] | None = None
        self._connecting = asyncio.Lock()

    async def ask(self, operation: str, **question: object) -> dict[str, Any]:
        """The final answer to a request. It is repeated, with its id, while there is none or it may come later."""
        while True:
            try:
                return await self.request(operation, **question)
            except Gone:
                pass
            except Refused as refusal:
                if refusal.code not in REPEATED:
                    raise
                self.refusals.append(str(refusal))
            await asyncio.sleep(RETRY_SECONDS)

    async def request(self, operation: str, **question: object) -> dict[str, Any]:
        """The answer of `<service>.<operation>`; raises `Gone` or `Refused`."""
        await self.connect()
        assert self._writer is not None
        inbox = f"{self.inbox}.{next(self._numbers)}"
        answer = self._waiting[inbox] = asyncio.get_running_loop().create_future()
        payload = json.dumps(question).encode()
        head = f"PUB svc.{operation}.{self.name} {inbox} {len(payload)}\r\n".encode()
        try:
            self._writer.write(head + payload + b"\r\n")
            # Not wait_for, which forgets a cancellation that comes together with the answer in Python 3.11.
            async with asyncio.timeout(ANSWER_SECONDS):
                reply = await answer
        except (OSError, TimeoutError) as error:
            raise Gone(str(error)) from error
        finally:
            self._waiting.pop(inbox, None)
        if failure := reply.get("error"):
            raise Refused(failure["code"], failure["message"])
        return reply

    async def connect(self) -> None:
        """Connects unless there is a connection."""
        async with self._connecting:
            if self._reading and not self._reading.done():
                return
            try:
                reader, writer = await asyncio.open_unix_connection(self.path, limit=LINE_BYTES_MAX)
                info = json.loads((await reader.readline()).removeprefix(b"INFO "))
            except (OSError, ValueError) as error:
                raise Gone(str(error)) from error
            self.name, self.inbox = info["name"], f"{info['inbox_prefix']}.durability"
            options = json.dumps({"verbose": False, "pedantic": False, "headers": True, "no_responders": True})
            patterns = [f"{self.inbox}.*", *self.subscriptions]
            lines = [f"CONNECT {options}", *(f"SUB {pattern} {number}" for number, pattern in enumerate(patterns, 1))]
            writer.write("".join(line + "\r\n" for line in lines).encode())
            self._writer = writer
            self._reading = asyncio.create_task(self._read(reader, writer))
            self.on_connect()

    async def stay_connected(self) -> None:
        """Connects again and again, for a client that only listens."""
        while True:
            with contextlib.suppress(Gone):
                await self.connect()
            await asyncio.sleep(RETRY_SECONDS)

    async def _read(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while line := await reader.readline():
                fields = line.split()
                if fields[:1] == [b"PING"]:
                    writer.write(b"PONG\r\n")
                elif fields[0] in (b"MSG", b"HMSG"):
                    message = await reader.readexactly(int(fields[-1]) + 2)
                    skipped = int(fields[-2]) if fields[0] == b"HMSG" else 0
                    self._take(fields[1].decode(), message[skipped:-2])
                elif fields[0] == b"-ERR":
                    self.refusals.append(line.decode().strip())
        writer.close()
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(Gone("the connection is closed"))

    def _take(self, subject: str, payload: bytes) -> None:
        """An answer, or what was subscribed to. No payload means that nobody serves the request."""
        if not subject.startswith(self.inbox):
            return self.on_message(json.loads(payload))
        answer = self._waiting.get(subject)
        if answer is None or answer.done():
            return
        if payload:
            answer.set_result(json.loads(payload))
        else:
            answer.set_exception(Gone("nobody serves it"))

    async def close(self) -> None:
        """Leaves."""
        if self._reading:
            self._reading.cancel()
        if self._writer:
            self._writer.close()
