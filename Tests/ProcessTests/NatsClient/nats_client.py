#!/usr/bin/env python3
"""Speaks to a broker with the NATS project's own client and checks that all is as with a NATS server.

    nats_client.py URL [--token TOKEN] --kill COMMAND…

COMMAND must kill the broker, which somebody else starts again. Each check prints `ok NAME`; the first that fails prints
`FAILED NAME: WHY` on standard error, and the status is 1. Every subject lies below an inbox prefix of this run's own,
where a person and a client with a token may both publish and subscribe.
"""

import argparse
import asyncio
import os
import secrets
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

import nats
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import MaxPayloadError, NoRespondersError, NoServersError

CHECK_SECONDS = 20
# Of a request. It is longer than a check may take, so that what has to come at once is not taken for a timeout.
ANSWER_SECONDS = 2 * CHECK_SECONDS


class Failure(Exception):
    """What a check saw instead of what it had to see."""


def expect(what: str, seen: object, wanted: object) -> None:
    """Refuses all but what is wanted, and says so in one line of bounded length."""
    if seen != wanted:
        raise Failure(f"{what}: {seen!r:.200} instead of {wanted!r:.200}")


class Bus:
    """The broker under test, a subject for one check, and the connections that the check has made."""

    def __init__(self, url: str, token: str | None, kill: list[str], check: str) -> None:
        self.url, self.token, self.kill = url, token, kill
        self.prefix = f"_INBOX.natspy.{secrets.token_hex(6)}"
        self.subject = f"{self.prefix}.{check}"
        self.errors: list[str] = []
        self.clients: list[Client] = []

    async def connect(self, **options: Any) -> Client:
        """One more connection; what goes wrong with it is among `errors`."""

        async def note(error: Exception) -> None:
            self.errors.append(str(error) or repr(error))

        defaults = {"token": self.token, "inbox_prefix": self.prefix, "error_cb": note, "reconnect_time_wait": 0.1}
        client = await nats.connect(self.url, **defaults | options)
        self.clients.append(client)
        return client

    async def settle(self) -> None:
        """Returns when all that was said has reached everybody.

        nats-py writes a PING ahead of what waits to be written, so a single flush proves nothing: after the first round
        all is written, after the second the broker has taken it, after the third it has arrived.
        """
        for client in self.clients * 3:
            await client.flush()

    async def heard(self, subscription: Subscription) -> list[str]:
        """What has come to a subscription and was not looked at yet."""
        await self.settle()
        return [(await subscription.next_msg()).data.decode() for _ in range(subscription.pending_msgs)]

    async def answer_on(self, subject: str) -> None:
        """Makes a connection that answers requests with their own words and headers."""
        client = await self.connect()

        async def answer(request: Msg) -> None:
            await client.publish(request.reply, request.data, headers=request.headers)

        await client.subscribe(subject, cb=answer)
        await self.settle()

    async def close(self) -> None:
        """Ends every connection."""
        for client in self.clients:
            await client.close()


def numbers(count: int, first: int = 0) -> list[str]:
    """Payloads that tell what was lost, doubled or out of order."""
    return [str(number) for number in range(first, first + count)]


async def publish(client: Client, subject: str, payloads: list[str]) -> None:
    """Publishes all, one after the other."""
    for payload in payloads:
        await client.publish(subject, payload.encode())


async def order_and_content(bus: Bus) -> None:
    listener, speaker = await bus.connect(), await bus.connect()
    subscription = await listener.subscribe(bus.subject)
    await bus.settle()
    await publish(speaker, bus.subject, numbers(1_000))
    expect("1,000 messages", await bus.heard(subscription), numbers(1_000))


async def wildcards(bus: Bus) -> None:
    subjects = ["a", "a.b", "a.b.c", "a.b.c.d", "b.b", "b.b.c"]
    wanted = {
        "a": ["a"],
        "*": ["a"],
        "a.*": ["a.b"],
        "*.b": ["a.b", "b.b"],
        "*.*": ["a.b", "b.b"],
        "a.*.c": ["a.b.c"],
        "*.b.*": ["a.b.c", "b.b.c"],
        "a.>": ["a.b", "a.b.c", "a.b.c.d"],
        "*.b.>": ["a.b.c", "a.b.c.d", "b.b.c"],
        ">": subjects,
    }
    client = await bus.connect()
    subscriptions = {pattern: await client.subscribe(f"{bus.subject}.{pattern}") for pattern in wanted}
    for subject in subjects:
        await client.publish(f"{bus.subject}.{subject}", subject.encode())
    expect("matches", {pattern: await bus.heard(one) for pattern, one in subscriptions.items()}, wanted)


async def queue_groups(bus: Bus) -> None:
    first, second, plain = [await bus.connect() for _ in range(3)]
    members = [await client.subscribe(bus.subject, queue="workers") for client in (first, second)]
    everything = await plain.subscribe(bus.subject)
    await bus.settle()
    await publish(plain, bus.subject, numbers(200))
    shares = [await bus.heard(member) for member in members]
    expect("the members' messages together", sorted(shares[0] + shares[1], key=int), numbers(200))
    expect("members without any", [share for share in shares if not share], [])
    expect("who is in no group", await bus.heard(everything), numbers(200))


