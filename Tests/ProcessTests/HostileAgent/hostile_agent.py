#!/usr/bin/env python3
"""A hostile program in an agent's place: it tries what an agent must not do, and writes down what came of it.

It stands as `egghead-agent` in a directory with eggheadd and the other executables; the real one is there as
`egghead-agent-real`. In the first life of the agent `evil` it does its work, in every other life and for every other
agent it becomes the real one. It leaves files in that directory, each complete as soon as it is there:

    hostile.json          the attempts on the bus and on the listening sockets. Written after somebody has addressed
                          `@evil` in a room: the coordinator's request is what it answers twice.
    hostile-waiting       the test has stopped the broker and made `broker-stopped`; the connections wait in the backlog
    hostile-backlog.json  the test has killed the broker; what its successor did with these connections
    hostile-after.jsonl   the test has killed the agent; what those who have outlived it could still do, a line each

A report is `{"allowed": {name: outcome}, "forbidden": {name: outcome}}`. Every outcome begins with `refused` or with
`let through`: all that is allowed is let through, so the attempts were well made, and all that is forbidden is refused.
"""

import json
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(sys.argv[0]).parent
VICTIM, HOSTILE = "other", "evil"
PATIENCE = 60.0  # seconds for what has to come
SILENCE = 1.0  # seconds after which nothing is taken to come any more


# The bus.


@dataclass
class Attempt:
    """Something that is said on the bus: `{n}` in it is the attempt's number, which is the sid of what it subscribes
    to and the end of the inbox for answers."""

    name: str
    frames: bytes
    answers: list[str] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)

    def outcome(self) -> str:
        """What the last frame brought, and whatever has arrived because of it up to now."""
        last = self.answers[-1] if self.answers else "no answer"
        heard = [text for text in self.heard if text != "503"]
        if heard:
            return f"let through: {last}, then heard {heard[0]}"
        if self.heard:
            return "refused: nobody serves it"
        return f"{'refused' if last.startswith('-ERR') else 'let through'}: {last}"


