"""OpenAI's responses: named events with a number each, an answer in items, and no end mark.

See: platform.openai.com/docs/api-reference/responses-streaming
"""

import json
import re
from collections.abc import Iterable
from typing import Any

from openai.types import responses as events
from openai.types.responses import (
    Response,
    ResponseError,
    ResponseFunctionToolCall,
    ResponseOutputItem,
    ResponseOutputMessage,
    ResponseOutputRefusal,
    ResponseOutputText,
    ResponseReasoningItem,
    ResponseStatus,
    ResponseUsage,
)
from openai.types.responses.response_create_params import ResponseCreateParamsStreaming
from openai.types.responses.response_reasoning_item import Summary
from openai.types.responses.response_reasoning_summary_part_added_event import Part as AddedPart
from openai.types.responses.response_reasoning_summary_part_done_event import Part as DonePart
from openai.types.responses.response_usage import InputTokensDetails, OutputTokensDetails
from pydantic import BaseModel

from api import (
    Api,
    Entry,
    Failure,
    Fault,
    InvalidRequest,
    Kind,
    Stop,
    Usage,
    joined,
    named_event,
    require,
    sealed,
    to_json,
    unsealed,
)
from openai_errors import error_body, openai_error, openai_headers
from strict_type import StrictType

CREATED = 1_700_000_000
REFUSAL = "I'm sorry, but I cannot help with that."
REQUEST = StrictType(ResponseCreateParamsStreaming)


