#!/usr/bin/env python3
"""Writes the golden transcripts of the four APIs: one file for each API and transcript, `anthropic/text.sse`.

The events come from the provider of the tests, so they are built from the vendors' own types. Ids and times are fixed,
so each run writes the same bytes. `--write DIR` writes the files; `--check DIR` compares them, names each file that
differs, is missing or is too many, and exits with status 1 if there is one.

| transcript | holds |
|---|---|
| text | words |
| thinking | a thought, then words |
| thinking-call | a thought, words, a call |
| call, calls | words and one call, two calls |
| cut | a character cut over events, by its escapes and by its bytes, and a call's arguments cut in an escape |
| doubled | `call`, with every event twice that can be recognised when it comes again |
| usage | `text`, with the cost at other places than the last event |
| refusal | the model refuses: in words where the API has such words, else by its reason to stop |
| blocked | no word, for a filter's reason |
| error | half an answer, then an error |
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from anthropic.types import MessageDeltaUsage, RawMessageDeltaEvent
from anthropic.types.raw_message_delta_event import Delta
from google.genai.types import FinishReason, Part
from openai.types import CompletionUsage
from openai.types.chat.chat_completion_chunk import ChoiceDelta, ChoiceDeltaToolCall, ChoiceDeltaToolCallFunction
from openai.types.responses import ResponseIncompleteEvent, ResponseInProgressEvent
from openai.types.responses.response import IncompleteDetails

from anthropic_messages import AnthropicMessages
from anthropic_messages import event as anthropic_event
from api import Api, Failure, Fault, Stop, Usage
from chat_completions import ChatCompletions
from gemini import Gemini
from gemini import cost as gemini_cost
from responses import Responses
from responses import cost as responses_cost

APIS: dict[str, type[Api]] = {
    "chat-completions": ChatCompletions, "responses": Responses, "anthropic": AnthropicMessages, "gemini": Gemini,
}  # fmt: skip
PATH = "/v1beta/models/golden:streamGenerateContent?alt=sse"
SPENT, UNANSWERED = Usage(prompt=12, output=5, cached=4), Usage(prompt=12, output=0, cached=4)
ARGUMENTS = '{"q":"x"}'
# No vendor's type takes half a character, so an event holds these in its place until it is written: the two halves of
# an egg as the escapes of surrogates, and as bytes.
HALVES = {"\ue000": b"\\ud83e", "\ue001": b"\\udd5a", "\ue002": b"\xf0\x9f", "\ue003": b"\xa5\x9a"}

Transcript = Callable[[Api], list[str]]


def words(api: Api, *deltas: str) -> list[str]:
    """Words, one event a delta."""
    return [event for delta in deltas for event in api.text(delta)]


def call_of(api: Api, index: int, *pieces: str) -> list[str]:
    """A call, its arguments in pieces."""
    events = api.begin_call(index, "find")
    return events + [event for piece in pieces for event in api.call_piece(piece)] + api.end_call()


def whole(api: Api, *parts: list[str], stop: Stop = Stop.END, usage: Usage = SPENT) -> list[str]:
    """The parts of an answer, the first of which holds its head, and its end. Events are numbered as they are made, so
    what comes first is made first."""
    return [event for part in parts for event in part] + api.finish(stop, usage) + api.end_mark()


def text(api: Api) -> list[str]:
    return whole(api, api.head(UNANSWERED), words(api, "Hello ", "there."))


def thinking(api: Api) -> list[str]:
    return whole(api, api.head(UNANSWERED), api.thought("First I look."), words(api, "Hello ", "there."))


def thinking_call(api: Api) -> list[str]:
    head = api.head(UNANSWERED) + api.thought("First I look.")
    return whole(api, head, words(api, "I look."), call_of(api, 0, ARGUMENTS), stop=Stop.CALLS)


def call(api: Api) -> list[str]:
    return whole(
        api, api.head(UNANSWERED), words(api, "I look."), call_of(api, 0, '{"q"', ':"x"}'), stop=Stop.CALLS
    )


def calls(api: Api) -> list[str]:
    return whole(
        api, api.head(UNANSWERED), call_of(api, 0, ARGUMENTS), call_of(api, 1, '{"q":"y"}'), stop=Stop.CALLS
    )


def cut(api: Api) -> list[str]:
    """Gemini sends a call whole: there only the words are cut."""
    pieces = ['{"q":"a \\"🥚\\""}'] if isinstance(api, Gemini) else ['{"q":"a \\', '"\ue000', "\ue001\\", '""}']
    said = api.head(UNANSWERED) + words(api, "Egg \ue000", "\ue001\ue002", "\ue003.")
    return whole(api, said, call_of(api, 0, *pieces), stop=Stop.CALLS)


def doubled(api: Api) -> list[str]:
    """A delta that comes again says the same as a second one like it, so no delta is doubled. Responses number their
    events, but servers that speak the API give each the same number.

    Google's calls have no ids, or the same one twice: one that comes again is a second call. Of chat completions the
    call itself is told again in whole, under its id, as some servers do.
    """
    events = call(api)
    match api:
        case ChatCompletions():
            function = ChoiceDeltaToolCallFunction(name="find", arguments=ARGUMENTS)
            again = ChoiceDeltaToolCall(index=0, id="call_0", type="function", function=function)
            told = api.chunk(ChoiceDelta(tool_calls=[again]))
            # The reason, the cost and the mark of the end.
            return [*events[:-3], told, *(event for event in events[-3:] for _ in range(2))]
        case Gemini():
            return events + events[-1:]
        case _:
            return [event for event in events for _ in range(1 if is_delta(event) else 2)]


def is_delta(event: str) -> bool:
    """Whether an event adds to words, thoughts or arguments; `message_delta` counts anew."""
    return event.partition("\n")[0].endswith((".delta", "content_block_delta"))


def usage(api: Api) -> list[str]:
    match api:
        case ChatCompletions():
            return usage_of_chat_completions(api)
        case Responses():
            return usage_of_responses(api)
        case AnthropicMessages():
            return usage_of_anthropic(api)
        case Gemini():
            return usage_of_gemini(api)
    raise AssertionError(api.name)


def usage_of_chat_completions(api: ChatCompletions) -> list[str]:
    """With each event, up to the one that tells the reason to stop."""

    def cost(output: int) -> CompletionUsage:
        details = {"cached_tokens": SPENT.cached}
        return CompletionUsage.model_validate({
            "prompt_tokens": SPENT.prompt, "completion_tokens": output, "total_tokens": SPENT.prompt + output,
            "prompt_tokens_details": details})  # fmt: skip

    said = [
        api.chunk(ChoiceDelta(role="assistant", content=delta), usage=cost(place))
        for place, delta in enumerate(["Hello ", "there."], 1)
    ]
    return [*said, api.chunk(ChoiceDelta(), "stop", cost(SPENT.output)), *api.end_mark()]


def usage_of_responses(api: Responses) -> list[str]:
    """Also while the response is in progress."""
    early = api.response("in_progress", usage=responses_cost(Usage(SPENT.prompt, 1)))
    head = api.head(UNANSWERED)
    progress = api.event(ResponseInProgressEvent, "response.in_progress", response=early)
    return whole(api, [*head, progress], words(api, "Hello ", "there."))


def usage_of_anthropic(api: AnthropicMessages) -> list[str]:
    """The prompt at the head alone, the answer in two events of the message."""

    def change(reason: str | None, output: int) -> str:
        delta = Delta.model_validate({"stop_reason": reason, "stop_sequence": None})
        cost = MessageDeltaUsage(output_tokens=output)
        return anthropic_event(RawMessageDeltaEvent(type="message_delta", delta=delta, usage=cost))

    said = [*api.head(UNANSWERED), *words(api, "Hello "), change(None, 2), *words(api, "there.")]
    return [*said, *api.close(), change("end_turn", SPENT.output), *api.end_mark()]


def usage_of_gemini(api: Gemini) -> list[str]:
    """With the first words, then in an event of its own, and not with the reason to stop."""
    first = api.parts(Part(text="Hello "), usage_metadata=gemini_cost(Usage(SPENT.prompt, 1)))
    alone = api.chunk(usage_metadata=gemini_cost(SPENT))
    return [first, alone, *words(api, "there."), api.parts(Part(text=""), finish_reason=FinishReason.STOP)]


def refusal(api: Api) -> list[str]:
    match api:
        case ChatCompletions():
            said = [api.chunk(ChoiceDelta(role="assistant", refusal=word)) for word in ("I cannot ", "help.")]
            return whole(api, said)
        case Responses():
            return whole(api, api.head(UNANSWERED), stop=Stop.BLOCKED)
        case AnthropicMessages():
            return whole(api, api.head(UNANSWERED), words(api, "Hello "), stop=Stop.BLOCKED)
        case Gemini():
            cost = gemini_cost(SPENT)
            end = api.parts(Part(text=""), finish_reason=FinishReason.SAFETY, usage_metadata=cost)
            return [*words(api, "Hello "), end]
    raise AssertionError(api.name)


def blocked(api: Api) -> list[str]:
    if isinstance(api, Responses):
        details, cost = IncompleteDetails(reason="content_filter"), responses_cost(UNANSWERED)
        response = api.response("incomplete", incomplete_details=details, usage=cost)
        head = api.head(UNANSWERED)
        return [*head, api.event(ResponseIncompleteEvent, "response.incomplete", response=response)]
    return whole(api, api.head(UNANSWERED), stop=Stop.BLOCKED, usage=UNANSWERED)


def error(api: Api) -> list[str]:
    failure = Failure(Fault.SERVER_ERROR, "The server is overloaded")
    return api.head(UNANSWERED) + words(api, "Hello ") + api.error_event(failure)


TRANSCRIPTS: dict[str, Transcript] = {
    "text": text, "thinking": thinking, "thinking-call": thinking_call, "call": call, "calls": calls, "cut": cut,
    "doubled": doubled, "usage": usage, "refusal": refusal, "blocked": blocked, "error": error,
}  # fmt: skip


def written(events: list[str]) -> bytes:
    """The bytes of a transcript."""
    data = "".join(events).encode()
    for half, sent in HALVES.items():
        data = data.replace(half.encode(), sent)
    return data


def files() -> dict[str, bytes]:
    """Every transcript, by the name of its file."""
    return {
        f"{name}/{title}.sse": written(transcript(api({"model": "golden"}, PATH, {})))
        for name, api in APIS.items()
        for title, transcript in TRANSCRIPTS.items()
    }


def differences(directory: Path) -> list[str]:
    """The files that are not what they should be."""
    expected = files()
    found = {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()}
    return sorted(name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name))


def main() -> int:
    parser = argparse.ArgumentParser(description="Writes or checks the golden transcripts.")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--write", type=Path, metavar="DIR", help="write the files")
    what.add_argument("--check", type=Path, metavar="DIR", help="compare the files")
    options = parser.parse_args()
    if options.check:
        different = differences(options.check)
        for name in different:
            print(f"differs: {options.check / name}")
        return 1 if different else 0
    for name, data in files().items():
        path = options.write / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return 0


if __name__ == "__main__":
    sys.exit(main())
