"""Asks a proxy for names that a resolver of ours answers in turn with one address and another one.

    names.py PROXY RULES, in namespaces of its own for mounts and the network

Prints a line for each name: the name, and the proxy's first line.
"""

import http.server
import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading

PUBLIC, PRIVATE = "192.88.98.1", "127.0.0.1"
ANSWERS = {"turns": [PUBLIC, PRIVATE], "inside": [PRIVATE], "named": ["127.0.0.2"], "mapped": ["::ffff:127.0.0.1"]}


def main() -> None:
    proxy, rules = sys.argv[1:]
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as configuration:
        configuration.write("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
        configuration.flush()
        subprocess.run(["mount", "--bind", configuration.name, os.path.realpath("/etc/resolv.conf")], check=True)
        start(resolve)
        start(http.server.ThreadingHTTPServer(("127.0.0.2", 80), Page).serve_forever)
        for name in ("turns", "turns", "turns", "inside", "named", "mapped", "gone"):
            # One that has looked a name up keeps what it has found, so each is asked by another one.
            with socket.create_server(("127.0.0.1", 3128)) as listener:
                listener.setblocking(False)
                child, way = begin(proxy, rules, listener)
            with way:
                print(name, ask(f"{name}.example"), flush=True)
                os.kill(child, 9)
                os.waitpid(child, 0)


def start(work: object) -> None:
    threading.Thread(target=work, daemon=True).start()


def begin(proxy: str, rules: str, listener: socket.socket) -> tuple[int, socket.socket]:
    """Starts the proxy with the rules as 3 and, as 4, the way on which it gets the listener; it ends with that way.
    What it says of refusals, as 5, is not read."""
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    file = os.open(rules, os.O_RDONLY)
    inherited = [os.dup2(file, 20), os.dup2(its.fileno(), 21), os.dup2(os.open(os.devnull, os.O_WRONLY), 22)]
    actions = [(os.POSIX_SPAWN_DUP2, number, 3 + place) for place, number in enumerate(inherited)]
    child = os.posix_spawn(proxy, [proxy], {}, file_actions=actions)
    socket.send_fds(ours, [b"\0"], [listener.fileno()])
    return child, ours


def ask(host: str) -> str:
    with socket.create_connection(("127.0.0.1", 3128), timeout=30) as connection:
        connection.sendall(f"GET http://{host}/ HTTP/1.1\r\n\r\n".encode())
        return connection.makefile("rb").readline().decode().strip()


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200, "the inside")
        self.end_headers()

    def log_message(self, *arguments: object) -> None:
        pass


def resolve() -> None:
    """Answers each question for a name with its next address."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 53))
    asked: dict[tuple[str, int], int] = {}
    while True:
        question, client = server.recvfrom(512)
        end, labels = 12, []
        while question[end]:
            labels.append(question[end + 1 : end + 1 + question[end]].decode())
            end += 1 + question[end]
        kind = struct.unpack(">H", question[end + 1 : end + 3])[0]
        found = [a for a in ANSWERS.get(labels[0], []) if (":" in a) == (kind == 28)] if kind in (1, 28) else []
        answer = b""
        if found:
            number = asked[labels[0], kind] = asked.get((labels[0], kind), -1) + 1
            address = found[number % len(found)]
            data = socket.inet_pton(socket.AF_INET6 if kind == 28 else socket.AF_INET, address)
            answer = b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 0, len(data)) + data
        code = 0x8180 if labels[0] in ANSWERS else 0x8183
        head = question[:2] + struct.pack(">HHHHH", code, 1, 1 if answer else 0, 0, 0)
        server.sendto(head + question[12 : end + 5] + answer, client)


main()