class Responses(Api):
    """A request to OpenAI's newer API."""

    name = "responses"
    key_headers = ("authorization", "api-key")
    refusable = ("temperature", "reasoning", "max_output_tokens")

    def __init__(self, request: dict[str, Any], path: str, headers: dict[str, str]) -> None:
        super().__init__(request, path, headers)
        self.sequence = 0
        self.output: list[ResponseOutputItem] = []
        # The item that has begun, which a delta adds to.
        self.item: ResponseOutputMessage | ResponseFunctionToolCall | None = None

    # What a request says.

    def check(self) -> None:
        if problem := REQUEST.problem(json.dumps(self.request)):
            raise InvalidRequest(problem)
        check_items(self.messages)

    @property
    def messages(self) -> Any:
        said = self.request.get("input", [])
        return [{"role": "user", "content": said}] if isinstance(said, str) else said

    def entries(self) -> Iterable[Entry]:
        for item in self.messages:
            match item.get("type", "message"), item.get("role"):
                case "message", "user":
                    yield Entry(Kind.USER, joined(item["content"]))
                case "message", "assistant":
                    yield Entry(Kind.ASSISTANT, joined(item["content"]))
                case "reasoning", _:
                    yield Entry(Kind.THOUGHT, unsealed(item["encrypted_content"]) or "")
                case "function_call", _:
                    yield Entry(Kind.CALL, item["name"])
                case "function_call_output", _:
                    yield Entry(Kind.OUTCOME, joined(item["output"]))

    # How an answer is written.

    def head(self, usage: Usage) -> list[str]:
        return [
            self.event(events.ResponseCreatedEvent, "response.created", response=self.response("in_progress")),
            self.event(events.ResponseInProgressEvent, "response.in_progress", response=self.response("in_progress")),
        ]

    def text(self, delta: str) -> list[str]:
        written: list[str] = []
        if not isinstance(self.item, ResponseOutputMessage):
            written = self.begin_message(ResponseOutputText(type="output_text", text="", annotations=[], logprobs=[]))
        assert isinstance(self.item, ResponseOutputMessage) and isinstance(self.item.content[0], ResponseOutputText)
        self.item.content[0].text += delta
        return written + [self.part_event(
            events.ResponseTextDeltaEvent, "response.output_text.delta", delta=delta, logprobs=[])]  # fmt: skip

    def thought(self, text: str) -> list[str]:
        written = self.close()
        item = ResponseReasoningItem(id=self.new_id("rs"), type="reasoning", summary=[], encrypted_content=sealed(""))
        written.append(self.item_event(item, "added"))
        place = {"item_id": item.id, "summary_index": 0}
        added, done = AddedPart(type="summary_text", text=""), DonePart(type="summary_text", text=text)
        prefix = "response.reasoning_summary"
        written.append(self.event(
            events.ResponseReasoningSummaryPartAddedEvent, f"{prefix}_part.added", part=added, **place))  # fmt: skip
        for word in re.findall(r"\S+\s*", text):
            written.append(
                self.event(events.ResponseReasoningSummaryTextDeltaEvent, f"{prefix}_text.delta", delta=word, **place)
            )
        written.append(self.event(
            events.ResponseReasoningSummaryTextDoneEvent, f"{prefix}_text.done", text=text, **place))  # fmt: skip
        written.append(self.event(
            events.ResponseReasoningSummaryPartDoneEvent, f"{prefix}_part.done", part=done, **place))  # fmt: skip
        # Only now the encrypted thought is whole.
        item.summary, item.encrypted_content = [Summary(type="summary_text", text=text)], sealed(text)
        return written + [self.item_event(item, "done")]

    def begin_call(self, index: int, tool: str) -> list[str]:
        written = self.close()
        number = index + sum(entry.kind is Kind.CALL for entry in self.entries())
        self.item = ResponseFunctionToolCall(
            id=self.new_id("fc"), call_id=f"call_{number:02}", name=tool, arguments="", type="function_call",
            status="in_progress")  # fmt: skip
        return written + [self.item_event(self.item, "added")]

    def call_piece(self, piece: str) -> list[str]:
        assert isinstance(self.item, ResponseFunctionToolCall)
        self.item.arguments += piece
        return [self.event(
            events.ResponseFunctionCallArgumentsDeltaEvent, "response.function_call_arguments.delta", delta=piece,
            item_id=self.item.id)]  # fmt: skip

    def end_call(self) -> list[str]:
        return self.close()

    def finish(self, stop: Stop, usage: Usage | None) -> list[str]:
        written = self.refuse() if stop is Stop.BLOCKED else []
        written += self.close()
        response = self.response("completed", usage=cost(usage or Usage(0, 0)))
        return written + [self.event(events.ResponseCompletedEvent, "response.completed", response=response)]

    def refuse(self) -> list[str]:
        """A message that holds a refusal in the place of words."""
        written = self.begin_message(ResponseOutputRefusal(type="refusal", refusal=""))
        assert isinstance(self.item, ResponseOutputMessage)
        self.item.content = [ResponseOutputRefusal(type="refusal", refusal=REFUSAL)]
        return written + [self.part_event(events.ResponseRefusalDeltaEvent, "response.refusal.delta", delta=REFUSAL)]

    def ping(self) -> list[str]:
        return [self.unknown_event("keepalive")]

    def unknown(self) -> list[str]:
        written = self.close()
        item = {"type": "glimpse", "id": self.new_id("gl"), "value": 1}
        written.append(self.unknown_event("response.output_item.added", item=item))
        written.append(self.unknown_event("response.glimpse.delta", item_id=item["id"], delta={"value": [1]}))
        written.append(self.unknown_event("response.output_item.done", item=item, glimpse=None))
        self.output.append(ResponseOutputMessage.model_construct(**item))  # type: ignore[arg-type]
        return written

    def begin_message(self, part: ResponseOutputText | ResponseOutputRefusal) -> list[str]:
        """Starts a message with its only part, after the item before it."""
        written = self.close()
        self.item = ResponseOutputMessage(
            id=self.new_id("msg"), type="message", role="assistant", status="in_progress", content=[])  # fmt: skip
        written.append(self.item_event(self.item, "added"))
        self.item.content = [part]
        return written + [self.part_event(
            events.ResponseContentPartAddedEvent, "response.content_part.added", part=part)]  # fmt: skip

    def close(self) -> list[str]:
        """Ends the item that has begun, if there is one."""
        item, written = self.item, []
        if isinstance(item, ResponseFunctionToolCall):
            written.append(self.event(
                events.ResponseFunctionCallArgumentsDoneEvent, "response.function_call_arguments.done",
                arguments=item.arguments, item_id=item.id))  # fmt: skip
        elif isinstance(item, ResponseOutputMessage):
            written = self.close_part(item.content[0])
        if item is None:
            return []
        item.status = "completed"
        written.append(self.item_event(item, "done"))
        self.item = None
        return written

    def close_part(self, part: ResponseOutputText | ResponseOutputRefusal) -> list[str]:
        """Ends the only part of the message that has begun."""
        if isinstance(part, ResponseOutputText):
            done = self.part_event(
                events.ResponseTextDoneEvent, "response.output_text.done", text=part.text, logprobs=[])  # fmt: skip
        else:
            done = self.part_event(events.ResponseRefusalDoneEvent, "response.refusal.done", refusal=part.refusal)
        return [done, self.part_event(events.ResponseContentPartDoneEvent, "response.content_part.done", part=part)]

    def response(self, status: ResponseStatus, **fields: Any) -> Response:
        """The answer as far as it is whole."""
        return Response(
            id="resp_fake", object="response", created_at=CREATED, model=self.model, output=list(self.output),
            status=status, parallel_tool_calls=True, tool_choice="auto", tools=[], **fields)  # fmt: skip

    def new_id(self, prefix: str) -> str:
        """An id for the next item."""
        return f"{prefix}_fake_{len(self.output)}"

    def item_event(self, item: Any, what: str) -> str:
        """An item begins or has become whole."""
        kind = events.ResponseOutputItemAddedEvent if what == "added" else events.ResponseOutputItemDoneEvent
        written = self.event(kind, f"response.output_item.{what}", item=item)
        if what == "done":
            self.output.append(item)
        return written

    def part_event(self, kind: type[BaseModel], name: str, **fields: Any) -> str:
        """An event of the only part of the message that has begun."""
        assert isinstance(self.item, ResponseOutputMessage)
        return self.event(kind, name, item_id=self.item.id, content_index=0, **fields)

    def event(self, kind: type[BaseModel], name: str, **fields: Any) -> str:
        """An event of one of the vendor's types, with its number, and its item's where it has one."""
        if "output_index" in kind.model_fields:
            fields["output_index"] = len(self.output)
        value = kind(type=name, sequence_number=self.sequence, **fields)
        self.sequence += 1
        return named_event(name, value.model_dump_json(exclude_unset=True, warnings=False))

    def unknown_event(self, name: str, **fields: Any) -> str:
        """An event that the vendor's types do not know."""
        value = {"type": name, "sequence_number": self.sequence, "output_index": len(self.output), **fields}
        self.sequence += 1
        return named_event(name, to_json(value))

    # How a call is refused.

    def refusal(self, failure: Failure) -> tuple[int, dict[str, str], str]:
        status, error = openai_error(failure, self.model)
        return status, openai_headers(failure), error_body(error)

    def error_event(self, failure: Failure) -> list[str]:
        """An overflow fails the response, as the vendor does it; everything else is an event of its own."""
        _, error = openai_error(failure, self.model)
        if failure.fault is not Fault.OVERFLOW:
            return [self.event(
                events.ResponseErrorEvent, "error", code=error.code, message=error.message, param=None)]  # fmt: skip
        message = "Your input exceeds the context window of this model. Please adjust your input and try again."
        # The type does not list the code that the server uses.
        failed = ResponseError.model_construct(code=error.code, message=message)
        response = self.response("failed")
        response.error = failed
        return [self.event(events.ResponseFailedEvent, "response.failed", response=response)]


