"""Anthropic's messages: named events, an answer in blocks, each with a start, deltas and a stop.

See: platform.claude.com/docs/en/build-with-claude/streaming
"""

import json
import re
import time
from collections.abc import Iterable
from typing import Any, get_args

from anthropic.types import (
    InputJSONDelta,
    Message,
    MessageDeltaUsage,
    RawContentBlockDeltaEvent,
    RawContentBlockStartEvent,
    RawContentBlockStopEvent,
    RawMessageDeltaEvent,
    RawMessageStartEvent,
    RawMessageStopEvent,
    RefusalStopDetails,
    SignatureDelta,
    TextBlock,
    TextDelta,
    ThinkingBlock,
    ThinkingDelta,
    ToolUseBlock,
)
from anthropic.types import Usage as MessageUsage
from anthropic.types.message_create_params import MessageCreateParamsStreaming
from anthropic.types.raw_message_delta_event import Delta
from anthropic.types.shared import ErrorObject, ErrorResponse
from pydantic import BaseModel

from api import (
    Api,
    Entry,
    Failure,
    Fault,
    InvalidRequest,
    Kind,
    Stop,
    Told,
    Usage,
    joined,
    named_event,
    require,
    sealed,
    to_json,
    unsealed,
)
from strict_type import StrictType

STOP_REASONS = {Stop.END: "end_turn", Stop.CALLS: "tool_use", Stop.BLOCKED: "refusal"}
ID = re.compile(r"[a-zA-Z0-9_-]+")
REQUEST = StrictType(MessageCreateParamsStreaming)
ERRORS = {get_args(kind.model_fields["type"].annotation)[0]: kind for kind in get_args(get_args(ErrorObject)[0])}
# The kinds of error that go with statuses.
KINDS = {400: "invalid_request_error", 401: "authentication_error", 402: "billing_error", 403: "permission_error",
         404: "not_found_error", 429: "rate_limit_error", 529: "overloaded_error"}  # fmt: skip
REFUSED = {
    "temperature": "`temperature` is deprecated for this model.",
    "thinking": '"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive" and '
    '"output_config.effort" to control thinking behavior.',
}


class AnthropicMessages(Api):
    """A request to Anthropic's API."""

    name = "messages"
    key_headers = ("x-api-key", "authorization")
    # `max_tokens` cannot be left out.
    refusable = ("temperature", "thinking", "output_config")

    index = -1
    open_block: str | None = None

    # What a request says.

    def check(self) -> None:
        require("anthropic-version" in self.headers, "anthropic-version: header is required")
        # The vendor's package has no `temperature` any more, but the models from before it still take one.
        typed = {key: value for key, value in self.request.items() if key != "temperature"}
        if problem := REQUEST.problem(json.dumps(typed)):
            raise InvalidRequest(problem)
        check_parameters(self.request)
        check_conversation(merged([message for message in self.messages if message["role"] != "system"]))

    @property
    def messages(self) -> Any:
        return self.request.get("messages", [])

    def entries(self) -> Iterable[Entry]:
        for message in merged(self.messages):
            kind = Kind.USER if message["role"] == "user" else Kind.ASSISTANT
            for block in message["content"]:
                match block["type"]:
                    case "thinking":
                        yield Entry(Kind.THOUGHT, block["thinking"])
                    case "tool_use":
                        yield Entry(Kind.CALL, block["name"])
                    case "tool_result":
                        yield Entry(Kind.OUTCOME, joined(block.get("content", "")))
            # A user's words follow the outcomes in the same message.
            if words := joined([block for block in message["content"] if block["type"] == "text"]):
                yield Entry(kind, words)

    # How an answer is written.

    def head(self, usage: Usage) -> list[str]:
        message = Message(
            id="msg_fake", type="message", role="assistant", model=self.model, content=[], stop_reason=None,
            stop_sequence=None, usage=MessageUsage(**cost(usage, output=1)))  # fmt: skip
        return [event(RawMessageStartEvent(type="message_start", message=message))]

    def text(self, delta: str) -> list[str]:
        opening = [] if self.open_block == "text" else self.open(TextBlock(type="text", text=""))
        return opening + [self.delta(TextDelta(type="text_delta", text=delta))]

    def thought(self, text: str) -> list[str]:
        events = self.open(ThinkingBlock(type="thinking", thinking="", signature=""))
        for word in re.findall(r"\S+\s*", text):
            events.append(self.delta(ThinkingDelta(type="thinking_delta", thinking=word)))
        events.append(self.delta(SignatureDelta(type="signature_delta", signature=sealed(text))))
        return events + self.close()

    def begin_call(self, index: int, tool: str) -> list[str]:
        number = index + sum(entry.kind is Kind.CALL for entry in self.entries())
        events = self.open(ToolUseBlock(type="tool_use", id=f"toolu_{number:02}", name=tool, input={}))
        return events + self.call_piece("")

    def call_piece(self, piece: str) -> list[str]:
        return [self.delta(InputJSONDelta(type="input_json_delta", partial_json=piece))]

    def end_call(self) -> list[str]:
        return self.close()

    def finish(self, stop: Stop, usage: Usage | None) -> list[str]:
        delta = Delta(stop_reason=STOP_REASONS[stop], stop_sequence=None)  # type: ignore[arg-type]
        if stop is Stop.BLOCKED:
            delta.stop_details = RefusalStopDetails(type="refusal", category=None, explanation=None)
        total = MessageDeltaUsage(**cost(usage or Usage(0, 0)))
        return self.close() + [event(RawMessageDeltaEvent(type="message_delta", delta=delta, usage=total))]

    def end_mark(self) -> list[str]:
        return [event(RawMessageStopEvent(type="message_stop"))]

    def ping(self) -> list[str]:
        return [unknown_event("ping")]

    def unknown(self) -> list[str]:
        events = self.close()
        self.index += 1
        return [
            *events,
            named_event("glimpse", to_json({"type": "glimpse", "value": 1})),
            unknown_event("content_block_start", index=self.index, content_block={"type": "glimpse", "value": ""}),
            unknown_event("content_block_delta", index=self.index, delta={"type": "glimpse_delta", "value": "x"}),
            unknown_event("content_block_stop", index=self.index, glimpse=[1]),
        ]

    def open(self, block: Any) -> list[str]:
        """Starts a block after the one before it. The first one is followed by a sign of life, as the vendor does."""
        events = self.close()
        self.index += 1
        self.open_block = block.type
        start = RawContentBlockStartEvent(type="content_block_start", index=self.index, content_block=block)
        ping = [named_event("ping", to_json({"type": "ping"}))] if self.index == 0 else []
        return events + [event(start)] + ping

    def close(self) -> list[str]:
        """Ends the open block, if there is one."""
        if self.open_block is None:
            return []
        self.open_block = None
        return [event(RawContentBlockStopEvent(type="content_block_stop", index=self.index))]

    def delta(self, delta: Any) -> str:
        """More of the open block."""
        return event(RawContentBlockDeltaEvent(type="content_block_delta", index=self.index, delta=delta))

    # How a call is refused.

    def refusal(self, failure: Failure) -> tuple[int, dict[str, str], str]:
        status, error = anthropic_error(failure, self.model)
        return status, retry_headers(failure), error.model_dump_json()

    def error_event(self, failure: Failure) -> list[str]:
        _, error = anthropic_error(failure, self.model)
        return [named_event("error", error.model_dump_json())]


