"""What the servers over HTTP share: a free port that is told in a file, an end with the parent, and a log of requests.

What it imports of the SDK is alike in both generations, so that servers of both can use it.
"""

import argparse
import json
import os
import signal
import socket
import threading
import time
from urllib.parse import parse_qsl


def arguments(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--port-file", required=True, help="takes the port, and a line end, once the server listens")
    parser.add_argument("--port", type=int, default=0, help="a fixed port, for a server that comes back")
    parser.add_argument("--log", help="takes one JSON line for each request")
    return parser


def listener(port=0):
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("127.0.0.1", port))
    sock.listen(128)
    return sock


def tell(path, port):
    """Writes the port so that a reader never sees half of the file."""
    with open(path + ".new", "w") as file:
        file.write(f"{port}\n")
    os.replace(path + ".new", path)


def end_with_parent():
    """Ends the process at SIGTERM at once, with streams open or not, and when the parent is gone.

    It asks for the parent's number again and again: PR_SET_PDEATHSIG would already fire when the thread
    ends that started this process.
    """
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    signal.signal(signal.SIGINT, lambda *_: os._exit(0))
    parent = os.getppid()

    def watch():
        while os.getppid() == parent:
            time.sleep(0.25)
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()


class Log:
    def __init__(self, path):
        self.path = path
        self.lock = threading.Lock()

    def write(self, **entry):
        if self.path is None:
            return
        with self.lock, open(self.path, "a") as file:
            file.write(json.dumps(entry) + "\n")


def entry(server, method, path, query, headers, body):
    """One request as the log tells it: names of fields, never their values, except those that tests ask for."""
    told = {"server": server, "method": method, "path": path}
    told["query"] = sorted(name for name, _ in parse_qsl(query, keep_blank_values=True))
    told["form"] = []
    kind = headers.get("content-type", "")
    if kind.startswith("application/x-www-form-urlencoded"):
        pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
        told["form"] = sorted(name for name, _ in pairs)
        told |= {name: value for name, value in pairs if name in ("grant_type", "resource", "scope")}
    elif kind.startswith("application/json"):
        try:
            message = json.loads(body)
        except ValueError:
            message = None
        if isinstance(message, dict):
            told |= {"rpc": message["method"]} if "method" in message else {"form": sorted(message)}
    told |= {name: value for name, value in parse_qsl(query) if name in ("resource", "scope", "code_challenge_method")}
    told["authorization"] = headers.get("authorization", "").split(" ")[0].lower() or None
    told["headers"] = sorted(headers)
    told["version"] = headers.get("mcp-protocol-version")
    told["session"] = "mcp-session-id" in headers
    return told


async def whole(receive):
    """Reads the body of an ASGI request; gives it and what lets the next layer read it again."""
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message["type"] == "http.request" and message.get("more_body", False)
    handed = False

    async def again():
        nonlocal handed
        if handed:
            return await receive()
        handed = True
        return {"type": "http.request", "body": body, "more_body": False}

    return body, again


class Logged:
    """An ASGI layer which writes every request to a log, with the status of its answer, when the answer begins."""

    def __init__(self, app, log, server="resource"):
        self.app, self.log, self.server = app, log, server

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http" or self.log.path is None:
            await self.app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        body, again = await whole(receive)
        query = scope["query_string"].decode("latin-1")
        told = entry(self.server, scope["method"], scope["path"], query, headers, body)

        async def sending(message):
            if message["type"] == "http.response.start":
                self.log.write(**told, status=message["status"])
            await send(message)

        await self.app(scope, again, sending)


class Required:
    """An ASGI layer which answers 401 to a request without one header of one value."""

    def __init__(self, app, header):
        self.app = app
        name, _, value = header.partition("=")
        self.name, self.value = name.lower().encode(), value.encode()

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http" or (self.name, self.value) in scope["headers"]:
            await self.app(scope, receive, send)
            return
        body = b'{"error":"the header is missing"}'
        kind = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 401, "headers": kind})
        await send({"type": "http.response.body", "body": body})


def event_store():
    """Keeps every event, so that a client can read on where its stream broke off."""
    from mcp.server.streamable_http import EventMessage, EventStore

    class Events(EventStore):
        def __init__(self):
            self.kept = []

        async def store_event(self, stream_id, message):
            self.kept.append((stream_id, message))
            return str(len(self.kept))

        async def replay_events_after(self, last_event_id, send_callback):
            number = int(last_event_id)
            stream = self.kept[number - 1][0]
            for at, (other, message) in enumerate(self.kept[number:], number + 1):
                if other == stream and message is not None:
                    await send_callback(EventMessage(message, str(at)))
            return stream

    return Events()


def serve(app, port_file, port=0):
    """Serves one ASGI app with uvicorn, for ever, and tells its port."""
    sock = listener(port)
    serve_all([(app, sock)], lambda: tell(port_file, sock.getsockname()[1]))


def serve_all(apps, ready):
    """Serves each ASGI app at its own socket, for ever. Calls ready once all of them listen."""
    import asyncio
    import contextlib

    import uvicorn

    class Server(uvicorn.Server):
        async def startup(self, sockets=None):
            await super().startup(sockets=sockets)
            if all(server.started for server in servers):
                ready()

        def capture_signals(self):
            return contextlib.nullcontext()

    async def run():
        await asyncio.gather(
            *(server.serve(sockets=[sock]) for server, (_, sock) in zip(servers, apps, strict=True)),
        )

    end_with_parent()
    servers = [Server(uvicorn.Config(app, log_level="warning")) for app, _ in apps]
    asyncio.run(run())