def cost(usage: Usage) -> ResponseUsage:
    """What a call costs, in the vendor's count."""
    return ResponseUsage(
        input_tokens=usage.prompt, output_tokens=usage.output, total_tokens=usage.prompt + usage.output,
        input_tokens_details=InputTokensDetails(cached_tokens=usage.cached, cache_write_tokens=0),
        output_tokens_details=OutputTokensDetails(reasoning_tokens=0))  # fmt: skip


def check_items(items: list[dict[str, Any]]) -> None:
    """Whether calls and outcomes answer each other, and thoughts come back whole and before what they led to."""
    require(bool(items), "Missing required parameter: 'input'.")
    calls: set[str] = set()
    answered: set[str] = set()
    for place, item in enumerate(items):
        match item.get("type", "message"):
            case "message":
                check_message(item, place)
            case "reasoning":
                check_thought(item, items[place + 1 : place + 2])
            case "function_call":
                require(item["call_id"] not in calls, f"Duplicate function call with call_id {item['call_id']}.")
                calls.add(item["call_id"])
            case "function_call_output":
                id = item.get("call_id") or ""
                require(id in calls - answered, f"No tool call found for function call output with call_id {id}.")
                answered.add(id)
    for id in sorted(calls - answered):
        raise InvalidRequest(f"No tool output found for function call {id}.")


def check_message(item: dict[str, Any], place: int) -> None:
    """Whether the parts of a message fit its role."""
    refused = "input_text" if item["role"] == "assistant" else "output_text"
    parts = item["content"] if isinstance(item["content"], list) else []
    require(all(part["type"] != refused for part in parts), f"Invalid value: '{refused}'. input[{place}].content")


def check_thought(item: dict[str, Any], following: list[dict[str, Any]]) -> None:
    """Whether a thought is the server's own and comes with what it led to."""
    require(
        unsealed(item.get("encrypted_content") or "") is not None,
        f"The encrypted content for item {item['id']} could not be verified.")  # fmt: skip
    is_followed = bool(following) and (
        following[0].get("type", "message") in ("function_call", "reasoning") or following[0].get("role") == "assistant"
    )
    require(is_followed, f"Item '{item['id']}' of type 'reasoning' was provided without its required following item.")
