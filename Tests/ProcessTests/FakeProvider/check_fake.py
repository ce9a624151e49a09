#!/usr/bin/env python3
"""Checks that the provider of the tests is understood by the vendors' own clients, for each API and scenario.

It starts the provider, prints a line for each check, and exits with status 1 if one has failed.
"""

import json
import subprocess
import sys
import tempfile
import traceback
import urllib.error
import urllib.request
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from invalid_requests import INVALID, VALID
from vendor_clients import AnthropicClient, ChatCompletionsClient, Client, GeminiClient, Refused, ResponsesClient, Said

KEY = "test-key"
CALLS = [("create_record", {"id": "a", "title": "A long title"}), ("get_record", {"id": "b"}), ("get_record", {})]
LINES = "\n".join(f"tool: {name} {json.dumps(arguments)}" for name, arguments in CALLS)
CLIENTS: list[type[Client]] = [ChatCompletionsClient, ResponsesClient, AnthropicClient, GeminiClient]
END = {"chat-completions": "stop", "responses": "completed", "messages": "end_turn", "gemini": "STOP"}
CALLED = {"chat-completions": "tool_calls", "responses": "completed", "messages": "tool_use", "gemini": "STOP"}
BLOCKED = {
    "chat-completions": "content_filter", "responses": "refusal", "messages": "refusal",
    "gemini": "PROHIBITED_CONTENT"}  # fmt: skip
THOUGHT = "After 0 outcomes I need more."


def ask(client: Client, text: str, **parameters: object) -> Said:
    """Asks one question."""
    return client.ask(client.user(text), **parameters)


def expect(value: object, expected: object) -> None:
    """Fails the check unless a value is as expected."""
    if value != expected:
        raise AssertionError(f"{value!r} instead of {expected!r}")


def expect_refusal(ask: Callable[[], Said], status: int, *words: str) -> None:
    """Fails the check unless a call is refused with a status and in words that hold others."""
    try:
        said = ask()
    except Refused as refused:
        expect(refused.status, status)
        missing = [word for word in words if word not in f"{refused.kind} {refused.message}"]
        if missing:
            raise AssertionError(f"{missing} missing in: {refused}") from None
    else:
        raise AssertionError(f"answered: {said}")


# Answers.


def text(client: Client) -> None:
    said = ask(client, "hello there")
    expect((said.text, said.calls, said.stop), ("You said: hello there.", [], END[client.name]))


def several_turns(client: Client) -> None:
    conversation = client.user("one")
    conversation += client.ask(conversation).turn if client.name != "chat-completions" else [
        {"role": "assistant", "content": "You said: one."}]  # fmt: skip
    expect(client.ask(conversation + client.user("two")).text, "You said: two.")


def one_call(client: Client) -> None:
    conversation = client.user(f"go fake:tools\n{LINES.splitlines()[0]}")
    said = client.ask(conversation)
    expect((said.text, said.calls, said.stop), ("Step 0.", CALLS[:1], CALLED[client.name]))
    expect(client.ask(conversation + said.turn + client.outcomes(said, ["done"])).text, "Outcomes: done")


def several_calls(client: Client) -> None:
    conversation = client.user(f"go fake:tools=2\n{LINES}")
    said = client.ask(conversation)
    expect(said.calls, CALLS[:2])
    conversation += said.turn + client.outcomes(said, ["one", "two"])
    said = client.ask(conversation)
    expect((said.text, said.calls), ("Step 2.", CALLS[2:]))
    conversation += said.turn + client.outcomes(said, ["three"])
    expect(client.ask(conversation).text, "Outcomes: one | two | three")


def thinking(client: Client) -> None:
    conversation = client.user(f"go fake:thinking=2\n{LINES}")
    said = client.ask(conversation)
    expect((said.thoughts, said.text, said.calls), (THOUGHT, "Step 0.", CALLS[:2]))
    conversation += said.turn + client.outcomes(said, ["one", "two"])
    said = client.ask(conversation)
    expect((said.thoughts, said.calls), ("After 2 outcomes I need more.", CALLS[2:]))
    conversation += said.turn + client.outcomes(said, ["three"])
    expect(client.ask(conversation).text, "Outcomes: one | two | three")


