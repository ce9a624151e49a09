"""The scenarios, by name. `NUMBER` is the marker's.

What differs between the APIs is theirs: how an event looks, in which words a call is refused. Where an API has no such
thing at all, the scenario says so.
"""

import asyncio
import dataclasses
import random
import re
import time
from collections.abc import Awaitable, Callable

from api import Failure, Fault, InvalidRequest, Kind, Stop, Told, Usage
from call import EVENT_STREAM, Call

TOOL = re.compile(r"^tool: (\w+) (\{.*\})$", re.MULTILINE)
ANSWERED: list[float] = []


async def forever() -> None:
    """Says nothing more until the client leaves."""
    await asyncio.Event().wait()


# Answers.


async def normal(call: Call) -> None:
    await call.stream(call.answer())


async def passes(call: Call) -> None:
    """A model that has nothing to say, also when it is asked again."""
    await call.stream(["/pa", "ss"])


async def slow(call: Call) -> None:
    """NUMBER deltas (60), one every 70 ms, so that a test can kill something meanwhile."""
    await call.stream([f"word{i} " for i in range(call.number or 60)] + call.answer(), pause=0.07)


async def big(call: Call) -> None:
    """An answer of NUMBER KiB (900), one a delta, between the words `begin` and `end`."""
    await call.stream(["begin ", *(["0123456 " * 128] * (900 if call.number is None else call.number)), "end"])


async def stamped(call: Call) -> None:
    """NUMBER deltas (60), one every 5 ms, each of which is the time at which it is sent, in nanoseconds."""
    await call.open()
    for _ in range(call.number or 60):
        # The event is made before the clock is read, for its making is not what is measured.
        events = "".join(call.api.text("TIME "))
        await call.write(events.replace("TIME", str(time.monotonic_ns())))
        await asyncio.sleep(0.005)
    await call.finish(Stop.END, None)


async def blocked(call: Call) -> None:
    """No word, for a filter's or the model's own reason: as chat completions a content filter, as responses a part that
    is a refusal, as messages a stop reason, as Gemini a prompt that is blocked."""
    await call.open()
    await call.finish(Stop.BLOCKED, call.usage(0))


async def cached(call: Call) -> None:
    """An answer of 10 tokens to a prompt of 1000, of which NUMBER (900) come from the cache."""
    usage = Usage(prompt=1000, output=10, cached=900 if call.number is None else call.number)
    await call.head(200, kind=EVENT_STREAM)
    await call.send(call.api.head(dataclasses.replace(usage, output=0)))
    await call.say(call.answer())
    await call.finish(Stop.END, usage)


async def costly(call: Call) -> None:
    """An answer after a while, which costs any number of tokens up to the request's bound, or NUMBER (1000) without
    one. Who leaves before its end pays for all of it."""
    output = random.randint(1, call.answer_max or call.number or 1000)
    call.spent = call.usage(output)
    await call.open()
    await asyncio.sleep(random.random() / 4)
    await call.say(call.answer())
    await call.finish(Stop.END, call.spent)


async def unknown_events(call: Call) -> None:
    """A normal answer, with events, parts and keys in between that no client knows yet."""
    deltas = call.answer()
    await call.open()
    await call.send(call.api.unknown())
    await call.say(deltas[:1])
    await call.send(call.api.unknown())
    await call.say(deltas[1:])
    await call.finish(Stop.END, call.usage(len(deltas)))


# Calls.


async def tools(call: Call, thinks: bool = False) -> None:
    """Calls the tools that lines `tool: NAME {json}` of the last user message name, NUMBER at a time (1), each when the
    ones before it have ended; then answers with what became of them."""
    wanted, outcomes = TOOL.findall(call.last_user), call.recent_texts(Kind.OUTCOME)
    now = wanted[len(outcomes) : len(outcomes) + (call.number or 1)]
    if not now:
        return await call.stream([f"Outcomes: {' | '.join(outcomes)}"])
    await call.open()
    if thinks:
        await call.send(call.api.thought(thought(len(outcomes))))
    await call.send(call.api.text(f"Step {len(outcomes)}."))
    for index, (name, arguments) in enumerate(now):
        await call.send(call.api.begin_call(index, name))
        for start in range(0, len(arguments), 7):
            await call.send(call.api.call_piece(arguments[start : start + 7]))
        await call.send(call.api.end_call())
    await call.finish(Stop.CALLS, call.usage(10))


