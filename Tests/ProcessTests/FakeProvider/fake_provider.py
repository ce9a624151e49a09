#!/usr/bin/env python3
"""A provider for tests: the streaming APIs of four vendors, played from scenarios, with every fault on demand.

| path | API |
|---|---|
| …/chat/completions | OpenAI's chat completions |
| …/responses | OpenAI's responses |
| …/messages | Anthropic's messages |
| …/models/MODEL:streamGenerateContent?alt=sse | Google's Gemini |

The events are built from the vendors' own types, so their shape is the real one, and requests are checked against them
and against what the vendors' servers demand besides. Which scenario is played is written as `fake:NAME` or
`fake:NAME=NUMBER` in the last user message (the last one counts), or else in the model's name, where the bare NAME will
do; without either it is `normal`.

The packages of the vendors are large: each takes seconds to load. Chat completions are loaded at the start, every other
API at its first request; a test that measures time names the others with --load. See provider_host.py for many
providers at little cost.

It listens on 127.0.0.1 at a free port and prints `port NUMBER`, or on a Unix socket with --socket. With --log FILE it
appends a JSON line for each request (`event: request`), for one that the vendor would refuse (`event: invalid`, with
the `reason`), and for how each ended (`event: ended`).
"""

import argparse
import asyncio
import json
import re
import traceback
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TextIO

from api import Api, Failure, Fault, InvalidRequest
from call import Call
from chat_completions import ChatCompletions
from model_list import model_list
from scenarios import SCENARIOS, not_found

BACKLOG = 1024  # connections that wait to be taken: hundreds may come at once
PATHS = {
    "chat-completions": re.compile(r"/chat/completions(\?.*)?$"),
    "responses": re.compile(r"/responses(\?.*)?$"),
    "messages": re.compile(r"/messages(\?.*)?$"),
    "gemini": re.compile(r"/models/[^/:]+:streamGenerateContent(\?.*)?$"),
}


def load(name: str) -> type[Api]:
    """The class of an API, whose vendor's package is loaded when it is asked for first."""
    match name:
        case "responses":
            from responses import Responses

            return Responses
        case "messages":
            from anthropic_messages import AnthropicMessages

            return AnthropicMessages
        case "gemini":
            from gemini import Gemini

            return Gemini
        case _:
            return ChatCompletions


def refusing(reason: str) -> Callable[[Call], Awaitable[None]]:
    """A scenario that finds the request invalid."""

    async def invalid(_: Call) -> None:
        raise InvalidRequest(reason)

    return invalid


class Provider:
    """The HTTP server: one request a connection."""

    def __init__(self, log: TextIO | None, gate: Path | None) -> None:
        self.log = log
        self.gate = gate
        self.count = 0
        self.seen: set[str] = set()

    def write_log(self, **entry: Any) -> None:
        if self.log:
            self.log.write(json.dumps(entry) + "\n")
            self.log.flush()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answers one request and closes the connection."""
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in head.split("\r\n")[1:])}
            method, path, _ = head.split(" ", 2)
            if self.gate and not self.gate.exists():
                error = {"code": 503, "message": "Loading model", "type": "unavailable_error"}
                return await self.say(writer, "503 Service Unavailable", {"error": error})
            if method == "GET":
                return await self.serve_list(path, headers, writer)
            body = json.loads(await reader.readexactly(int(headers.get("content-length", "0"))))
        except (asyncio.IncompleteReadError, json.JSONDecodeError):
            return writer.close()
        call, scenario = self.understand(body, path, headers, writer)
        self.count += 1
        number = self.count
        self.write_log(event="request", number=number, scenario=call.scenario, key=call.api.key, request=body)
        ended = await self.play_or_leave(self.play(call, scenario, number), reader)
        spent = {"input": call.spent.prompt, "output": call.spent.output} if call.spent else {}
        self.write_log(event="ended", number=number, how=ended, **spent)
        if call.closes_silently:
            await asyncio.sleep(0.05)  # in which another request may come that nobody reads
        writer.close()

    async def serve_list(self, path: str, headers: dict[str, str], writer: asyncio.StreamWriter) -> None:
        """Answers a GET: there is the list of models, and of a server with a gate its health."""
        if models := model_list(path, headers):
            return await self.say(writer, "200 OK", models)
        if self.gate and path == "/health":
            return await self.say(writer, "200 OK", {"status": "ok"})
        await self.say(writer, "404 Not Found", {"error": {"message": "not found"}})

    async def say(self, writer: asyncio.StreamWriter, status: str, value: object) -> None:
        """Answers with JSON and closes the connection."""
        body = json.dumps(value)
        head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        head += "Connection: close\r\n\r\n"
        writer.write((head + body).encode())
        await writer.drain()
        writer.close()

    def understand(
        self, body: Any, path: str, headers: dict[str, str], writer: asyncio.StreamWriter
    ) -> tuple[Call, Callable[[Call], Awaitable[None]]]:
        """The call and its scenario. What an invalid request says is not read."""
        name = next((name for name, pattern in PATHS.items() if pattern.search(path)), None)
        api = load(name or "")(body if isinstance(body, dict) else {}, path, headers)
        try:
            if name:
                api.check()
            call = Call(api, list(api.entries()) if name else [], writer, SCENARIOS, self.seen)
        except InvalidRequest as error:
            return Call(api, [], writer, SCENARIOS, self.seen), refusing(str(error))
        return call, SCENARIOS.get(call.scenario, not_found) if name else not_found

    async def play(self, call: Call, scenario: Callable[[Call], Awaitable[None]], number: int) -> None:
        """Plays a scenario, which may find that the vendor would refuse the request."""
        try:
            await scenario(call)
        except InvalidRequest as error:
            self.write_log(event="invalid", number=number, reason=str(error))
            await call.refuse(Failure(Fault.INVALID, str(error)))

    async def play_or_leave(self, play: Awaitable[None], reader: asyncio.StreamReader) -> str:
        """Waits until a scenario ends or the client leaves."""
        playing = asyncio.ensure_future(play)
        leaving = asyncio.ensure_future(reader.read(1))
        await asyncio.wait({playing, leaving}, return_when=asyncio.FIRST_COMPLETED)
        leaving.cancel()
        if not playing.done():
            playing.cancel()
            return "disconnected"
        if error := playing.exception():
            if not isinstance(error, ConnectionError):
                traceback.print_exception(error)
            return "disconnected"
        return "complete"


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """The options of a provider."""
    parser = argparse.ArgumentParser(description="A provider for tests that plays scenarios.")
    parser.add_argument("--socket", type=Path, help="listen on this Unix socket instead of a port")
    parser.add_argument("--port", type=int, default=0, help="listen on this port of 127.0.0.1, a free one when left out")
    parser.add_argument("--log", type=Path, help="append a JSON line for each request")
    parser.add_argument("--gate", type=Path, help="be a server that loads its model until there is such a file")
    parser.add_argument("--load", action="append", default=[], choices=PATHS, help="load this API at the start")
    return parser.parse_args(arguments)


async def serve(options: argparse.Namespace) -> None:
    """Serves until it is killed."""
    for name in options.load:
        load(name)
    provider = Provider(options.log.open("a") if options.log else None, options.gate)
    if options.socket:
        options.socket.unlink(missing_ok=True)
        server = await asyncio.start_unix_server(provider.serve, options.socket, backlog=BACKLOG)
    else:
        server = await asyncio.start_server(provider.serve, "127.0.0.1", options.port, backlog=BACKLOG)
        print("port", server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(parse()))