class Bus:
    """A connection to the broker, spoken to in plain frames."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        connection.settimeout(PATIENCE)
        self.stream = connection.makefile("rb")
        self.attempts: list[Attempt] = []
        self.requests: list[str] = []  # the reply subjects of the coordinator's requests, as often as they came
        self.info = json.loads(self.stream.readline().removeprefix(b"INFO "))
        self.inbox: str = self.info["inbox_prefix"]
        self.connect()

    def connect(self, verbose: bool = True) -> None:
        """Sets whether each frame is answered by `+OK` when it is not refused."""
        options = {"verbose": verbose, "pedantic": False, "headers": True, "no_responders": True}
        self.exchange(f"CONNECT {json.dumps(options)}\r\n".encode())

    def exchange(self, frames: bytes) -> list[str]:
        """Sends frames, and returns what the broker has answered to them."""
        self.connection.sendall(frames + b"PING\r\n")
        answers: list[str] = []
        while (line := self.read()) != "PONG":
            if line:
                answers.append(line)
        return answers

    def read(self) -> str:
        """The next line; a message is put down where it belongs, and the line is empty then."""
        line = self.stream.readline().decode().rstrip("\r\n")
        if not line:
            raise EOFError("the broker has ended the connection")
        operation, *fields = line.split()
        if operation in ("MSG", "HMSG"):
            payload = self.stream.read(int(fields[-1]) + 2)
            subject, sid = fields[0], fields[1]
            if subject == f"agent.{HOSTILE}.turn":
                self.requests.append(fields[2])
            elif sid == "inbox":
                self.hear(subject.rsplit(".", 1)[1], "503" if b" 503\r\n" in payload else payload.decode().strip())
            else:
                self.hear(sid, subject)
            return ""
        return "" if line == "PING" else line

    def hear(self, number: str, text: str) -> None:
        if number.isdecimal():
            self.attempts[int(number)].heard.append(text)

    def attempt(self, name: str, frames: bytes) -> Attempt:
        """Makes an attempt. What it brings may arrive later."""
        attempt = Attempt(name, frames.replace(b"{n}", str(len(self.attempts)).encode()))
        self.attempts.append(attempt)
        attempt.answers = self.exchange(attempt.frames)
        return attempt

    def next_request(self) -> str:
        """The reply subject of the next request of the coordinator."""
        self.requests.clear()
        while not self.requests:
            self.read()
        return self.requests[0]

    def await_stragglers(self) -> None:
        """Reads what was on its way."""
        time.sleep(SILENCE)
        self.exchange(b"")


def publication(subject: str, payload: object = None, reply: str = "", headers: bool = False) -> bytes:
    """The frame of a message, marked so that whoever gets it knows that it is forged."""
    body = json.dumps({"forged": True} if payload is None else payload).encode()
    if headers:
        head = b"NATS/1.0\r\nforged: 1\r\n\r\n"
        return f"HPUB {subject} {reply} {len(head)} {len(head) + len(body)}\r\n".encode() + head + body + b"\r\n"
    return f"PUB {subject} {reply} {len(body)}\r\n".encode() + body + b"\r\n"


QUESTION = {"question": "who is forged?"}
RECORD = {"request": "forged-1", "id": "forged", "fields": {}, "body": "forged"}
POST = {"request": "forged-2", "room": "lobby", "text": "forged"}


def forbidden_publications(me: str, inbox: str) -> dict[str, tuple[str, object]]:
    """Subjects that are not an agent's to publish to, each with a payload that would do harm."""
    other = f"agent:{VICTIM}"
    return {
        "use a tool as another agent": (f"svc.toolbox.search_records.{other}", QUESTION),
        "use a tool as a person": ("svc.toolbox.search_records.user:root", QUESTION),
        "use a tool as a service": ("svc.toolbox.search_records.coordinator", QUESTION),
        "say yes to a call of its own": (f"svc.toolbox.approve.{me}", {"number": 1, "always": True}),
        "say yes as a person": ("svc.toolbox.approve.user:root", {"number": 1, "always": True}),
        "say no to a call": (f"svc.toolbox.deny.{me}", {"number": 1}),
        "hear what people are asked": (f"svc.toolbox.requests.{me}", {}),
        "end another's turn": (f"svc.toolbox.end_turn.{me}", {"agent": VICTIM, "turn": "lobby.1"}),
        "tell a room as the toolbox": ("svc.coordinator.tell.toolbox", {"request": "x", "turn": "lobby.1", "text": "x"}),
        "say hello as another agent": (f"svc.coordinator.hello.{other}", {"digest": "", "incarnation": 9, "turns": []}),
        "post as another agent": (f"svc.coordinator.post.{other}", POST),
        "post as a person": ("svc.coordinator.post.user:root", POST),
        "use the model as another agent": (f"svc.llm.providers.{other}", {}),
        "write another's words": (f"room.lobby.delta.{other}", None),
        "publish a room's event": ("room.lobby.event", None),
        "publish a room's head": ("room.lobby.head", None),
        "publish that records changed": ("records.changed", {"agents": True}),
        "publish a child's end": ("sys.child.store", None),
        "give another agent a turn": (f"agent.{VICTIM}.turn", None),
        "give itself a turn": (f"agent.{HOSTILE}.turn", None),
        "create a record": (f"svc.store.create.{me}", RECORD),
        "create a record as the toolbox": ("svc.store.create.toolbox", RECORD),
        "create a record as a person": ("svc.store.create.user:root", RECORD),
        "read a record": (f"svc.store.get.{me}", {"id": f"agents/{VICTIM}"}),
        "search the index": (f"svc.index.search.{me}", QUESTION),
        "search the index as the toolbox": ("svc.index.passages.toolbox", QUESTION),
        "list the children": (f"svc.eggheadd.list.{me}", {}),
        "stop another agent": (f"svc.eggheadd.stop.{me}", {"name": other}),
        "stop another agent as root": ("svc.eggheadd.stop.user:root", {"name": other}),
        "ask who is connected": (f"svc.broker.children.{me}", {}),
        "ask for the broker's numbers": (f"svc.broker.stats.{me}", {}),
        "answer another agent without a request": (f"_INBOX.{other}.1.1", None),
        "answer the coordinator without a request": ("_INBOX.coordinator.1.1000000", {"accepted": True}),
        "answer a person without a request": ("_INBOX.user:root.1", None),
        "write into its own inbox": (f"{inbox}.self", None),
    }


