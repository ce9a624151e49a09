"""What clients wanted to write, what was acknowledged of it, and what they were told: a file with a line for each fact.

A line is with the kernel of the machine that has the file when `add` returns. A guest whose kernel is killed leaves at
most a part of its last line.
"""

import json
import os
import random
import re
from dataclasses import dataclass, field
from pathlib import Path

MARK = re.compile(r"<([\w./@-]+)>")
WORDS = "ash bay cove dune elm fern glen heath isle juniper knoll larch moor".split()
# Most texts are short; some are longer than a page of memory, so that a part of them can be missing.
SHORT_WORDS, LONG_WORDS, LONG_SHARE = 30, 2_000, 0.1


def text_of(mark: str) -> str:
    """The words of a message or note, made from its mark and thus known without the file."""
    generator = random.Random(mark)
    count = generator.randrange(LONG_WORDS if generator.random() < LONG_SHARE else SHORT_WORDS)
    return " ".join([f"<{mark}>", *generator.choices(WORDS, k=count), "end."])


def mark_of(text: str) -> str | None:
    """The mark in a text that was made from one."""
    found = MARK.search(text)
    return found.group(1) if found else None


@dataclass
class Post:
    """A message that somebody posted."""

    room: str
    text: str
    number: int | None = None
    turns: list[str] = field(default_factory=list)

    @property
    def is_acknowledged(self) -> bool:
        """Whether the coordinator has said that it is on the disk."""
        return self.number is not None


@dataclass
class Note:
    """A note, of which somebody wrote one version after the other."""

    attempted: int = 0
    acknowledged: int = 0


class Ledger:
    """The facts of one run of clients, in a file of their own."""

    def __init__(self, path: Path) -> None:
        self.file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)

    def add(self, kind: str, **fact: object) -> None:
        """Writes a fact."""
        os.write(self.file, (json.dumps({"kind": kind, **fact}) + "\n").encode())


class Facts:
    """What the ledgers of a directory say together."""

    def __init__(self, directory: Path) -> None:
        self.posts: dict[str, Post] = {}
        self.notes: dict[str, Note] = {}
        self.told: dict[tuple[str, int], str] = {}
        self.contradictions: list[str] = []
        # What the tenth life was told may be about what the ninth has asked.
        for path in sorted(directory.glob("ledger.*"), key=lambda path: int(path.suffix[1:])):
            for line in path.read_text().split("\n")[:-1]:
                self.take(json.loads(line))

    def take(self, fact: dict[str, object]) -> None:
        """One fact."""
        name = str(fact.get("id", ""))
        match fact:
            case {"kind": "post", "room": str(room), "text": str(text)}:
                self.posts[name] = Post(room, text)
            case {"kind": "posted", "number": int(number), "turns": list(turns)}:
                self.posts[name].number, self.posts[name].turns = number, turns
            case {"kind": "note", "version": int(version)}:
                note = self.notes.setdefault(name, Note())
                note.attempted = max(note.attempted, version)
            case {"kind": "noted", "version": int(version)}:
                self.notes[name].acknowledged = version
            case {"kind": "told", "room": str(room), "number": int(number), "text": str(text)}:
                if self.told.setdefault((room, number), text) != text:
                    self.contradictions.append(f"{room}/{number} was told with two texts")
            case _:
                raise ValueError(f"the ledger has an unknown fact: {fact}")
