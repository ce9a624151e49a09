"""A server over HTTP that misbehaves in the way that its first argument names.

    hostile_http.py MODE --port-file FILE [--modern] [--at start|call] [--log FILE] [...]

It speaks the handshake generation, or the modern one with --modern, and has one tool, say, which repeats its text.
The first modes misbehave at every request, the modes about calls (and each with --at call) only at tools/call.

    silent        accepts, and never answers
    html          200 and a page
    huge          a JSON answer of --size bytes (100 MB)
    endless       an event stream of comments that never ends
    endless-line  an event stream of one line that never ends
    redirect      307 to another port, where a server logs what comes, and answers
    401 404 500   that status, and a line of text
    slow-drip     a good answer, of one byte a second
    wrong-type    a good answer, as application/octet-stream
    gzip-bomb     a compressed answer that unpacks to --size bytes
    bad-json      half an object, well ended
    wrong-id      an answer to another request

    cut           the event stream breaks off within the answer
    cut-json      the JSON answer breaks off
    session-gone  the session is unknown after its first call, --times times; then a new one lasts
    session-lost  every call finds its session unknown
    sse-no-end    the event with the answer comes, the stream stays open
    two-lines     an answer over several lines of data, with every kind of line end, in small pieces
    retry         an event with an id and no data, then the end; the answer waits at GET with Last-Event-ID
    retry-never   the same, but every GET ends like it
    hangs         an event stream with headers and nothing else
"""

import json
import socket
import struct
import threading
import time
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from serving import Log, arguments, end_with_parent, entry, tell

MODERN = "2026-07-28"
AT_CALLS = ("cut", "cut-json", "sse-no-end", "two-lines", "retry", "retry-never", "hangs")
SESSIONS = ("session-gone", "session-lost")
SCHEMA = {"type": "object", "properties": {"text": {"type": "string"}}}