FORBIDDEN_SUBSCRIPTIONS = [
    "svc.toolbox.> toolbox", "svc.toolbox.>", "svc.toolbox.search_records.* toolbox", "svc.coordinator.> coordinator",
    "svc.coordinator.>", "svc.store.> store", "svc.llm.> llm", "svc.eggheadd.> eggheadd", "svc.>",
    "room.lobby.event workers", "room.*.event workers", "agent.evil.turn workers",  # where a person's messages go
    "_INBOX.>", "_INBOX.*.*.>", "_INBOX.agent:other.>", "_INBOX.agent:other.1.>", "_INBOX.user:root.>",
    "_INBOX.coordinator.1.>", ">", "*", "*.>", "sys.child.>", "records.changed", "agent.>", "agent.other.>",
    "agent.other.turn", "room.>", "room.*.delta.>", "room.lobby.delta.*", "room.lobby.*",
    # Patterns that only look like its own.
    "agent.*.>", "agent.*.turn", "*.other.>", "*.evil.>", "*.*.turn", "*.lobby.event", "room.*.*", "agent.%6Fther.>",
    "agent.evil/../other.>", "_INBOX.agent:*.1.>", "_INBOX.agent:evil.>", "agent..turn", "agent.other.", ".other.turn",
    "agent.>.turn",
]  # fmt: skip

ODD_SUBJECTS = [
    # Its own name, spelled in another way.
    "svc.toolbox.search_records.agent:%65vil", "svc.toolbox.search_records.agent%3Aevil",
    "svc.toolbox.search_records.%61gent:evil", "svc.toolbox.search_records.agent:EVIL",
    "svc.toolbox.search_records.AGENT:evil", "svc.toolbox.search_records.agent:evil%00",
    "svc.toolbox.search_records.agent:evil/../other", "SVC.toolbox.search_records.agent:evil",
    # Tokens too many, and tokens of nothing.
    "svc.toolbox.search_records.agent:evil.agent:other", "svc.toolbox.search_records.agent:other.agent:evil",
    "svc..store.create.agent:evil", "svc.store..agent:evil", "svc.toolbox..agent:evil", ".room.lobby.event",
    "room.lobby.event.", "room..event", "room.lobby..delta.agent:evil", "svc.toolbox.search_records.agent:evil.",
    # Wildcards where a subject should be.
    "*", ">", "*.*.*", "room.*.event", "room.>", "agent.>", "agent.*.turn", "svc.*.create.agent:evil", "svc.toolbox.>",
    "svc.>.agent:evil", "svc.toolbox.*.agent:evil", "svc.toolbox.search_records.*", "*.lobby.event",
]  # fmt: skip

OTHERS_REPLY_SUBJECTS = [
    "_INBOX.agent:other.1.1", "_INBOX.user:root.1", "_INBOX.coordinator.1.1", "_INBOX.>", "_INBOX.agent:evil.99.1",
    "room.lobby.event", "room.lobby.delta.agent:other", "agent.other.turn", "records.changed",
    "svc.store.create.toolbox", "svc.eggheadd.stop.user:root",
]  # fmt: skip


def try_allowed(bus: Bus, me: str) -> None:
    """What an agent may do."""
    bus.attempt("hear its inbox", f"SUB {bus.inbox}.> inbox\r\n".encode())
    bus.attempt("hear its turns", f"SUB agent.{HOSTILE}.turn turn\r\n".encode())
    bus.attempt("use a tool", publication(f"svc.toolbox.search_records.{me}", QUESTION, bus.inbox + ".{n}"))
    bus.attempt("write its own words", publication(f"room.nowhere.delta.{me}"))
    bus.await_stragglers()


