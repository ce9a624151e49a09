"""Clients that write as fast as they can: messages in rooms, questions to an agent, notes; and one that listens."""

import asyncio
import contextlib
import itertools
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from .client import Client, Refused
from .ledger import Facts, Ledger, text_of

ROOMS = ["north", "south", "east"]
POSTERS_PER_ROOM = 2
NOTE_WRITERS = 2
VERSIONS_OF_NOTE = 3
ALONE_PAUSE_SECONDS = 0.4
ASKED_ROOM = "questions"
AGENT = "scout"
# So many questions are open at a time; whether the first of them is answered is asked about so often.
QUESTIONS_MAX, SETTLED_SECONDS = 3, 0.2


class Load:
    """All clients of one life of a node.

    With `is_alone` there is one writer, of notes, which pauses after each: no synchronization of another write helps
    the last one.
    """

    def __init__(self, home: Path, ledger: Ledger, life: str, is_alone: bool = False) -> None:
        self.home, self.ledger, self.life, self.is_alone = home, ledger, life, is_alone
        self.clients: list[Client] = []
        self.is_stopping = False

    async def run(self, unfinished: Facts) -> None:
        """Writes until `stop`; what was not acknowledged in an earlier life is posted again first."""
        watcher = self.client()
        watcher.subscriptions = ["room.*.event"]
        watcher.on_message = self.note_event
        watching = asyncio.create_task(watcher.stay_connected())
        await self.repeat(unfinished)
        await asyncio.gather(*([self.write_notes("w0")] if self.is_alone else self.writers()))
        watching.cancel()
        for client in self.clients:
            await client.close()

    def writers(self) -> list[Coroutine[Any, Any, None]]:
        """Everybody who writes."""
        posters = [self.post(room, f"{room}{number}") for room in ROOMS for number in range(POSTERS_PER_ROOM)]
        return [*posters, *(self.write_notes(f"w{number}") for number in range(NOTE_WRITERS)), self.ask()]

    def stop(self) -> None:
        """Lets everybody finish what is begun."""
        self.is_stopping = True

    def refusals(self) -> list[str]:
        """What services and the broker have refused."""
        return [refusal for client in self.clients for refusal in client.refusals]

    def client(self) -> Client:
        """One more connection."""
        self.clients.append(Client(self.home))
        return self.clients[-1]

    async def repeat(self, unfinished: Facts) -> None:
        """Posts again, under the same ids, what has no answer yet."""
        client = self.client()
        for name, post in unfinished.posts.items():
            if not post.is_acknowledged:
                await self.send(client, name, post.room, post.text)

    async def post(self, room: str, name: str) -> None:
        """One message after the other, for nobody but the one who posts."""
        client = self.client()
        await settled_connection(client)
        for number in itertools.count(1):
            if self.is_stopping:
                return
            mark = f"{self.life}-{name}-{number}"
            await self.begin(client, mark, room, f"@{client.name.partition(':')[2]} {text_of(mark)}")

    async def ask(self) -> None:
        """Questions that an agent answers in some tenths of a second, a few of them open at any time."""
        client = self.client()
        await settled_connection(client)
        unanswered: list[int] = []
        for number in itertools.count(1):
            if self.is_stopping:
                return
            mark = f"{self.life}-ask-{number}"
            text = f"@{AGENT} <{mark}> what is new? fake:slow=4"
            unanswered.append(await self.begin(client, mark, ASKED_ROOM, text))
            while len(unanswered) == QUESTIONS_MAX and not self.is_stopping:
                answer = await client.ask("coordinator.settled", room=ASKED_ROOM, number=unanswered[0])
                if answer["settled"]:
                    unanswered.pop(0)
                else:
                    await asyncio.sleep(SETTLED_SECONDS)

    async def begin(self, client: Client, mark: str, room: str, text: str) -> int:
        """Posts something new; returns its number in the room."""
        self.ledger.add("post", id=mark, room=room, text=text)
        return await self.send(client, mark, room, text)

    async def send(self, client: Client, mark: str, room: str, text: str) -> int:
        """Posts until it is acknowledged; returns the number in the room."""
        reply = await client.ask("coordinator.post", request=mark, room=room, text=text)
        self.ledger.add("posted", id=mark, number=reply["number"], turns=reply["turns"])
        return int(reply["number"])

    async def write_notes(self, name: str) -> None:
        """Notes in folders that are new, each written some times."""
        client = self.client()
        for number in itertools.count(1):
            note = f"life-{self.life}/{name}/group{number // 5}/note{number}"
            revision = ""
            for version in range(1, VERSIONS_OF_NOTE + 1):
                if self.is_stopping:
                    return
                self.ledger.add("note", id=note, version=version)
                revision = await self.write(client, note, version, revision)
                self.ledger.add("noted", id=note, version=version)
                if self.is_alone:
                    await asyncio.sleep(ALONE_PAUSE_SECONDS)

    async def write(self, client: Client, note: str, version: int, revision: str) -> str:
        """Writes a version until it is acknowledged, and tells its revision."""
        request, body = f"{note}@{version}", text_of(f"{note}@{version}") + "\n"
        if version == 1:
            reply = await client.ask("store.create", request=request, id=note, fields={}, body=body)
            return str(reply["revision"])
        change = {"id": note, "fields": {}, "body": body}
        try:
            reply = await client.ask("store.update", request=request, revision=revision, **change)
        except Refused as refusal:
            # The change was made, and the store was killed, or the disk failed, before that could be said.
            current = await client.ask("store.text", id=note)
            if refusal.code != "stale" or current["text"] != body:
                raise
            reply = await client.ask("store.update", request=request, revision=current["revision"], **change)
        return str(reply["revision"])

    def note_event(self, event: dict[str, Any]) -> None:
        """What a room has told."""
        self.ledger.add("told", room=event["room"], number=event["number"], text=event["text"])


async def settled_connection(client: Client) -> None:
    """Returns when the client knows its name."""
    connecting = asyncio.create_task(client.stay_connected())
    while not client.name:
        await asyncio.sleep(0.01)
    connecting.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await connecting