def changed_thought(client: Client) -> None:
    conversation = client.user(f"go again fake:thinking=2\n{LINES}")
    said = client.ask(conversation)
    client.spoil(said)
    expect_refusal(lambda: client.ask(conversation + said.turn + client.outcomes(said, ["one", "two"])), 400)


def blocked(client: Client) -> None:
    said = ask(client, "bad fake:blocked")
    expect((said.text, said.calls, said.stop), ("", [], BLOCKED[client.name]))


def cached(client: Client) -> None:
    prompt = 1000 - 700 if client.name == "messages" else 1000
    expect(ask(client, "hi fake:cached=700").usage, (prompt, 700, 10))


def unknown_events(client: Client) -> None:
    said = ask(client, "a b c fake:unknown-events")
    expect((said.text, said.stop), ("You said: a b c.", END[client.name]))


# Refusals. Each has the vendor's status and words.


def overloaded(client: Client) -> None:
    status, words = {
        "chat-completions": (503, "overloaded"), "responses": (503, "overloaded"),
        "messages": (529, "overloaded_error"), "gemini": (503, "UNAVAILABLE")}[client.name]  # fmt: skip
    expect_refusal(lambda: ask(client, "x fake:overloaded"), status, words)
    expect(ask(client, "x fake:overloaded").text, "You said: x.")


def overloaded_in_stream(client: Client) -> None:
    status = 503 if client.name == "gemini" else 0
    expect_refusal(lambda: ask(client, "x fake:overloaded-in-stream"), status, "verloaded")
    expect(ask(client, "x fake:overloaded-in-stream").text, "You said: x.")


def mid_stream_error(client: Client) -> None:
    status = 500 if client.name == "gemini" else 0
    expect_refusal(lambda: ask(client, "x fake:mid-stream-error"), status, "The server is overloaded")


def overflow(client: Client) -> None:
    words = ["too long"] if client.name == "messages" else ["token"]
    expect_refusal(lambda: ask(client, "x fake:overflow"), 400, "8192", "9001", *words)
    expect_refusal(lambda: ask(client, "x " * 300 + "fake:overflow=100"), 400, "100", *words)
    expect(ask(client, "x fake:overflow=100").text, "You said: x.")


def overflow_in_stream(client: Client) -> None:
    status = 400 if client.name == "gemini" else 0
    words = "context window" if client.name == "responses" else "8192"
    expect_refusal(lambda: ask(client, "x fake:overflow-in-stream"), status, words)


def rate_limited(client: Client) -> None:
    words = {"messages": "rate_limit_error", "gemini": "RESOURCE_EXHAUSTED"}.get(client.name, "rate_limit_exceeded")
    expect_refusal(lambda: ask(client, "x fake:rate-limited"), 429, words)
    expect(ask(client, "x fake:rate-limited").text, "You said: x.")


def unauthorized(client: Client) -> None:
    expect_refusal(lambda: ask(client, "fake:unauthorized"), 400 if client.name == "gemini" else 401, KEY)


def refused(client: Client) -> None:
    words = {"messages": "permission_error", "gemini": "PERMISSION_DENIED"}.get(client.name, "")
    expect_refusal(lambda: ask(client, "fake:refused=403"), 403, "Refused with 403", words)
    expect_refusal(lambda: ask(client, "fake:always-429-date=600"), 429)
    expect_refusal(lambda: ask(client, "fake:always-429-limit=600"), 429)


def not_found(client: Client) -> None:
    expect_refusal(lambda: ask(client, "fake:not-found"), 404, "m")


def refused_parameter(client: Client) -> None:
    left = dict(client.refusable)
    while left:
        parameters = {key: value for setting in left.values() for key, value in setting.items()}
        expect_refusal(partial(ask, client, "x fake:refused-parameter", **parameters), 400, name := next(iter(left)))
        del left[name]
    expect(ask(client, "x fake:refused-parameter").text, "You said: x.")


def picky(client: Client) -> None:
    conversation = client.user(f"go fake:picky\n{LINES}")
    said = client.ask(conversation)
    expect(said.calls, CALLS[:1])
    conversation += said.turn + client.outcomes(said, ["done"])
    expect_refusal(lambda: client.ask(conversation), 400, "messages: invalid")
    expect(ask(client, "x fake:picky").text, "You said: x.")


# What the vendor's server would refuse.