def try_publishing(bus: Bus, me: str) -> None:
    """Publishes what is others' to say, in every spelling."""
    for name, (subject, payload) in forbidden_publications(me, bus.inbox).items():
        for headers in (False, True):
            frames = publication(subject, payload, bus.inbox + ".{n}", headers)
            bus.attempt(name + (" with headers" if headers else ""), frames)
            bus.attempt(name + (" with headers and no reply" if headers else " with no reply"),
                        publication(subject, payload, headers=headers))  # fmt: skip
    for subject in ODD_SUBJECTS:
        bus.attempt(f"publish to {subject}", publication(subject, QUESTION, bus.inbox + ".{n}"))
    for reply in (*OTHERS_REPLY_SUBJECTS, bus.inbox, bus.inbox + "..1", bus.inbox + "."):
        for headers in (False, True):
            frames = publication(f"svc.toolbox.search_records.{me}", QUESTION, reply, headers)
            bus.attempt(f"have answered to {reply}" + (" with headers" if headers else ""), frames)
    bus.attempt("publish in lower case", publication("room.lobby.event").replace(b"PUB", b"pub"))
    bus.attempt("publish with tabs", publication("room.lobby.event").replace(b" ", b"\t", 2))
    frames = publication("room.lobby.event", headers=True)
    bus.attempt("publish with headers, tabs and mixed case", frames.replace(b"HPUB ", b"hPuB\t\t"))
    claim = {"name": "toolbox", "user": "root", "pass": "x", "auth_token": "x", "jwt": "x", "verbose": True}
    for name in ("use a tool as another agent", "create a record", "create a record as the toolbox"):
        subject, payload = forbidden_publications(me, bus.inbox)[name]
        frames = f"CONNECT {json.dumps(claim)}\r\n".encode() + publication(subject, payload, bus.inbox + ".{n}")
        bus.attempt(f"{name}, with another's name in CONNECT", frames)
    bus.connect(verbose=False)
    own, others = publication(f"room.nowhere.delta.{me}"), publication(f"room.nowhere.delta.agent:{VICTIM}")
    bus.attempt("write another's words amid many of its own", own * 3 + others + own * 3)
    bus.connect()


def try_subscribing(bus: Bus, me: str) -> None:
    """Listens to what is not for it, in every spelling."""
    for pattern in FORBIDDEN_SUBSCRIPTIONS:
        bus.attempt(f"hear {pattern}", f"SUB {pattern} {{n}}\r\n".encode())
    bus.attempt("hear all in lower case", b"sub > {n}\r\n")
    bus.attempt("hear all with tabs", b"SuB\t>\t\t{n}\r\n")
    bus.attempt("join a service in lower case", b"sub svc.toolbox.> toolbox {n}\r\n")
    # A second SUB with the sid of a first is confirmed and ignored, as by a NATS server: what tells is whether it hears
    # its own words, and the refusal at the end is only there for the outcome.
    frames = f"SUB agent.{HOSTILE}.nothing {{n}}\r\n".encode() + b"SUB > {n}\r\n" * 100
    frames += publication(f"room.nowhere.delta.{me}") + b"SUB > refused\r\n"
    bus.attempt("hear all under a sid that it has", frames)
    many = b"".join(f"SUB agent.{HOSTILE}.nothing many{i}\r\n".encode() for i in range(100))
    bus.attempt("subscribe a hundred times", many)
    bus.exchange(b"".join(f"UNSUB many{i}\r\n".encode() for i in range(100)))


def try_answering(bus: Bus, configuration: dict[str, Any]) -> Attempt:
    """Answers the coordinator's request more than once, at first with one subscription, then with two.

    Returns the one answer that is allowed.
    """
    digest, incarnation = configuration["settings"]["digest"], configuration["incarnation"]
    hello = {"digest": digest, "incarnation": incarnation, "turns": []}
    bus.exchange(publication(f"svc.coordinator.hello.{configuration['name']}", hello, f"{bus.inbox}.hello"))
    reply = bus.next_request()
    allowed = bus.attempt("answer a request", publication(reply, {"accepted": False}))
    bus.attempt("answer a request twice", publication(reply, {"accepted": True}))
    bus.attempt("answer a request twice, with headers", publication(reply, {"accepted": True}, headers=True))
    bus.exchange(f"SUB agent.{HOSTILE}.> turns\r\n".encode())
    reply = bus.next_request()  # the coordinator offers the turn again after a while
    bus.exchange(publication(reply, {"accepted": False}))
    bus.attempt("answer twice a request that it hears twice", publication(reply, {"accepted": True}))
    return allowed


# The parent channel and the sockets of the node.


def try_channel(channel: socket.socket) -> dict[str, str]:
    """Says to eggheadd what only the store and the broker may say."""
    stop = {"id": 1, "from": "user:root", "operation": "stop", "payload": {"name": f"agent:{VICTIM}"}}
    messages = {
        "declare that there are no agents": {"declare": {"part": 0, "of": 1, "agents": []}},
        "ask eggheadd who somebody is": {"peerQuestion": {"id": 1, "pid": 1, "uid": 0}},
        "have eggheadd stop another agent": {"request": stop},
    }
    outcomes: dict[str, str] = {}
    for name, message in messages.items():
        channel.send(json.dumps(message).encode())
        is_answered = bool(select.select([channel], [], [], SILENCE)[0])
        outcomes[name] = f"let through: {channel.recv(65_536)!r}" if is_answered else "refused: no answer"
    return outcomes


