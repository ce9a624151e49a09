#!/usr/bin/env python3
"""A provider for tests: OpenAI's streaming chat API, played from scenarios, with every fault on demand.

The chunks are built from the vendor's own types (the package `openai`), so their shape is the real one. Which scenario
is played is written as `fake:NAME` or `fake:NAME=NUMBER` in the last user message (the last one counts), or else in the
model's name, where the bare NAME will do; without either it is `normal`.

It listens on 127.0.0.1 at a free port and prints `port NUMBER`, or on a Unix socket with --socket. With --log FILE it
appends a JSON line for each request (`event: request`) and for how each ended (`event: ended`).
"""

import argparse
import asyncio
import json
import os
import re
import socket
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TextIO

from openai.types import CompletionUsage
from openai.types.chat import ChatCompletionChunk
from openai.types.chat.chat_completion_chunk import (
    Choice,
    ChoiceDelta,
    ChoiceDeltaToolCall,
    ChoiceDeltaToolCallFunction,
)
from openai.types.shared import ErrorObject

TOOL = re.compile(r"^tool: (\w+) (\{.*\})$", re.MULTILINE)
FACT = re.compile(r"fact:[\w-]+")
MARKER = re.compile(r"fake:([a-z0-9-]+)(?:=(\d+))?")
CREATED = 1_700_000_000
REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 429: "Too Many Requests"}


