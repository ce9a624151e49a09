"""OpenAI's chat completions: `data:` lines without names, ended by `[DONE]`.

See: platform.openai.com/docs/api-reference/chat
"""

import json
import re
from collections.abc import Iterable
from typing import Any

from openai.types import CompletionUsage
from openai.types.chat import ChatCompletionChunk
from openai.types.chat.chat_completion_chunk import (
    Choice,
    ChoiceDelta,
    ChoiceDeltaToolCall,
    ChoiceDeltaToolCallFunction,
)
from openai.types.chat.completion_create_params import CompletionCreateParamsStreaming
from openai.types.completion_usage import PromptTokensDetails

from api import Api, Entry, Failure, InvalidRequest, Kind, Stop, Usage, joined, require, to_json
from openai_errors import error_body, openai_error, openai_headers
from strict_type import StrictType

CREATED = 1_700_000_000
FINISH_REASONS = {Stop.END: "stop", Stop.CALLS: "tool_calls", Stop.BLOCKED: "content_filter"}
# What compatible vendors have added to the messages of an assistant and to its calls (DeepSeek, OpenRouter, Google).
EXTENSIONS = {"reasoning_content", "reasoning", "extra_content"}
REQUEST = StrictType(CompletionCreateParamsStreaming)


class ChatCompletions(Api):
    """A request to OpenAI's older API, which most other vendors have too."""

    name = "chat-completions"
    key_headers = ("authorization", "api-key")
    refusable = ("max_tokens", "temperature", "reasoning_effort")

    # What a request says.

    def check(self) -> None:
        check_type(self.request)
        check_calls(self.messages)

    @property
    def messages(self) -> Any:
        return self.request.get("messages", [])

    def entries(self) -> Iterable[Entry]:
        for message in self.messages:
            content = joined(message["content"]) if message.get("content") else ""
            match message["role"]:
                case "user":
                    yield Entry(Kind.USER, content)
                case "tool":
                    yield Entry(Kind.OUTCOME, content)
                case "assistant":
                    if thought := message.get("reasoning_content"):
                        yield Entry(Kind.THOUGHT, thought)
                    yield Entry(Kind.ASSISTANT, content)
                    for call in message.get("tool_calls", []):
                        yield Entry(Kind.CALL, call.get("function", call.get("custom"))["name"])

    # How an answer is written.

    def text(self, delta: str) -> list[str]:
        return [self.chunk(ChoiceDelta(content=delta, role="assistant"))]

    def thought(self, text: str) -> list[str]:
        # The vendors that think aloud here sign nothing; the words themselves have to come back.
        words = re.findall(r"\S+\s*", text)
        deltas = [ChoiceDelta.model_validate({"role": "assistant", "reasoning_content": word}) for word in words]
        return [self.chunk(delta) for delta in deltas]

    def begin_call(self, index: int, tool: str) -> list[str]:
        self.call_index = index
        return self.call_chunk(tool, "")

    def call_piece(self, piece: str) -> list[str]:
        return self.call_chunk(None, piece)

    def call_chunk(self, tool: str | None, arguments: str) -> list[str]:
        """A piece of a call; the first piece of a call names it."""
        piece = ChoiceDeltaToolCall(
            index=self.call_index, id=f"call_{self.call_index}" if tool else None, type="function" if tool else None,
            function=ChoiceDeltaToolCallFunction(name=tool, arguments=arguments))  # fmt: skip
        return [self.chunk(ChoiceDelta(tool_calls=[piece]))]

    def finish(self, stop: Stop, usage: Usage | None) -> list[str]:
        last = self.chunk(ChoiceDelta(role="assistant"), FINISH_REASONS[stop])
        if usage is None:
            return [last]
        details = PromptTokensDetails(cached_tokens=usage.cached) if usage.cached else None
        cost = CompletionUsage(
            prompt_tokens=usage.prompt, completion_tokens=usage.output, total_tokens=usage.prompt + usage.output,
            prompt_tokens_details=details)  # fmt: skip
        return [last, self.chunk(None, usage=cost)]

    def end_mark(self) -> list[str]:
        return ["data: [DONE]\n\n"]

    def ping(self) -> list[str]:
        """Some servers send empty deltas to keep a connection open."""
        return [self.chunk(ChoiceDelta())]

    def unknown(self) -> list[str]:
        glimpse = {"glimpse": [{"type": "glimpse", "value": 1}]}
        chunk = {"id": "chatcmpl-fake", "object": "chat.completion.chunk", "created": CREATED, "model": self.model}
        choice = {"index": 0, "delta": {"content": None, **glimpse}, "finish_reason": None, **glimpse}
        return [
            f"data: {to_json(chunk | {'choices': [choice], **glimpse})}\n\n",
            f"data: {to_json({'object': 'chat.completion.glimpse', 'choices': [], **glimpse})}\n\n",
        ]

    def chunk(self, delta: ChoiceDelta | None, finish: str | None = None, usage: CompletionUsage | None = None) -> str:
        """One event; the one that tells the cost has no choices."""
        choices = [Choice(delta=delta, index=0, finish_reason=finish)] if delta else []  # type: ignore[arg-type]
        chunk = ChatCompletionChunk(
            id="chatcmpl-fake", object="chat.completion.chunk", created=CREATED, model=self.model, choices=choices,
            usage=usage)  # fmt: skip
        return f"data: {chunk.model_dump_json()}\n\n"

    def broken(self) -> str:
        return 'data: {"choices":[{"delta":{"content":\n\n'

    # How a call is refused.

    def refusal(self, failure: Failure) -> tuple[int, dict[str, str], str]:
        status, error = openai_error(failure, self.model)
        return status, openai_headers(failure), error_body(error)

    def error_event(self, failure: Failure) -> list[str]:
        _, error = openai_error(failure, self.model)
        return [f"data: {error_body(error)}\n\n"]


def check_type(request: dict[str, Any]) -> None:
    """Whether the request has the keys and values that the vendor knows."""
    # A request that leaves out `stream` is answered as a stream too: who measures the stream asks as briefly as can be.
    known = {"stream": True} | request
    if isinstance(messages := request.get("messages"), list):
        known["messages"] = [without_extensions(message) for message in messages]
    if problem := REQUEST.problem(json.dumps(known)):
        raise InvalidRequest(problem)


def without_extensions(message: Any) -> Any:
    """A message without what other vendors than OpenAI have added."""
    if not isinstance(message, dict) or message.get("role") != "assistant":
        return message
    known = {key: value for key, value in message.items() if key not in EXTENSIONS}
    if isinstance(calls := known.get("tool_calls"), list):
        known["tool_calls"] = [
            {k: v for k, v in c.items() if k not in EXTENSIONS} if isinstance(c, dict) else c for c in calls
        ]
    return known


def check_calls(messages: list[dict[str, Any]]) -> None:
    """Whether each call is answered directly after it, and each answer has its call."""
    unanswered: set[str] = set()
    for message in messages:
        if message["role"] == "tool":
            require(
                message["tool_call_id"] in unanswered,
                "messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.")  # fmt: skip
            unanswered.remove(message["tool_call_id"])
            continue
        require_answers(unanswered)
        unanswered = {call["id"] for call in message.get("tool_calls", [])}
    require_answers(unanswered)


def require_answers(unanswered: set[str]) -> None:
    """Refuses the request if calls have no answer."""
    require(
        not unanswered,
        "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. "
        f"The following tool_call_ids did not have response messages: {', '.join(sorted(unanswered))}")  # fmt: skip