async def slow_arguments(call: Call) -> None:
    """A tool call whose arguments take NUMBER seconds (20). Gemini sends calls whole and is silent for as long."""
    await call.open()
    await call.send(call.api.begin_call(0, "create_record"))
    for _ in range(10 * (call.number or 20)):
        await call.send(call.api.call_piece(" "))
        await asyncio.sleep(0.1)
    await call.send(call.api.end_call())
    await call.finish(Stop.CALLS, None)


async def tools_late(call: Call) -> None:
    """As `tools`, after two seconds in which a test can prepare something."""
    await asyncio.sleep(2)
    await tools(call)


async def dies_after_calls(call: Call) -> None:
    """As `tools`, but fails as soon as it is told an outcome."""
    await (always_500(call) if call.recent_texts(Kind.OUTCOME) else tools(call))


async def thinking(call: Call) -> None:
    """As `tools`, with a thought before each step; refuses to go on unless every thought comes back unchanged."""
    steps = range(0, len(call.recent_texts(Kind.OUTCOME)), call.number or 1)
    if call.recent_texts(Kind.THOUGHT) != [thought(step) for step in steps]:
        message = "messages: the thoughts before the calls must be passed back to the API unchanged"
        raise InvalidRequest(message)
    await tools(call, thinks=True)


def thought(step: int) -> str:
    """What the model thinks before it calls."""
    return f"After {step} outcomes I need more."


async def picky(call: Call) -> None:
    """As `tools` or `normal`, but refuses every request that holds a call, however old."""
    if any(entry.kind in (Kind.CALL, Kind.OUTCOME) for entry in call.entries):
        await call.refuse(Failure(Fault.INVALID, "messages: invalid"))
    else:
        await (tools(call) if TOOL.search(call.last_user) else normal(call))


# Silence and cuts.


async def stall(call: Call) -> None:
    await call.begin()
    await forever()


async def stall_notes(call: Call) -> None:
    """A normal answer, but for a note, which never comes."""
    await (forever() if call.is_note else normal(call))


async def stall_before(_: Call) -> None:
    await forever()


async def comments(call: Call) -> None:
    """Half an answer, and then signs of life without end."""
    await call.begin()
    while True:
        await call.write(f": still here{call.api.blank_line}")
        await asyncio.sleep(0.2)


async def pings(call: Call) -> None:
    """Half an answer, and then events without end that say only that the vendor is there."""
    await call.begin()
    while True:
        await call.send(call.api.ping())
        await asyncio.sleep(0.2)


async def no_end(call: Call) -> None:
    """Everything but the end of the stream."""
    await call.open()
    await call.write(f"data: {call.api.blank_line}")
    await call.say(call.answer())
    await call.send(call.api.finish(Stop.END, None))
    await forever()


async def dripping_refusal(call: Call) -> None:
    """A refusal whose body never ends."""
    await call.head(400)
    while True:
        await call.write(" ")
        await asyncio.sleep(0.2)


async def cut(call: Call) -> None:
    await call.begin()


async def malformed(call: Call) -> None:
    await call.begin()
    await call.write(call.api.broken())
    await call.end()


# Failures.


async def once(call: Call, failure: Failure) -> None:
    """Refuses the first of equal requests, and answers the others."""
    await (call.refuse(failure) if call.is_first else normal(call))


async def rate_limited(call: Call) -> None:
    """429 for the first of equal requests, a normal answer after it."""
    await (always_429(call) if call.is_first else normal(call))


async def always_429(call: Call) -> None:
    """429, with the advice to come back after NUMBER seconds (1)."""
    await call.refuse(Failure(Fault.RATE_LIMIT, retry_after=1 if call.number is None else call.number))


async def always_429_date(call: Call) -> None:
    """429, with the date NUMBER seconds (1) from now on which to come back. Gemini tells the seconds."""
    await call.refuse(Failure(Fault.RATE_LIMIT, retry_after=call.number or 1, told=Told.DATE))


async def always_429_limit(call: Call) -> None:
    """429, with the limit that is used up and will be whole again in NUMBER seconds (1). Gemini tells the seconds."""
    await call.refuse(Failure(Fault.RATE_LIMIT, retry_after=call.number or 1, told=Told.LIMIT))


async def limited_once(call: Call) -> None:
    """As `always_429_limit` for the first of equal requests, a normal answer after it."""
    await (always_429_limit(call) if call.is_first else normal(call))


async def limited(call: Call) -> None:
    """Answers NUMBER calls a second (2), and refuses the others."""
    now = asyncio.get_running_loop().time()
    ANSWERED[:] = [time for time in ANSWERED if time > now - 1]
    if len(ANSWERED) >= (call.number or 2):
        return await call.refuse(Failure(Fault.RATE_LIMIT, "Too many requests", retry_after=1))
    ANSWERED.append(now)
    await normal(call)