def event(value: BaseModel) -> str:
    """An event of one of the vendor's types, without the keys that nobody has set."""
    data = value.model_dump_json(exclude_unset=True)
    return named_event(json.loads(data)["type"], data)


def unknown_event(name: str, **fields: Any) -> str:
    """An event that the vendor's types do not know."""
    return named_event(name, to_json({"type": name, **fields}))


def cost(usage: Usage, output: int | None = None) -> dict[str, Any]:
    """What a call costs, in the vendor's count: `input_tokens` are those that did not come from the cache."""
    return {
        "input_tokens": usage.prompt - usage.cached,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": usage.cached,
        "output_tokens": usage.output if output is None else output,
    }


def merged(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The messages as the vendor reads them: successive ones of a role are one, and a text is a block."""
    merged: list[dict[str, Any]] = []
    for message in messages:
        content = message["content"]
        blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
        if merged and merged[-1]["role"] == message["role"]:
            merged[-1]["content"] = merged[-1]["content"] + blocks
        else:
            merged.append({"role": message["role"], "content": blocks})
    return merged


def check_parameters(request: dict[str, Any]) -> None:
    """Whether the parameters fit each other."""
    system, thinking = request.get("system"), request.get("thinking", {})
    for block in system if isinstance(system, list) else []:
        require(block["text"] != "", "system: text content blocks must be non-empty")
    require(request["max_tokens"] > 0, "max_tokens: must be greater than or equal to 1")
    temperature = request.get("temperature", 1)
    require(isinstance(temperature, int | float) and 0 <= temperature <= 1, "temperature: range: 0..1")
    if thinking.get("type") != "enabled":
        return
    require(thinking["budget_tokens"] >= 1024, "thinking.enabled.budget_tokens: must be greater than or equal to 1024")
    require(request["max_tokens"] > thinking["budget_tokens"],
            "`max_tokens` must be greater than `thinking.budget_tokens`.")  # fmt: skip
    require(temperature == 1, "`temperature` may only be set to 1 when thinking is enabled.")


def check_conversation(messages: list[dict[str, Any]]) -> None:
    """Whether roles, blocks, calls and thoughts follow each other as the vendor demands."""
    require(bool(messages), "messages: at least one message is required")
    require(messages[0]["role"] == "user", 'messages: first message must use the "user" role')
    require(
        messages[-1]["role"] == "user",
        "This model does not support assistant message prefill. The conversation must end with a user message.",
    )
    ids = [block["id"] for message in messages for block in message["content"] if block["type"] == "tool_use"]
    require(len(ids) == len(set(ids)), "messages: `tool_use` ids must be unique")
    calls: set[str] = set()
    for number, message in enumerate(messages):
        place = f"messages.{number}"
        check_blocks(message, place)
        calls = check_outcomes(message["content"], calls, place)
    require(not calls, "messages: the last message has `tool_use` blocks")


def check_blocks(message: dict[str, Any], place: str) -> None:
    """Whether the blocks of a message may be in it."""
    content, is_user = message["content"], message["role"] == "user"
    require(bool(content), f"{place}: all messages must have non-empty content")
    types = [block["type"] for block in content]
    for block in content:
        require(block["type"] != "text" or block["text"] != "", f"{place}: text content blocks must be non-empty")
        require((block["type"] in ("tool_use", "thinking", "redacted_thinking")) <= (not is_user),
                f"{place}: `{block['type']}` blocks can only be in `assistant` messages")  # fmt: skip
        require((block["type"] == "tool_result") <= is_user,
                f"{place}: `tool_result` blocks can only be in `user` messages")  # fmt: skip
        require(block["type"] != "thinking" or unsealed(block["signature"]) == block["thinking"],
                f"{place}: Invalid `signature` in `thinking` block")  # fmt: skip
    if "thinking" in types and "tool_use" in types:
        last_thought = len(types) - 1 - types[::-1].index("thinking")
        require(last_thought < types.index("tool_use"), f"{place}: `thinking` blocks must precede `tool_use` blocks")


def check_outcomes(content: list[dict[str, Any]], calls: set[str], place: str) -> set[str]:
    """Whether a message answers the calls of the message before it, first of all and nothing else; the ids of the
    calls that it makes itself."""
    results = [block["tool_use_id"] for block in content if block["type"] == "tool_result"]
    for id in results:
        require(id in calls, f"{place}: unexpected `tool_use_id` found in `tool_result` blocks: {id}. Each "
                "`tool_result` block must have a corresponding `tool_use` block in the previous message.")  # fmt: skip
    require(len(results) == len(set(results)), f"{place}: each tool_use must have a single result")
    is_first = all(block["type"] == "tool_result" for block in content[: len(results)])
    missing = sorted(calls - set(results)) if is_first else sorted(calls)
    require(not missing, f"{place}: `tool_use` ids were found without `tool_result` blocks immediately after: "
            f"{', '.join(missing)}. Each `tool_use` block must have a corresponding `tool_result` block in the next "
            "message.")  # fmt: skip
    made = {block["id"] for block in content if block["type"] == "tool_use"}
    for id in made:
        require(ID.fullmatch(id) is not None, f"{place}: tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'")
    return made


def retry_headers(failure: Failure) -> dict[str, str]:
    """When to come back."""
    if failure.retry_after is None or failure.date is None:
        return {}
    if failure.told is Told.LIMIT:
        reset = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + failure.retry_after))
        return {"anthropic-ratelimit-requests-remaining": "0", "anthropic-ratelimit-requests-reset": reset}
    return {"Retry-After": failure.date if failure.told is Told.DATE else f"{failure.retry_after:.0f}"}


def anthropic_error(failure: Failure, model: str) -> tuple[int, ErrorResponse]:
    """The vendor's status and error."""
    window, tokens = failure.window, failure.tokens
    status, kind, message = {
        Fault.RATE_LIMIT: (
            429, "rate_limit_error", "This request would exceed your organization's rate limit. Please try again."),
        Fault.TOO_EARLY: (425, "api_error", "Too early"),
        Fault.QUOTA: (400, "invalid_request_error", "Your credit balance is too low to access the Anthropic API."),
        Fault.SERVER_ERROR: (500, "api_error", "Internal server error"),
        Fault.OVERLOADED: (529, "overloaded_error", "Overloaded"),
        Fault.KEY_REFUSED: (401, "authentication_error", f"invalid x-api-key: {failure.key}"),
        Fault.UNKNOWN_MODEL: (404, "not_found_error", f"model: {model}"),
        Fault.OVERFLOW: (400, "invalid_request_error", f"prompt is too long: {tokens} tokens > {window} maximum"),
        Fault.REFUSED_PARAMETER: (
            400, "invalid_request_error",
            REFUSED.get(failure.parameter or "", f"{failure.parameter}: Extra inputs are not permitted")),
        Fault.INVALID: (400, "invalid_request_error", ""),
        Fault.STATUS: (
            failure.status, KINDS.get(failure.status, "api_error"), f"Refused with {failure.status}"),
    }[failure.fault]  # fmt: skip
    error = ERRORS[kind](type=kind, message=failure.message or message)
    return status, ErrorResponse(type="error", error=error, request_id="req_fake")