def connect(path: Path) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(PATIENCE)
    connection.connect(str(path))
    return connection


def connected_by(path: Path, detached: bool, stays: bool) -> socket.socket:
    """A connection made by a process of its own, which hands it over and ends at once, or stays as long as this one.

    Detached, it is a daemon: in a session of its own, with a parent that has ended.
    """
    ours, theirs = socket.socketpair()
    child = os.fork()
    if child == 0:
        ours.close()
        parent = os.getpid()
        if detached:
            os.setsid()
            if os.fork() != 0:
                os._exit(0)
            while os.getppid() == parent:
                time.sleep(0.001)
        made = connect(path)
        socket.send_fds(theirs, [b"x"], [made.fileno()])
        made.close()
        if stays:
            theirs.recv(1)
        os._exit(0)
    theirs.close()
    if detached or not stays:
        os.waitpid(child, 0)
    ours.settimeout(PATIENCE)
    _, descriptors, _, _ = socket.recv_fds(ours, 1, 1)
    connection = socket.socket(fileno=descriptors[0])
    connection.settimeout(PATIENCE)
    if stays:
        STAYING.append(ours)
    return connection


STAYING: list[socket.socket] = []  # their other sides last as long as this process

CONNECTORS: dict[str, Callable[[Path], socket.socket]] = {
    "itself": connect,
    "a fork": lambda path: connected_by(path, detached=False, stays=True),
    "a fork that has ended": lambda path: connected_by(path, detached=False, stays=False),
    "a daemon": lambda path: connected_by(path, detached=True, stays=True),
    "a daemon that has ended": lambda path: connected_by(path, detached=True, stays=False),
}


def knock(connection: socket.socket, words: bytes) -> str:
    """Speaks first, as if it had been let in, and returns what the other side does."""
    try:
        connection.sendall(words)
        answer = connection.recv(65_536)
    except (BrokenPipeError, ConnectionResetError):
        return "refused: closed without a word"
    except TimeoutError:
        return "let through: the connection stays open"
    return f"let through: {answer!r}" if answer else "refused: closed without a word"


def words_for(path: Path) -> bytes:
    """What to say to a listening socket of the node."""
    if path.name == "control.sock":
        return b'{"operation": "list"}\n'
    return b'CONNECT {"verbose": true}\r\nSUB > 1\r\n' + publication("records.changed")


def try_sockets(run: Path) -> dict[str, str]:
    """Connects to the sockets that are for people."""
    return {
        f"connect to {path.name} by {name}": knock(connector(path), words_for(path))
        for path in (run / "broker.sock", run / "control.sock")
        for name, connector in CONNECTORS.items()
    }


def try_backlog(run: Path) -> dict[str, str]:
    """Connects while no broker accepts, so that the next one finds the connections in its backlog."""
    await_file("broker-stopped")
    path = run / "broker.sock"
    waiting = {name: connector(path) for name, connector in CONNECTORS.items()}
    (HERE / "hostile-waiting").touch()
    return {f"wait for a new broker by {name}": knock(waiting[name], words_for(path)) for name in waiting}


# Those who outlive the agent.

RECEIVER = "somebody it was sent to"


def leave_survivor(name: str, descriptor: int, life: int, run: Path, detached: bool) -> None:
    """Starts a process that will outlive this one: in a session of its own, and without the environment by which
    eggheadd knows its own."""
    child = os.fork()
    if child != 0:
        if detached:
            os.waitpid(child, 0)
        return
    os.setsid()
    if detached and os.fork() != 0:
        os._exit(0)
    for inherited in (descriptor, life):
        os.set_inheritable(inherited, True)
    arguments = [sys.executable, str(HERE / "egghead-agent"), "--survive", name, str(descriptor), str(life), str(run)]
    os.execve(sys.executable, arguments, {})


def leave_survivors(bus: socket.socket, run: Path) -> None:
    """Puts the connection to the broker into three other hands."""
    ours, theirs = socket.socketpair()  # this process alone holds `ours`: at its end they read the end of file
    life = theirs.fileno()
    leave_survivor("a fork", bus.fileno(), life, run, detached=False)
    leave_survivor("a daemon", bus.fileno(), life, run, detached=True)
    to, by = socket.socketpair()
    leave_survivor(RECEIVER, by.fileno(), life, run, detached=True)
    socket.send_fds(to, [b"x"], [bus.fileno()])
    ours.settimeout(PATIENCE)
    for _ in range(3):
        ours.recv(1)  # one is up, in its new environment
    STAYING.append(ours)