class Call:
    """One request, and the means to answer it."""

    def __init__(self, request: dict[str, Any], key: str, writer: asyncio.StreamWriter, seen: set[str]) -> None:
        self.request = request
        self.key = key
        self.model = str(request.get("model", ""))
        self.writer = writer
        users = [m for m in request.get("messages", []) if m.get("role") == "user"]
        self.last_user = str(users[-1]["content"]) if users else ""
        markers = MARKER.findall(self.last_user) or MARKER.findall(self.model)
        by_model = self.model if self.model in SCENARIOS else "normal"
        self.scenario, number = markers[-1] if markers else (by_model, "")
        self.number = int(number) if number else None
        self.is_first = (signature := f"{self.scenario} {self.last_user}") not in seen
        seen.add(signature)

    # What is said.

    @property
    def is_note(self) -> bool:
        """Whether a hand-off note is wanted."""
        return "Write it a note" in self.last_user

    def answer(self) -> list[str]:
        """The deterministic answer as deltas: it repeats the last words of the last user message; a note repeats every
        word `fact:…` of the conversation."""
        if self.is_note:
            facts = dict.fromkeys(FACT.findall(json.dumps(self.request.get("messages", []))))
            return [f"Known: {' '.join(facts)}."]
        words = MARKER.sub("", self.last_user).split()[-12:]
        text = "You said: " + " ".join(words) + "."
        return re.findall(r"\S+\s*", text)

    def chunk(self, text: str | None = None, finish: str | None = None, usage: CompletionUsage | None = None) -> str:
        """One event's data."""
        choice = Choice(delta=ChoiceDelta(content=text, role="assistant"), index=0, finish_reason=finish)  # type: ignore[arg-type]
        chunk = ChatCompletionChunk(
            id="chatcmpl-fake", object="chat.completion.chunk", created=CREATED, model=self.model,
            choices=[] if usage else [choice], usage=usage)  # fmt: skip
        return chunk.model_dump_json()

    def call_chunk(self, index: int, name: str | None, arguments: str) -> str:
        """A piece of a tool call; the first piece of a call names it."""
        function = ChoiceDeltaToolCallFunction(name=name, arguments=arguments)
        piece = ChoiceDeltaToolCall(
            index=index, id=f"call_{index}" if name else None, type="function" if name else None, function=function)  # fmt: skip
        chunk = ChatCompletionChunk(
            id="chatcmpl-fake", object="chat.completion.chunk", created=CREATED, model=self.model,
            choices=[Choice(delta=ChoiceDelta(tool_calls=[piece]), index=0)])  # fmt: skip
        return chunk.model_dump_json()

    def outcomes(self) -> list[str]:
        """What the tools said that were called since the last user message."""
        messages = self.request.get("messages", [])
        last = max((i for i, m in enumerate(messages) if m.get("role") == "user"), default=-1)
        return [str(m["content"]) for m in messages[last + 1 :] if m.get("role") == "tool"]

    def usage(self, output: int) -> CompletionUsage:
        """The call's cost: as the marker says, or else a token for four bytes."""
        prompt = len(json.dumps(self.request.get("messages", []))) // 4
        if self.scenario == "long" and self.number is not None:
            prompt = self.number
        return CompletionUsage(prompt_tokens=prompt, completion_tokens=output, total_tokens=prompt + output)

    # How it is sent.

    async def head(self, status: int, *headers: str, kind: str = "application/json") -> None:
        """Begins a chunked answer."""
        reason = REASONS.get(status, "Internal Server Error")
        lines = [f"HTTP/1.1 {status} {reason}", f"Content-Type: {kind}", "Transfer-Encoding: chunked", *headers]
        self.writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        await self.writer.drain()

    async def write(self, text: str) -> None:
        """Sends one HTTP chunk."""
        data = text.encode()
        self.writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        await self.writer.drain()

    async def end(self) -> None:
        """Ends the answer whole."""
        self.writer.write(b"0\r\n\r\n")
        await self.writer.drain()

    async def event(self, data: str) -> None:
        """Sends one server-sent event."""
        await self.write(f"data: {data}\n\n")

    async def error(self, status: int, message: str, kind: str, code: str | None, *headers: str) -> None:
        """Refuses the call with the vendor's error object."""
        await self.head(status, *headers)
        await self.write(error_body(message, kind, code))
        await self.end()

    async def stream(self, deltas: list[str], pause: float = 0) -> None:
        """A whole answer."""
        await self.head(200, kind="text/event-stream; charset=utf-8")
        for delta in deltas:
            await self.event(self.chunk(delta))
            await asyncio.sleep(pause)
        await self.event(self.chunk(finish="stop"))
        await self.event(self.chunk(usage=self.usage(len(deltas))))
        await self.event("[DONE]")
        await self.end()

    async def begin(self) -> None:
        """The first half of an answer."""
        await self.head(200, kind="text/event-stream; charset=utf-8")
        deltas = self.answer()
        for delta in deltas[: max(1, len(deltas) // 2)]:
            await self.event(self.chunk(delta))


def error_body(message: str, kind: str, code: str | None) -> str:
    """The vendor's error object."""
    error = ErrorObject(message=message, type=kind, code=code, param=None)
    return json.dumps({"error": error.model_dump()})


async def forever() -> None:
    """Says nothing more until the client leaves."""
    await asyncio.Event().wait()


# The scenarios. `NUMBER` is the marker's.


async def normal(call: Call) -> None:
    await call.stream(call.answer())


async def passes(call: Call) -> None:
    """A model that has nothing to say, also when it is asked again."""
    await call.stream(["/pa", "ss"])


async def slow(call: Call) -> None:
    """NUMBER deltas (60), one every 70 ms, so that a test can kill something meanwhile."""
    await call.stream([f"word{i} " for i in range(call.number or 60)] + call.answer(), pause=0.07)


async def stamped(call: Call) -> None:
    """NUMBER deltas (60), one every 5 ms, each of which is the time at which it is sent, in nanoseconds."""
    await call.head(200, kind="text/event-stream; charset=utf-8")
    chunk = call.chunk("TIME ")
    for _ in range(call.number or 60):
        await call.event(chunk.replace("TIME", str(time.monotonic_ns())))
        await asyncio.sleep(0.005)
    await call.event(call.chunk(finish="stop"))
    await call.event("[DONE]")
    await call.end()


async def stall(call: Call) -> None:
    await call.begin()
    await forever()


async def stall_notes(call: Call) -> None:
    """A normal answer, but for a note, which never comes."""
    await (forever() if call.is_note else normal(call))


async def stall_before(_: Call) -> None:
    await forever()


async def comments(call: Call) -> None:
    """Half an answer, and then signs of life without end."""
    await call.begin()
    while True:
        await call.write(": still here\n\n")
        await asyncio.sleep(0.2)


async def no_end(call: Call) -> None:
    """Everything but the end of the stream."""
    await call.head(200, kind="text/event-stream; charset=utf-8")
    await call.event("")
    for delta in call.answer():
        await call.event(call.chunk(delta))
    await call.event(call.chunk(finish="stop"))
    await forever()


async def dripping_refusal(call: Call) -> None:
    """A refusal whose body never ends."""
    await call.head(400)
    while True:
        await call.write(" ")
        await asyncio.sleep(0.2)


async def cut(call: Call) -> None:
    await call.begin()


async def rate_limited(call: Call) -> None:
    """429 for the first of equal requests, a normal answer after it."""
    if call.is_first:
        await always_429(call)
    else:
        await normal(call)


async def always_429(call: Call) -> None:
    wait = f"Retry-After: {1 if call.number is None else call.number}"
    await call.error(429, "Rate limit reached for requests", "requests", "rate_limit_exceeded", wait)


ANSWERED: list[float] = []


async def limited(call: Call) -> None:
    """Answers NUMBER calls a second (2), and refuses the others."""
    now = asyncio.get_running_loop().time()
    ANSWERED[:] = [time for time in ANSWERED if time > now - 1]
    if len(ANSWERED) >= (call.number or 2):
        return await call.error(429, "Too many requests", "requests", "rate_limit_exceeded", "Retry-After: 1")
    ANSWERED.append(now)
    await normal(call)


async def early(call: Call) -> None:
    """425 for the first of equal requests, with OpenAI's own header, a normal answer after it."""
    if call.is_first:
        await call.error(425, "Too early", "requests", None, "Retry-After-Ms: 40")
    else:
        await normal(call)


async def quota(call: Call) -> None:
    await call.error(429, "You exceeded your current quota", "insufficient_quota", "insufficient_quota")


async def error_500(call: Call) -> None:
    """500 for the first of equal requests, a normal answer after it."""
    if call.is_first:
        await always_500(call)
    else:
        await normal(call)


async def always_500(call: Call) -> None:
    await call.error(500, "The server had an error while processing your request", "server_error", None)


async def malformed(call: Call) -> None:
    await call.begin()
    await call.event('{"choices":[{"delta":{"content":')
    await call.end()


async def mid_stream_error(call: Call) -> None:
    await call.begin()
    await call.event(error_body("The server is overloaded", "server_error", None))
    await call.end()


async def unauthorized(call: Call) -> None:
    """Repeats the key, as a careless provider would."""
    message = f"Incorrect API key provided: {call.key}"
    await call.error(401, message, "invalid_request_error", "invalid_api_key")


async def not_found(call: Call) -> None:
    message = f"The model `{call.model}` does not exist or you do not have access to it."
    await call.error(404, message, "invalid_request_error", "model_not_found")


async def context_overflow(call: Call) -> None:
    message = "This model's maximum context length is 8192 tokens. However, your messages resulted in 9001 tokens."
    await call.error(400, message, "invalid_request_error", "context_length_exceeded")


async def tools(call: Call) -> None:
    """Calls the tools that lines `tool: NAME {json}` of the last user message name, NUMBER at a time (1), each when the
    ones before it have ended; then answers with what became of them."""
    wanted, outcomes = TOOL.findall(call.last_user), call.outcomes()
    now = wanted[len(outcomes) : len(outcomes) + (call.number or 1)]
    if not now:
        return await call.stream([f"Outcomes: {' | '.join(outcomes)}"])
    await call.head(200, kind="text/event-stream; charset=utf-8")
    await call.event(call.chunk(f"Step {len(outcomes)}."))
    for index, (name, arguments) in enumerate(now):
        await call.event(call.call_chunk(index, name, ""))
        for start in range(0, len(arguments), 7):
            await call.event(call.call_chunk(index, None, arguments[start : start + 7]))
    await call.event(call.chunk(finish="tool_calls"))
    await call.event(call.chunk(usage=call.usage(10)))
    await call.event("[DONE]")
    await call.end()


async def slow_arguments(call: Call) -> None:
    """A tool call whose arguments take NUMBER seconds (20)."""
    await call.head(200, kind="text/event-stream; charset=utf-8")
    await call.event(call.call_chunk(0, "create_record", ""))
    for _ in range(10 * (call.number or 20)):
        await call.event(call.call_chunk(0, None, " "))
        await asyncio.sleep(0.1)
    await call.event(call.chunk(finish="tool_calls"))
    await call.event("[DONE]")
    await call.end()


async def tools_late(call: Call) -> None:
    """As `tools`, after two seconds in which a test can prepare something."""
    await asyncio.sleep(2)
    await tools(call)


SCENARIOS: dict[str, Callable[[Call], Awaitable[None]]] = {
    "normal": normal, "long": normal, "pass": passes, "slow": slow, "tools": tools, "tools-late": tools_late,
    "slow-arguments": slow_arguments, "stall": stall, "stall-before": stall_before, "stall-notes": stall_notes,
    "cut": cut, "stamped": stamped, "comments": comments, "no-end": no_end, "dripping-refusal": dripping_refusal,
    "limited": limited, "early": early, "rate-limited": rate_limited, "always-429": always_429, "quota": quota, "error-500": error_500,
    "always-500": always_500, "malformed": malformed, "mid-stream-error": mid_stream_error,
    "unauthorized": unauthorized, "not-found": not_found, "context-overflow": context_overflow,
}  # fmt: skip


class Provider:
    """The HTTP server: one request a connection."""

    def __init__(self, log: TextIO | None) -> None:
        self.log = log
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
            body = json.loads(await reader.readexactly(int(headers.get("content-length", "0"))))
        except (asyncio.IncompleteReadError, json.JSONDecodeError):
            return writer.close()
        call = Call(body, headers.get("authorization", "").removeprefix("Bearer "), writer, self.seen)
        self.count += 1
        number = self.count
        self.write_log(event="request", number=number, scenario=call.scenario, key=call.key, request=body)
        ended = await self.play(call, reader, head.split(" ")[1])
        self.write_log(event="ended", number=number, how=ended)
        writer.close()

    async def play(self, call: Call, reader: asyncio.StreamReader, path: str) -> str:
        """Plays the scenario until it ends or the client leaves."""
        scenario = SCENARIOS.get(call.scenario)
        if not path.endswith("/chat/completions") or scenario is None:
            scenario = not_found
        playing = asyncio.ensure_future(scenario(call))
        leaving = asyncio.ensure_future(reader.read(1))
        await asyncio.wait({playing, leaving}, return_when=asyncio.FIRST_COMPLETED)
        leaving.cancel()
        if playing.done() and playing.exception() is None:
            return "complete"
        playing.cancel()
        return "disconnected"


def notify_ready() -> None:
    """Tells a supervisor, if there is one; see sd_notify(3)."""
    if address := os.environ.get("NOTIFY_SOCKET"):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"READY=1", "\0" + address[1:] if address.startswith("@") else address)


async def main() -> None:
    """Serves until it is killed."""
    parser = argparse.ArgumentParser(description="A provider for tests that plays scenarios.")
    parser.add_argument("--socket", type=Path, help="listen on this Unix socket instead of a port")
    parser.add_argument("--log", type=Path, help="append a JSON line for each request")
    options = parser.parse_args()
    provider = Provider(options.log.open("a") if options.log else None)
    if options.socket:
        options.socket.unlink(missing_ok=True)
        server = await asyncio.start_unix_server(provider.serve, options.socket)
    else:
        server = await asyncio.start_server(provider.serve, "127.0.0.1", 0)
        print("port", server.sockets[0].getsockname()[1], flush=True)
    notify_ready()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
