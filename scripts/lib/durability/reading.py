"""Whether a message and a note that were acknowledged can be read now, whatever the disk says to writes.

    python -m durability.reading HOME OUT

Exit status 0 means that both were read as they were written.
"""

import argparse
import asyncio
from pathlib import Path

from .client import Client
from .ledger import Facts, text_of

READ_SECONDS = 60.0


async def read(home: Path, out: Path) -> bool:
    """Reads the last acknowledged message and a note, of which further versions may be written meanwhile."""
    client, facts = Client(home), Facts(out)
    post = [post for post in facts.posts.values() if post.number is not None][-1]
    name, note = [(name, note) for name, note in facts.notes.items() if note.acknowledged][-1]
    assert post.number is not None
    page = await client.ask("coordinator.history", room=post.room, after=post.number - 1, limit=1)
    text = (await client.ask("store.text", id=name))["text"]
    await client.close()
    versions = range(note.acknowledged, Facts(out).notes[name].attempted + 1)
    is_note_whole = text in [text_of(f"{name}@{version}") + "\n" for version in versions]
    return is_note_whole and [event["text"] for event in page["events"]] == [post.text]


def main() -> None:
    """Reads the arguments."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("home", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    has_read = asyncio.run(asyncio.wait_for(read(options.home, options.out), READ_SECONDS))
    raise SystemExit(0 if has_read else 1)


if __name__ == "__main__":
    main()