class State:
    def __init__(self, told):
        self.told = told
        self.lock = threading.Lock()
        self.sessions = {}
        self.lost = 0
        self.waiting = {}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    name = "here"

    def log_message(self, *_):
        pass

    def handle(self):
        try:
            super().handle()
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    # What a server that behaves does.

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        url = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.state.log.write(**entry(self.name, self.command, url.path, url.query, headers, body))
        message = json.loads(body) if body else {}
        told = self.state.told
        if self.name == "here" and told.mode not in SESSIONS + AT_CALLS and told.at == "start":
            return getattr(self, "do_" + told.mode.replace("-", "_"))(message)
        if "id" not in message or "method" not in message:
            return self.reply(202, b"", None)
        session = self.headers.get("mcp-session-id")
        method = message["method"]
        if told.modern or method == "initialize":
            return self.answer(message)
        if method == "server/discover":
            return self.reply(400, self.error(message, -32600, "Bad Request: Missing session ID"))
        with self.state.lock:
            if told.mode == "session-gone" and self.state.sessions.get(session) and self.state.lost < told.times:
                self.state.lost += 1
                del self.state.sessions[session]
        if session not in self.state.sessions:
            return self.reply(404, self.error({"id": None}, -32600, "Session not found"))
        return self.answer(message)

    def do_GET(self):
        url = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.state.log.write(**entry(self.name, self.command, url.path, url.query, headers, b""))
        told = self.state.told
        last = self.headers.get("last-event-id")
        if self.name == "here" and last is not None and told.mode in ("retry", "retry-never"):
            return self.resume(last)
        if self.name == "here" and told.mode not in SESSIONS + AT_CALLS and told.at == "start":
            return getattr(self, "do_" + told.mode.replace("-", "_"))({"id": None})
        return self.reply(405, b"", None, Allow="POST, DELETE")

    def do_DELETE(self):
        url = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.state.log.write(**entry(self.name, self.command, url.path, url.query, headers, b""))
        self.state.sessions.pop(self.headers.get("mcp-session-id"), None)
        self.reply(200, b"", None)

    def answer(self, message):
        method, told = message["method"], self.state.told
        if method == "tools/call" and self.name == "here":
            session = self.headers.get("mcp-session-id")
            if told.mode == "session-lost":
                self.state.sessions.pop(session, None)
                return self.reply(404, self.error({"id": None}, -32600, "Session not found"))
            if told.mode == "session-gone":
                self.state.sessions[session] = 1
            if told.mode not in SESSIONS:
                return getattr(self, "do_" + told.mode.replace("-", "_"))(message)
        headers = {}
        if method == "initialize":
            session = f"session-{time.monotonic_ns()}"
            self.state.sessions[session] = 0
            headers = {"Mcp-Session-Id": session}
        return self.reply(200, self.good(message), **headers)

    def good(self, message):
        method, params = message.get("method"), message.get("params") or {}
        capabilities = {"tools": {"listChanged": True}}
        info = {"name": self.state.told.mode, "version": "1"}
        if method == "initialize":
            version = params.get("protocolVersion", "2025-11-25")
            result = {"protocolVersion": version, "capabilities": capabilities, "serverInfo": info}
        elif method == "server/discover":
            result = {"supportedVersions": [MODERN], "capabilities": capabilities, "ttlMs": 0, "cacheScope": "private"}
        elif method == "tools/list":
            note = {"readOnlyHint": True}
            tool = {"name": "say", "description": "Says what it is told.", "inputSchema": SCHEMA, "annotations": note}
            result = {"tools": [tool]}
            if self.state.told.modern:
                result |= {"ttlMs": 0, "cacheScope": "private"}
        elif method == "tools/call":
            text = "saïd " + str((params.get("arguments") or {}).get("text"))
            result = {"content": [{"type": "text", "text": text}]}
        elif method == "ping":
            result = {}
        else:
            return self.error(message, -32601, "Method not found")
        if self.state.told.modern:
            result |= {"resultType": "complete", "_meta": {"io.modelcontextprotocol/serverInfo": info}}
        return self.packed({"jsonrpc": "2.0", "id": message.get("id"), "result": result})

    @staticmethod
    def packed(value):
        return json.dumps(value, ensure_ascii=False).encode()

    def error(self, message, code, text):
        error = {"code": code, "message": text}
        return self.packed({"jsonrpc": "2.0", "id": message.get("id"), "error": error})

    def reply(self, status, body, kind="application/json", **headers):
        self.send_response(status)
        if kind:
            self.send_header("Content-Type", kind)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def stream(self):
        """Begins an event stream which ends with the connection."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Cache-Control", "no-cache")
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.flush()

    def stay(self):
        """Waits for the client to go."""
        self.connection.settimeout(None)
        while self.rfile.read1(65536):
            pass
        self.close_connection = True

    def abort(self):
        """Ends the connection with a reset."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    # How it misbehaves.

    def do_silent(self, _):
        self.stay()

    def do_html(self, _):
        self.reply(200, b"<!doctype html><html><body>Please log in</body></html>", "text/html; charset=utf-8")

    def do_huge(self, message):
        head, tail = self.good(message | {"method": "tools/call"}).split("saïd".encode())
        size = self.state.told.size
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(head) + size + len(tail)))
        self.end_headers()
        self.wfile.write(head)
        block = b"x" * 65536
        for _ in range(size // len(block)):
            self.wfile.write(block)
        self.wfile.write(b"x" * (size % len(block)) + tail)

    def do_endless(self, _):
        self.stream()
        while True:
            self.wfile.write(b": still here\r\n\r\n")
            time.sleep(self.state.told.pause)

    def do_endless_line(self, _):
        self.stream()
        self.wfile.write(b"data: ")
        while True:
            self.wfile.write(b"x" * 65536)

    def do_redirect(self, _):
        self.reply(307, b"", None, Location=f"http://127.0.0.1:{self.state.elsewhere}{self.path}")

    def do_401(self, _):
        self.reply(401, b"Go away.\n", "text/plain")

    def do_404(self, _):
        self.reply(404, b"There is nothing here.\n", "text/plain")

    def do_500(self, _):
        self.reply(500, b"Something broke.\n", "text/plain")

    def do_slow_drip(self, message):
        body = self.good(message)
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        for at in range(len(body)):
            self.wfile.write(body[at : at + 1])
            self.wfile.flush()
            time.sleep(self.state.told.drip)

    def do_wrong_type(self, message):
        self.reply(200, self.good(message), "application/octet-stream")

    def do_gzip_bomb(self, message):
        head, tail = self.good(message | {"method": "tools/call"}).split("saïd".encode())
        self.reply(200, bomb(head, self.state.told.size, tail), Content_Encoding="gzip")

    def do_bad_json(self, message):
        body = self.good(message)
        self.reply(200, body[: len(body) // 2])

    def do_wrong_id(self, message):
        self.reply(200, self.good(message | {"id": 987_654}))

    def do_cut(self, message):
        self.stream()
        event = b"event: message\r\ndata: " + self.good(message)
        self.wfile.write(event[: len(event) - 20])
        self.wfile.flush()
        self.abort() if self.state.told.reset else setattr(self, "close_connection", True)

    def do_cut_json(self, message):
        body = self.good(message)
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) - 20])
        self.wfile.flush()
        self.abort() if self.state.told.reset else setattr(self, "close_connection", True)

    def do_sse_no_end(self, message):
        self.stream()
        self.wfile.write(b"event: message\r\ndata: " + self.good(message) + b"\r\n\r\n")
        self.wfile.flush()
        self.stay()

    def do_hangs(self, _):
        self.stream()
        self.stay()

    def do_two_lines(self, message):
        """The line ends stand between the tokens of the JSON, where they are white space. Pieces end within them."""
        whole = json.loads(self.good(message))
        first = f'"jsonrpc": "2.0", "id": {json.dumps(whole["id"])},'
        second = '"result": ' + json.dumps(whole["result"], ensure_ascii=False)
        data = (
            "\ufeff: a comment\r"
            ": another\r\n"
            "\n"
            "event: message\r"
            "unknown: field\n"
            "nothing\r\n"
            "data: {\r"
            f"data:{first}\r\n"
            "data\n"
            f"data:  {second}\r"
            "data: }\r\n"
            "\r\n"
        ).encode()
        self.stream()
        for at in range(0, len(data), 3):
            self.wfile.write(data[at : at + 3])
            self.wfile.flush()
            time.sleep(0.002)
        self.close_connection = True

    def do_retry(self, message):
        with self.state.lock:
            number = len(self.state.waiting) + 1
            self.state.waiting[str(number)] = [self.good(message), self.state.told.times]
        self.prime(str(number))

    do_retry_never = do_retry

    def prime(self, number):
        self.stream()
        self.wfile.write(f"id: {number}\r\ndata: \r\nretry: {self.state.told.retry}\r\n\r\n".encode())
        self.close_connection = True

    def resume(self, number):
        if number not in self.state.waiting:
            return self.reply(404, b"", None)
        waiting = self.state.waiting[number]
        waiting[1] -= 1
        if waiting[1] > 0 or self.state.told.mode == "retry-never":
            return self.prime(number)
        self.stream()
        self.wfile.write(f"id: {number}-end\r\nevent: message\r\ndata: ".encode() + waiting[0] + b"\r\n\r\n")
        self.close_connection = True
        return None