async def requests(bus: Bus) -> None:
    await bus.answer_on(bus.subject)
    client = await bus.connect()
    for is_old in (False, True):
        calls = [client.request(bus.subject, text.encode(), ANSWER_SECONDS, is_old) for text in numbers(20)]
        answers = [answer.data.decode() for answer in await asyncio.gather(*calls)]
        expect(f"answers with old_style={is_old}", answers, numbers(20))


async def headers(bus: Bus) -> None:
    await bus.answer_on(bus.subject)
    client = await bus.connect()
    sent = {"Trace-Id": "17", "accept": "text/plain, application/json;q=0.5", "X-Ort": "Zürich: 8 Uhr", "X-Empty": ""}
    for payload in (b"with headers", b""):
        answer = await client.request(bus.subject, payload, ANSWER_SECONDS, headers=sent)
        expect("headers and payload", (answer.headers, answer.data), (sent, payload))


async def no_responders(bus: Bus) -> None:
    client = await bus.connect()
    for is_old in (False, True):
        begun = time.monotonic()
        try:
            await client.request(bus.subject, b"anybody?", ANSWER_SECONDS, is_old)
            raise Failure("a request that nobody serves was answered")
        except NoRespondersError:
            expect("answered within a second", time.monotonic() - begun < 1, True)


async def unsubscribe(bus: Bus) -> None:
    """The client drops what is too much as well, so what counts is how much the broker has sent to it."""
    listener, speaker = await bus.connect(), await bus.connect()
    early, late, gone = [await listener.subscribe(bus.subject) for _ in range(3)]
    await early.unsubscribe(limit=3)
    await bus.settle()
    await publish(speaker, bus.subject, numbers(2))
    await bus.settle()
    await late.unsubscribe(limit=4)
    await gone.unsubscribe()
    await bus.settle()
    await publish(speaker, bus.subject, numbers(10, first=2))
    expect("at most 3, said before", await bus.heard(early), numbers(3))
    expect("at most 4, said after 2", await bus.heard(late), numbers(4))
    expect("what the broker sent", listener.stats["in_msgs"], 3 + 4 + 2)


async def drain(bus: Bus) -> None:
    witness, speaker, listener = [await bus.connect() for _ in range(3)]
    last = await witness.subscribe(f"{bus.subject}.last")
    taken: list[str] = []
    may_take = asyncio.Event()

    async def take(message: Msg) -> None:
        await may_take.wait()
        taken.append(message.data.decode())

    one, other = [await listener.subscribe(f"{bus.subject}.{name}", cb=take) for name in ("one", "other")]
    await bus.settle()
    await publish(speaker, one.subject, numbers(200))
    await bus.settle()
    expect("nothing is taken yet", taken, [])
    may_take.set()
    await one.drain()  # type: ignore[no-untyped-call]
    expect("a subscription, drained", taken, numbers(200))
    expect("the connection is open", listener.is_connected, True)
    taken.clear()
    may_take.clear()
    await publish(speaker, one.subject, ["too late"])
    await publish(speaker, other.subject, numbers(200))
    await bus.settle()
    expect("nothing is taken yet", taken, [])
    await publish(listener, last.subject, numbers(200))
    may_take.set()
    await listener.drain()
    expect("a connection, drained", taken, numbers(200))
    expect("the connection is closed", listener.is_closed, True)
    expect("what it published", [(await last.next_msg(CHECK_SECONDS)).data.decode() for _ in range(200)], numbers(200))


async def long_payloads(bus: Bus) -> None:
    await bus.answer_on(bus.subject)
    client = await bus.connect()
    expect("max_payload", client.max_payload, 1_048_576)
    for count in (client.max_payload - 1_000, client.max_payload):
        payload = os.urandom(count)
        answer = await client.request(bus.subject, payload, ANSWER_SECONDS)
        expect(f"{count} bytes came back the same", answer.data == payload, True)
    try:
        await client.publish(bus.subject, bytes(client.max_payload + 1))
        raise Failure("a byte too much was published")
    except MaxPayloadError:
        await client.flush()
        expect("the connection is open", client.is_connected, True)


async def verbose_and_pedantic(bus: Bus) -> None:
    await bus.answer_on(f"{bus.subject}.request")
    client = await bus.connect(verbose=True, pedantic=True)
    subscription = await client.subscribe(bus.subject)
    await publish(client, bus.subject, numbers(100))
    expect("messages", await bus.heard(subscription), numbers(100))
    answer = await client.request(f"{bus.subject}.request", b"hello", ANSWER_SECONDS)
    expect("the answer", answer.data, b"hello")


async def flush_and_rtt(bus: Bus) -> None:
    client = await bus.connect()
    await client.flush()
    expect("a round trip takes less than a second", 0 < await client.rtt() < 1, True)


async def permissions(bus: Bus) -> None:
    client = await bus.connect()
    await client.subscribe("agent.>")
    await client.publish("room.x.event", b"{}")
    await expect_denied(bus, client, ['subscription to "agent.>"', 'publish to "room.x.event"'])