async def early(call: Call) -> None:
    """425 for the first of equal requests, with OpenAI's own header where the API is OpenAI's."""
    await once(call, Failure(Fault.TOO_EARLY, retry_after=0.04))


async def overloaded(call: Call) -> None:
    """Refuses the first of equal requests as overloaded: 529 as messages, 503 else."""
    await once(call, Failure(Fault.OVERLOADED))


async def refused(call: Call) -> None:
    """Refuses with status NUMBER (400)."""
    await call.refuse(Failure(Fault.STATUS, status=call.number or 400))


async def refused_once(call: Call) -> None:
    """Refuses the first of equal requests with status NUMBER (400), and answers the others."""
    await once(call, Failure(Fault.STATUS, status=call.number or 400))


async def quota(call: Call) -> None:
    await call.refuse(Failure(Fault.QUOTA))


async def error_500(call: Call) -> None:
    """500 for the first of equal requests, a normal answer after it."""
    await once(call, Failure(Fault.SERVER_ERROR))


async def always_500(call: Call) -> None:
    await call.refuse(Failure(Fault.SERVER_ERROR))


async def mid_stream_error(call: Call) -> None:
    await call.begin()
    await call.fail(Failure(Fault.SERVER_ERROR, "The server is overloaded"))


async def overloaded_in_stream(call: Call) -> None:
    """An error before the first word of a stream, for the first of equal requests."""
    if not call.is_first:
        return await normal(call)
    await call.open()
    await call.fail(Failure(Fault.OVERLOADED))


async def unauthorized(call: Call) -> None:
    """Repeats the key, as a careless provider would."""
    await call.refuse(Failure(Fault.KEY_REFUSED, key=call.api.key))


async def not_found(call: Call) -> None:
    await call.refuse(Failure(Fault.UNKNOWN_MODEL))


async def context_overflow(call: Call) -> None:
    await call.refuse(Failure(Fault.OVERFLOW))


async def overflow(call: Call) -> None:
    """Refuses a prompt of more than NUMBER tokens, of four bytes each, in words that tell the window; without NUMBER
    every prompt, for a window of 8192."""
    failure = too_long(call)
    await (call.refuse(failure) if failure else normal(call))


async def overflow_in_stream(call: Call) -> None:
    """As `overflow`, after the head of the stream. OpenAI's responses fail in words that do not tell the window."""
    failure = too_long(call)
    if failure is None:
        return await normal(call)
    await call.open()
    await call.fail(failure)


def too_long(call: Call) -> Failure | None:
    """The failure of a prompt that is longer than the window, if it is."""
    if call.number is None:
        return Failure(Fault.OVERFLOW)
    tokens = call.usage(0).prompt
    return Failure(Fault.OVERFLOW, window=call.number, tokens=tokens) if tokens > call.number else None


async def refused_parameter(call: Call) -> None:
    """Refuses the first parameter that the request has of those that models refuse: the answer's bound, the
    temperature, how much to think. A request that has none of them is answered."""
    found = [name for name in call.api.refusable if name in call.api.parameters()]
    await (call.refuse(Failure(Fault.REFUSED_PARAMETER, parameter=found[0])) if found else normal(call))


SCENARIOS: dict[str, Callable[[Call], Awaitable[None]]] = {
    "normal": normal, "silent-close": normal, "long": normal, "pass": passes, "slow": slow, "big": big,
    "stamped": stamped, "blocked": blocked, "cached": cached, "costly": costly, "unknown-events": unknown_events,
    "tools": tools, "tools-late": tools_late, "dies-after-calls": dies_after_calls, "slow-arguments": slow_arguments,
    "thinking": thinking, "picky": picky,
    "stall": stall, "stall-before": stall_before, "stall-notes": stall_notes, "comments": comments, "pings": pings,
    "no-end": no_end, "dripping-refusal": dripping_refusal, "cut": cut, "malformed": malformed,
    "limited": limited, "early": early, "rate-limited": rate_limited, "always-429": always_429, "quota": quota,
    "always-429-date": always_429_date, "always-429-limit": always_429_limit, "refused": refused,
    "refused-once": refused_once, "limited-once": limited_once,
    "overloaded": overloaded, "overloaded-in-stream": overloaded_in_stream, "error-500": error_500,
    "always-500": always_500, "mid-stream-error": mid_stream_error, "unauthorized": unauthorized,
    "not-found": not_found, "context-overflow": context_overflow, "overflow": overflow,
    "overflow-in-stream": overflow_in_stream, "refused-parameter": refused_parameter,
}  # fmt: skip