def survive(name: str, descriptor: int, life: int, run: Path) -> None:
    """Waits for the agent's end and tries to go on in its name."""
    bus = socket.socket(fileno=descriptor)
    bus.settimeout(PATIENCE)
    if name == RECEIVER:
        _, descriptors, _, _ = socket.recv_fds(bus, 1, 1)
        bus = socket.socket(fileno=descriptors[0])
        bus.settimeout(PATIENCE)
    os.write(life, b"x")
    os.read(life, 1)
    outcomes = {"keep the connection": hear_the_end(bus)}
    try:
        bus.sendall(publication(f"room.nowhere.delta.agent:{HOSTILE}"))
        outcomes["publish"] = "let through"
    except BrokenPipeError:
        outcomes["publish"] = "refused: the connection is shut down"
    for path in (run / "broker.sock", run / "control.sock"):
        outcomes[f"connect to {path.name}"] = knock(connect(path), words_for(path))
    report = json.dumps({"allowed": {}, "forbidden": {f"{what}, as {name}": outcomes[what] for what in outcomes}})
    with (HERE / "hostile-after.jsonl").open("a") as file:
        file.write(report + "\n")


def hear_the_end(bus: socket.socket) -> str:
    """Waits for the end of a connection."""
    try:
        while bus.recv(65_536):
            pass
    except TimeoutError:
        return "let through: the connection stays open"
    return "refused: end of file"


# The agent.


def notify(text: str) -> None:
    """Tells eggheadd how this process is."""
    path = os.environ["NOTIFY_SOCKET"]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notifier:
        notifier.sendto(text.encode(), "\0" + path[1:] if path.startswith("@") else path)


def receive_bus(channel: socket.socket) -> socket.socket:
    """The connection to the broker that eggheadd hands over."""
    while True:
        message, descriptors, _, _ = socket.recv_fds(channel, 65_536, 1)
        if "bus" in json.loads(message):
            return socket.socket(fileno=descriptors[0])


def await_file(name: str) -> None:
    while not (HERE / name).exists():
        time.sleep(0.01)


def write_report(name: str, allowed: dict[str, str], forbidden: dict[str, str]) -> None:
    """Writes a report so that it is complete when it is there."""
    draft = HERE / (name + ".draft")
    draft.write_text(json.dumps({"allowed": allowed, "forbidden": forbidden}, indent=2) + "\n")
    draft.rename(HERE / name)


def be_hostile() -> None:
    """The life of the hostile agent."""
    channel = socket.socket(fileno=int(os.environ["EGGHEAD_CHANNEL"]))
    channel.settimeout(PATIENCE)
    configuration = json.loads(channel.recv(65_536))["configuration"]["_0"]
    run = Path(os.environ["NOTIFY_SOCKET"]).parent.parent
    me: str = configuration["name"]
    notify("READY=1")
    bus = Bus(receive_bus(channel))

    try_allowed(bus, me)
    may = len(bus.attempts)
    try_publishing(bus, me)
    try_subscribing(bus, me)
    answer = try_answering(bus, configuration)
    outside = try_channel(channel) | try_sockets(run)
    bus.await_stragglers()
    allowed = {attempt.name: attempt.outcome() for attempt in [*bus.attempts[:may], answer]}
    forbidden = {attempt.name: attempt.outcome() for attempt in bus.attempts[may:] if attempt is not answer}
    write_report("hostile.json", allowed, forbidden | outside)

    backlog = try_backlog(run)
    backlog["keep the connection to a broker that has died"] = hear_the_end(bus.connection)
    bus = Bus(receive_bus(channel))
    leave_survivors(bus.connection, run)
    write_report("hostile-backlog.json", {}, backlog)
    signal.pause()


def main() -> None:
    """Plays the part that the arguments say."""
    if sys.argv[1] == "--survive":
        survive(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), Path(sys.argv[5]))
    elif sys.argv[1] == HOSTILE and not (HERE / "hostile-backlog.json").exists():
        be_hostile()
    else:
        os.execv(HERE / "egghead-agent-real", ["egghead-agent", *sys.argv[1:]])


if __name__ == "__main__":
    main()
