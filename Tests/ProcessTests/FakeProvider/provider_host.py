#!/usr/bin/env python3
"""Starts providers for tests by forking, so that the vendors' packages are loaded once for all of them.

It listens on the Unix socket that it is told. The first connection is its owner's: the host ends with it. Every other
one is a provider's: a line with the provider's options, a JSON array, is answered with what the provider prints, and the
provider ends when the connection is closed.
"""

import asyncio
import json
import os
import selectors
import signal
import socket
import sys

from fake_provider import load, parse, serve


def end() -> None:
    """Ends a provider at once, whatever it plays."""
    os._exit(0)


async def serve_until_closed(arguments: list[str]) -> None:
    """Serves until standard output, which is the connection, is closed at its other end."""
    asyncio.get_running_loop().add_reader(sys.stdout.fileno(), end)
    await serve(parse(arguments))


def start(connection: socket.socket) -> None:
    """Forks a provider."""
    with connection.makefile() as lines:
        arguments = json.loads(lines.readline())
    for name in parse(arguments).load:
        load(name)
    if os.fork() == 0:
        os.dup2(connection.fileno(), sys.stdout.fileno())
        asyncio.run(serve_until_closed(arguments))


def main() -> None:
    """Forks providers until the owner has gone."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # providers that have ended are not waited for
    with socket.socket(socket.AF_UNIX) as listener, selectors.DefaultSelector() as selector:
        listener.bind(sys.argv[1] + ".new")
        listener.listen(64)
        os.rename(sys.argv[1] + ".new", sys.argv[1])  # from now on it can be connected to
        owner, _ = listener.accept()
        selector.register(listener, selectors.EVENT_READ)
        selector.register(owner, selectors.EVENT_READ)
        while all(key.fileobj is listener for key, _ in selector.select()):
            connection, _ = listener.accept()
            with connection:
                start(connection)


if __name__ == "__main__":
    main()
