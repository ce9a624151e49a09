"""One call of the provider: which scenario it asks for, what there is to answer, and how that is sent."""

import asyncio
import json
import re
from collections.abc import Collection

from api import Api, Entry, Failure, Kind, Stop, Usage

FACT = re.compile(r"fact:[\w-]+")
MARKER = re.compile(r"fake:([a-z0-9-]+)(?:=(\d+))?")
REASONS = {
    200: "OK", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 429: "Too Many Requests",
    503: "Service Unavailable", 529: "Overloaded",
}  # fmt: skip
EVENT_STREAM = "text/event-stream; charset=utf-8"


class Call:
    """One request, and the means to answer it."""

    def __init__(
        self, api: Api, entries: list[Entry], writer: asyncio.StreamWriter, scenarios: Collection[str], seen: set[str]
    ) -> None:
        self.api = api
        self.writer = writer
        self.entries = entries
        users = [place for place, entry in enumerate(self.entries) if entry.kind is Kind.USER]
        # What has happened since the last user message.
        self.recent: list[Entry] = self.entries[users[-1] + 1 :] if users else self.entries
        self.last_user = self.entries[users[-1]].text if users else ""
        markers = MARKER.findall(self.last_user) or MARKER.findall(api.model)
        by_model = api.model if api.model in scenarios else "normal"
        self.scenario: str
        self.scenario, number = markers[-1] if markers else (by_model, "")
        self.number = int(number) if number else None
        # What the vendor counts for it.
        self.spent: Usage | None = None
        self.is_first = (signature := f"{api.name} {self.scenario} {self.last_user}") not in seen
        seen.add(signature)

    # What is said.

    @property
    def closes_silently(self) -> bool:
        """Whether the connection is closed a moment after the answer, of which nothing is said."""
        return self.scenario == "silent-close"

    @property
    def is_note(self) -> bool:
        """Whether a hand-off note is wanted."""
        return "Write it a note" in self.last_user

    def answer(self) -> list[str]:
        """The deterministic answer as deltas: it repeats the last words of the last user message; a note repeats every
        word `fact:…` of the conversation."""
        if self.is_note:
            facts = dict.fromkeys(FACT.findall(json.dumps(self.api.messages)))
            return [f"Known: {' '.join(facts)}."]
        words = MARKER.sub("", self.last_user).split()[-12:]
        text = "You said: " + " ".join(words) + "."
        return re.findall(r"\S+\s*", text)

    def recent_texts(self, kind: Kind) -> list[str]:
        """What the entries of a kind say that came since the last user message: the outcomes of calls, for example."""
        return [entry.text for entry in self.recent if entry.kind is kind]

    def usage(self, output: int) -> Usage:
        """The call's cost: as the marker says, or else a token for four bytes."""
        if self.scenario == "long" and self.number is not None:
            return Usage(self.number, output)
        return Usage(len(json.dumps(self.api.messages)) // 4, output)

    @property
    def answer_max(self) -> int | None:
        """The most tokens of an answer that the request allows."""
        request = self.api.request
        bounds = [request.get(key) for key in ("max_tokens", "max_completion_tokens", "max_output_tokens")]
        bounds.append(request.get("generationConfig", {}).get("maxOutputTokens"))
        return next((bound for bound in bounds if bound is not None), None)

    # How it is sent.

    async def head(self, status: int, headers: dict[str, str] | None = None, kind: str = "application/json") -> None:
        """Begins a chunked answer."""
        reason = REASONS.get(status, "Internal Server Error")
        lines = [f"HTTP/1.1 {status} {reason}", f"Content-Type: {kind}", "Transfer-Encoding: chunked"]
        if not self.closes_silently:
            lines.append("Connection: close")
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        self.writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        await self.writer.drain()

    async def write(self, text: str) -> None:
        """Sends one HTTP chunk."""
        data = text.encode()
        self.writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        await self.writer.drain()

    async def send(self, events: list[str]) -> None:
        """Sends server-sent events, each in an HTTP chunk of its own."""
        for event in events:
            await self.write(event)

    async def end(self) -> None:
        """Ends the answer whole."""
        self.writer.write(b"0\r\n\r\n")
        await self.writer.drain()

    async def refuse(self, failure: Failure) -> None:
        """Refuses the call as the vendor does."""
        status, headers, body = self.api.refusal(failure)
        await self.head(status, headers)
        await self.write(body)
        await self.end()

    async def open(self) -> None:
        """Begins a stream."""
        await self.head(200, kind=EVENT_STREAM)
        await self.send(self.api.head(self.usage(0)))

    async def finish(self, stop: Stop, usage: Usage | None) -> None:
        """Ends a stream."""
        self.spent = usage
        await self.send(self.api.finish(stop, usage))
        await self.send(self.api.end_mark())
        await self.end()

    async def say(self, deltas: list[str], pause: float = 0) -> None:
        """Some words, with a pause in seconds after each delta."""
        for delta in deltas:
            await self.send(self.api.text(delta))
            await asyncio.sleep(pause)

    async def stream(self, deltas: list[str], pause: float = 0) -> None:
        """A whole answer."""
        await self.open()
        await self.say(deltas, pause)
        await self.finish(Stop.END, self.usage(len(deltas)))

    async def begin(self) -> None:
        """The first half of an answer."""
        await self.open()
        deltas = self.answer()
        await self.say(deltas[: max(1, len(deltas) // 2)])

    async def fail(self, failure: Failure) -> None:
        """Ends a stream with an error."""
        await self.send(self.api.error_event(failure))
        await self.end()