def unanswered_call(client: Client) -> None:
    conversation = client.user(f"go fake:tools=2\n{LINES}")
    said = client.ask(conversation)
    results = client.outcomes(said, ["one", "two"])
    if len(results) > 1:
        results.pop()
    elif client.name == "gemini":
        results[0].parts.pop()
    else:
        results[0]["content"].pop()
    expect_refusal(lambda: client.ask(conversation + said.turn + results), 400)


def unknown_key(client: Client) -> None:
    if client.name == "gemini":
        options = {"http_options": {"extra_body": {"glimpse": 1}}}
        expect_refusal(lambda: ask(client, "x", **options), 400, "glimpse")
    else:
        expect_refusal(lambda: ask(client, "x", extra_body={"glimpse": 1}), 400, "glimpse")


CHECKS: list[Callable[[Client], None]] = [
    text, several_turns, one_call, several_calls, thinking, changed_thought, blocked, cached, unknown_events,
    overloaded, overloaded_in_stream, mid_stream_error, overflow, overflow_in_stream, rate_limited, unauthorized,
    refused, not_found, refused_parameter, picky, unanswered_call, unknown_key,
]  # fmt: skip


def run(check: Callable[[Client], None], client: Client) -> bool:
    """Runs a check and prints how it went."""
    title = f"{client.name}: {check.__name__.replace('_', ' ')}"
    try:
        check(client)
    except Exception as error:  # Whatever a client makes of a faulty provider is a failed check.
        print(f"failed  {title}: {error}")
        traceback.print_exc()
        return False
    print(f"passed  {title}")
    return True


def status_and_body(url: str, request: dict[str, Any]) -> tuple[int, str]:
    """What a request by hand is answered, for the vendors' clients cannot send most that is invalid."""
    headers = {"anthropic-version": "2023-06-01", "Content-Type": "application/json"}
    headers |= {"Authorization": f"Bearer {KEY}", "x-goog-api-key": KEY}
    asking = urllib.request.Request(url, json.dumps(request).encode(), headers)
    try:
        with urllib.request.urlopen(asking) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refusal:
        return refusal.status or 0, refusal.read().decode()


def check_requests(url: str) -> bool:
    """Whether requests are refused and accepted as the vendors' servers do."""
    wrong: list[str] = []
    for path, cases in INVALID.items():
        for request, words in cases:
            status, body = status_and_body(url + path, request)
            if status != 400 or words not in body:
                wrong.append(f"{path}: {words}: {status} {body}")
    for path, requests in VALID.items():
        answers = [status_and_body(url + path, request) for request in requests]
        wrong += [f"{path}: valid: {body}" for status, body in answers if status != 200]
    for line in wrong:
        print(f"failed  {line}")
    print(f"{'failed' if wrong else 'passed'}  requests by hand")
    return not wrong


def check_log(log: Path) -> bool:
    """Whether the log tells of each API's invalid requests and of the key, which came in the vendor's own header."""
    entries = [json.loads(line) for line in log.read_text().splitlines()]
    reasons = [entry["reason"] for entry in entries if entry["event"] == "invalid"]
    keys = {entry["key"] for entry in entries if entry["event"] == "request"}
    # Of each client: a changed thought, an unanswered call and an unknown key.
    invalid = 3 * len(CLIENTS) + sum(map(len, INVALID.values()))
    is_right = len(reasons) == invalid and all(reasons) and keys == {KEY}
    print("passed  log" if is_right else f"failed  log: {keys}, {reasons}")
    return is_right


def check_alive(provider: subprocess.Popen[str]) -> bool:
    """Whether the provider has outlived the checks; if not, they say nothing."""
    status = provider.poll()
    print("passed  alive" if status is None else f"failed  alive: ended with status {status}")
    return status is None


def main() -> int:
    """Runs every check with every client."""
    with tempfile.TemporaryDirectory() as directory:
        log = Path(directory) / "requests"
        script = Path(__file__).with_name("fake_provider.py")
        command = [sys.executable, str(script), "--log", str(log)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as provider:
            try:
                assert provider.stdout is not None
                url = f"http://127.0.0.1:{provider.stdout.readline().split()[1]}"
                results = [run(check, client) for client in (kind(url, KEY) for kind in CLIENTS) for check in CHECKS]
                results.append(check_requests(url))
                results.append(check_log(log))
                results.append(check_alive(provider))
            finally:
                provider.kill()
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
