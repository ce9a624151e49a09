"""Whether everything that was acknowledged, and everything that was told, can be read back."""

import asyncio
import time
from collections import Counter
from pathlib import Path
from typing import Any

from .client import Client, Refused
from .ledger import Facts, Post, mark_of, text_of

PAGE_EVENTS = 500
SETTLE_SECONDS = 90.0
FAULTS_SHOWN_MAX = 40
# How a turn can end; `died` says that it goes on with another process.
ENDS = {"answered", "passed", "failed", "abandoned", "dismissed"}


class Check:
    """One comparison of a node that runs with the facts."""

    def __init__(self, home: Path, facts: Facts) -> None:
        self.client = Client(home)
        self.facts = facts
        self.faults: list[str] = list(facts.contradictions)
        self.counts: Counter[str] = Counter()

    async def run(self) -> list[str]:
        """Compares everything, and returns the faults."""
        await self.wait_for_turns()
        rooms = sorted({post.room for post in self.facts.posts.values()})
        histories = {room: await self.history(room) for room in rooms}
        for room, events in histories.items():
            self.compare_room(room, events)
        self.compare_told(histories)
        for name in self.facts.notes:
            await self.compare_note(name)
        await self.client.close()
        return self.faults[:FAULTS_SHOWN_MAX]

    async def wait_for_turns(self) -> None:
        """Waits until every turn has ended."""
        deadline = time.monotonic() + SETTLE_SECONDS
        for name, post in self.facts.posts.items():
            try:
                while post.turns and not await self.is_settled(post):
                    if time.monotonic() > deadline:
                        self.faults.append(f"a turn has not ended: {post.turns} of {name} in {post.room}/{post.number}")
                        break
                    await asyncio.sleep(0.05)
            except Refused as refusal:
                self.faults.append(f"{name} was acknowledged as {post.room}/{post.number}: {refusal}")

    async def is_settled(self, post: Post) -> bool:
        """Whether the turns of a message have ended."""
        answer = await self.client.ask("coordinator.settled", room=post.room, number=post.number)
        return bool(answer["settled"])

    async def history(self, room: str) -> list[dict[str, Any]]:
        """All events of a room, page after page."""
        events: list[dict[str, Any]] = []
        while True:
            after = events[-1]["number"] if events else 0
            try:
                page = await self.client.ask("coordinator.history", room=room, after=after, limit=PAGE_EVENTS)
            except Refused as refusal:
                self.faults.append(f"{room} cannot be read: {refusal}")
                return events
            if not page["events"]:
                return events
            events += page["events"]

    def compare_room(self, room: str, events: list[dict[str, Any]]) -> None:
        """Every acknowledged message once, whole and at its number; no other that nobody wanted to post."""
        if [event["number"] for event in events] != list(range(1, len(events) + 1)):
            self.faults.append(f"the events of {room} are not numbered without gaps")
        numbers: dict[str, list[int]] = {}
        for event in events:
            if event["from"] != self.client.name:
                continue
            name = mark_of(event["text"]) or ""
            numbers.setdefault(name, []).append(event["number"])
            if name not in self.facts.posts:
                self.faults.append(f"{room}/{event['number']} was never posted: {event['text'][:80]!r}")
            elif event["text"] != self.facts.posts[name].text:
                self.faults.append(f"{room}/{event['number']} is torn: {name}")
        ended = Counter(event["turn"] for event in events if event.get("outcome") in ENDS)
        for name, post in self.facts.posts.items():
            if post.room == room:
                self.compare_post(name, numbers.get(name, []), ended)

    def compare_post(self, name: str, numbers: list[int], ended: Counter[str]) -> None:
        """One message, and the turns that it caused."""
        post = self.facts.posts[name]
        if len(numbers) > 1:
            self.faults.append(f"{name} is doubled: {numbers}")
        if not post.is_acknowledged:
            return
        self.counts["messages"] += 1
        if numbers[:1] != [post.number]:
            self.faults.append(f"{name} was acknowledged as {post.room}/{post.number} and is at {numbers}")
        for turn in post.turns:
            self.counts["turns"] += 1
            if ended[turn] != 1:
                self.faults.append(f"turn {turn} of {name} has {ended[turn]} ends")

    def compare_told(self, histories: dict[str, list[dict[str, Any]]]) -> None:
        """An event that somebody was told is in the room for ever."""
        for (room, number), text in self.facts.told.items():
            self.counts["events"] += 1
            held = histories.get(room, [])[number - 1 : number]
            if [event["text"] for event in held] != [text]:
                self.faults.append(f"{room}/{number} was told and is not there as it was")

    async def compare_note(self, name: str) -> None:
        """A note has the bytes of the last acknowledged version, or of a later one that somebody tried to write."""
        note = self.facts.notes[name]
        self.counts["notes"] += note.acknowledged
        try:
            text = (await self.client.ask("store.text", id=name))["text"]
        except Refused as refusal:
            if note.acknowledged:
                self.faults.append(f"{name}@{note.acknowledged} was acknowledged: {refusal}")
            return
        versions = range(max(1, note.acknowledged), note.attempted + 1)
        if text not in [text_of(f"{name}@{version}") + "\n" for version in versions]:
            self.faults.append(f"{name}@{note.acknowledged} is not there as it was: {text[:80]!r}")