async def reply_permissions(bus: Bus) -> None:
    """Stricter than a NATS server, which lets a request name any reply subject: the answer would be said by others."""
    client = await bus.connect()
    subscription = await client.subscribe(bus.subject)
    await client.publish(bus.subject, b"{}", reply="room.x.event")
    expect("what came", await bus.heard(subscription), [])
    await expect_denied(bus, client, ['publish with reply of "room.x.event"'])


async def expect_denied(bus: Bus, client: Client, attempts: list[str]) -> None:
    """The error callback is told of each attempt, and the connection lives on."""
    subscription = await client.subscribe(bus.subject)
    await publish(client, bus.subject, ["still here"])
    expect("what came", await bus.heard(subscription), ["still here"])
    expect("what was denied", bus.errors, [f"nats: permissions violation for {attempt}" for attempt in attempts])
    bus.errors.clear()


async def no_echo(bus: Bus) -> None:
    deaf, other = await bus.connect(no_echo=True), await bus.connect()
    subscriptions = [await client.subscribe(bus.subject) for client in (deaf, other)]
    await bus.settle()
    await publish(deaf, bus.subject, ["own"])
    await bus.settle()
    await publish(other, bus.subject, ["another's"])
    expect("both", [await bus.heard(one) for one in subscriptions], [["another's"], ["own", "another's"]])


async def reconnect(bus: Bus) -> None:
    gone, back = asyncio.Semaphore(0), asyncio.Semaphore(0)

    async def note_gone() -> None:
        gone.release()

    async def note_back() -> None:
        back.release()

    options: dict[str, Any] = {"disconnected_cb": note_gone, "reconnected_cb": note_back, "max_reconnect_attempts": -1}
    listener, speaker = [await bus.connect(**options) for _ in range(2)]
    subscription = await listener.subscribe(f"{bus.subject}.*")
    await bus.settle()
    await publish(speaker, f"{bus.subject}.before", ["before"])
    expect("before", await bus.heard(subscription), ["before"])
    killing = await asyncio.create_subprocess_exec(*bus.kill, stdout=asyncio.subprocess.DEVNULL)
    for _ in bus.clients:
        await gone.acquire()
    await publish(listener, f"{bus.subject}.meanwhile", numbers(100))
    expect("the status of the command that kills", await killing.wait(), 0)
    for _ in bus.clients:
        await back.acquire()
    # The client has kept what it was told meanwhile, and has subscribed again before it sends that.
    expect("meanwhile", await bus.heard(subscription), numbers(100))
    await publish(speaker, f"{bus.subject}.after", numbers(100))
    expect("after", await bus.heard(subscription), numbers(100))
    expect("reconnects", [client.stats["reconnects"] for client in bus.clients], [1, 1])
    bus.errors.clear()


async def tokens(bus: Bus) -> None:
    assert bus.token is not None
    for token in (None, "", bus.token[:-1], bus.token[:-1] + "!", bus.token + "!"):
        try:
            await bus.connect(token=token, max_reconnect_attempts=5, reconnect_time_wait=0)
            raise Failure(f"the token {token!r} was taken")
        except NoServersError:
            # Not of every attempt: what the client still writes may meet a closed socket, and it loses the reason then.
            told = "nats: 'Authorization Violation'" in bus.errors
            expect(f"the client is told why the token {token!r} is refused", told, True)
            bus.errors.clear()
    bus.url = bus.url.replace("://", f"://{bus.token}@")
    client = await bus.connect(token=None)
    expect("with the token in the URL", client.is_connected, True)


Check = Callable[[Bus], Awaitable[None]]

CHECKS: list[Check] = [
    order_and_content, wildcards, queue_groups, requests, headers, no_responders, unsubscribe, drain, long_payloads,
    verbose_and_pedantic, flush_and_rtt, permissions, reply_permissions, no_echo, reconnect,
]  # fmt: skip


async def fault(check: Check, bus: Bus) -> str | None:
    """Makes a check, and tells why it has failed if it has."""
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            await check(bus)
            expect("errors", bus.errors, [])
            await bus.close()
    except Failure as failure:
        return str(failure)
    except Exception as error:
        return f"{error!r}; the last errors that clients told of: {bus.errors[-3:]}"
    return None


async def run(options: argparse.Namespace) -> str | None:
    """Makes every check, and tells of the first that has failed."""
    for check in CHECKS + ([tokens] if options.token else []):
        name = check.__name__.replace("_", "-")
        if why := await fault(check, Bus(options.url, options.token, options.kill, name)):
            return f"FAILED {name}: {why}"
        print("ok", name, flush=True)
    return None


def main() -> None:
    """Checks; the status tells."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("url", help="nats://HOST:PORT")
    parser.add_argument("--token", help="shown with CONNECT")
    parser.add_argument("--kill", nargs=argparse.REMAINDER, required=True, metavar="COMMAND", help="kills the broker")
    sys.exit(asyncio.run(run(parser.parse_args())))


if __name__ == "__main__":
    main()
