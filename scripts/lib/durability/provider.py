"""A provider that streams a few words: the fake one takes seconds to load its types in a kernel of its own."""

import asyncio
import contextlib
import json
from pathlib import Path

WORDS = ["Nothing ", "new, ", "all ", "is ", "well."]
WORD_SECONDS = 0.1
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"


async def serve_provider(path: Path) -> asyncio.Server:
    """Listens on a Unix socket."""
    return await asyncio.start_unix_server(answer, path)


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers one request and closes the connection."""
    with contextlib.suppress(OSError, asyncio.IncompleteReadError):
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        await reader.readexactly(int(head.partition("content-length:")[2].split()[0]))
        writer.write(HEAD)
        for word in WORDS:
            writer.write(event({"role": "assistant", "content": word}, None))
            await writer.drain()
            await asyncio.sleep(WORD_SECONDS)
        writer.write(event({}, "stop") + b"data: [DONE]\n\n")
        await writer.drain()
    writer.close()


def event(delta: dict[str, str], finish: str | None) -> bytes:
    """One server-sent event of the streaming chat API."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    chunk = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "few", "choices": [choice]}
    return f"data: {json.dumps(chunk)}\n\n".encode()