def bomb(head, size, tail):
    """A gzip member of little length, which holds size bytes between its head and its tail."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    pieces = [packer.compress(head), packer.flush(zlib.Z_FULL_FLUSH)]
    block = b"x" * (1 << 20)
    for _ in range(size >> 20):
        pieces.append(packer.compress(block))
    pieces += [packer.compress(tail), packer.flush()]
    return b"".join(pieces)


class Elsewhere(Handler):
    name = "elsewhere"


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_):
        pass


def main():
    modes = [name.removeprefix("do_").replace("_", "-") for name in dir(Handler) if name.startswith("do_")]
    modes = [mode for mode in modes if mode not in ("GET", "POST", "DELETE")]
    parser = arguments(__doc__)
    parser.add_argument("mode", choices=[*modes, *SESSIONS])
    parser.add_argument("--modern", action="store_true")
    parser.add_argument("--at", choices=("start", "call"), default="start")
    parser.add_argument("--size", type=int, default=100_000_000)
    parser.add_argument("--pause", type=float, default=0.05, help="between the comments of endless")
    parser.add_argument("--drip", type=float, default=1, help="between the bytes of slow-drip")
    parser.add_argument("--times", type=int, default=1, help="of lost sessions, of GETs until the answer of retry")
    parser.add_argument("--retry", type=int, default=200, help="what retry says, in milliseconds")
    parser.add_argument("--reset", action="store_true", help="the modes of cut end with a reset")
    told = parser.parse_args()
    state = State(told)
    state.log = Log(told.log)
    Handler.state = state
    elsewhere = Server(("127.0.0.1", 0), Elsewhere)
    state.elsewhere = elsewhere.server_address[1]
    threading.Thread(target=elsewhere.serve_forever, daemon=True).start()
    end_with_parent()
    server = Server(("127.0.0.1", told.port), Handler)
    tell(told.port_file, server.server_address[1])
    server.serve_forever()


if __name__ == "__main__":
    main()
