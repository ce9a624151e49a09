"""The vendors' own clients, brought to one form, to ask the provider what they make of it."""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import anthropic
import openai
from google import genai
from google.genai import errors as genai_errors
from google.genai import types

PARAMETERS = {"type": "object", "properties": {"id": {"type": "string"}}}
TOOLS = ("create_record", "get_record")
# The provider answers one request a connection and does not say so; a client that keeps one open would use it again.
CLOSE = {"Connection": "close"}
DESCRIPTION = "Does something with a record."


@dataclass
class Said:
    """What a client understood of an answer. `turn` is the answer as the client sends it back."""

    text: str = ""
    thoughts: str = ""
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    stop: str = ""
    usage: tuple[int | None, int | None, int | None] = (None, None, None)
    turn: list[Any] = field(default_factory=list)


class Refused(Exception):
    """A call that failed: before the stream with the status, in the stream with 0."""

    def __init__(self, status: int, message: str, kind: str = "") -> None:
        super().__init__(f"{status} {kind} {message}")
        self.status, self.message, self.kind = status, message, kind


class Client(ABC):
    """A vendor's client, without retries."""

    name: str
    # What a model may refuse, in the order in which the provider does: its name on the wire, and how it is set here.
    refusable: dict[str, dict[str, Any]]

    @abstractmethod
    def __init__(self, url: str, key: str) -> None: ...

    @abstractmethod
    def ask(self, conversation: list[Any], **parameters: Any) -> Said:
        """Calls the provider and reads the whole stream; raises `Refused`."""

    @abstractmethod
    def user(self, text: str) -> list[Any]:
        """A user's message."""

    @abstractmethod
    def outcomes(self, said: Said, texts: list[str]) -> list[Any]:
        """What the tools said that an answer has called."""

    @abstractmethod
    def spoil(self, said: Said) -> None:
        """Changes the thought that has to come back."""


@contextmanager
def refusals(error: type[Exception], read: Callable[[Any], Refused]) -> Iterator[None]:
    """Turns a vendor's error into `Refused`."""
    try:
        yield
    except error as failure:
        raise read(failure) from failure


def openai_refusal(error: Any) -> Refused:
    """What `openai` tells of a failure; one in the stream has no status."""
    return Refused(getattr(error, "status_code", 0), error.message, f"{error.type} {error.code}")


class ChatCompletionsClient(Client):
    """`openai` for the older API."""

    name = "chat-completions"
    refusable = {"max_tokens": {"max_tokens": 100}, "temperature": {"temperature": 0.5}}

    def __init__(self, url: str, key: str) -> None:
        self.client: Any = openai.OpenAI(base_url=f"{url}/v1", api_key=key, max_retries=0, default_headers=CLOSE)
        self.tools = [
            {"type": "function", "function": {"name": name, "description": DESCRIPTION, "parameters": PARAMETERS}}
            for name in TOOLS]  # fmt: skip

    def ask(self, conversation: list[Any], **parameters: Any) -> Said:
        said, thoughts = Said(), ""
        pieces: dict[int, dict[str, Any]] = {}
        with refusals(openai.APIError, openai_refusal):
            stream = self.client.chat.completions.create(
                model="m", messages=conversation, stream=True, tools=self.tools,
                stream_options={"include_usage": True}, **parameters)  # fmt: skip
            for chunk in stream:
                if chunk.usage:
                    details = chunk.usage.prompt_tokens_details
                    cached = details.cached_tokens if details else None
                    said.usage = chunk.usage.prompt_tokens, cached, chunk.usage.completion_tokens
                for choice in chunk.choices:
                    said.text += choice.delta.content or ""
                    thoughts += getattr(choice.delta, "reasoning_content", "")
                    said.stop = choice.finish_reason or said.stop
                    for piece in choice.delta.tool_calls or []:
                        call = pieces.setdefault(piece.index, {"id": piece.id, "name": piece.function.name, "text": ""})
                        call["text"] += piece.function.arguments
        said.thoughts = thoughts
        said.calls = [(call["name"], json.loads(call["text"])) for call in pieces.values()]
        calls = [
            {"id": call["id"], "type": "function", "function": {"name": call["name"], "arguments": call["text"]}}
            for call in pieces.values()]  # fmt: skip
        turn = {"role": "assistant", "content": said.text, "tool_calls": calls}
        said.turn = [turn | {"reasoning_content": thoughts} if thoughts else turn]
        return said

    def user(self, text: str) -> list[Any]:
        return [{"role": "user", "content": text}]

    def outcomes(self, said: Said, texts: list[str]) -> list[Any]:
        ids = [call["id"] for call in said.turn[0]["tool_calls"]]
        return [{"role": "tool", "tool_call_id": id, "content": text} for id, text in zip(ids, texts, strict=True)]

    def spoil(self, said: Said) -> None:
        said.turn[0]["reasoning_content"] += "!"


class ResponsesClient(Client):
    """`openai` for the newer API, without state on the server."""

    name = "responses"
    refusable = {
        "temperature": {"temperature": 0.5}, "reasoning": {"reasoning": {"effort": "low"}},
        "max_output_tokens": {"max_output_tokens": 100}}  # fmt: skip

    def __init__(self, url: str, key: str) -> None:
        self.client: Any = openai.OpenAI(base_url=f"{url}/v1", api_key=key, max_retries=0, default_headers=CLOSE)
        self.tools = [
            {"type": "function", "name": name, "description": DESCRIPTION, "parameters": PARAMETERS, "strict": False}
            for name in TOOLS]  # fmt: skip

    def ask(self, conversation: list[Any], **parameters: Any) -> Said:
        said, text = Said(), ""
        with refusals(openai.APIError, openai_refusal):
            stream = self.client.responses.create(
                model="m", input=conversation, stream=True, store=False, tools=self.tools,
                **parameters)  # fmt: skip
            numbers = []
            for event in stream:
                numbers.append(event.sequence_number)
                match event.type:
                    case "response.output_text.delta":
                        text += event.delta
                    case "response.reasoning_summary_text.delta":
                        said.thoughts += event.delta
                    case "response.refusal.delta":
                        said.stop = "refusal"
                    case "response.completed":
                        self.read(event.response, said)
                    case "response.failed":
                        raise Refused(0, event.response.error.message, event.response.error.code)
                    case "error":
                        raise Refused(0, event.message, event.code)
        assert numbers == list(range(len(numbers))), "the events are numbered in order"
        assert said.text == text, "the deltas make up the whole"
        return said

    def read(self, response: Any, said: Said) -> None:
        """Reads the whole answer that the last event holds."""
        said.stop = said.stop or response.status
        said.text = response.output_text
        said.turn = [item.model_dump(exclude_unset=True) for item in response.output]
        said.calls = [
            (item.name, json.loads(item.arguments)) for item in response.output if item.type == "function_call"
        ]
        usage = response.usage
        said.usage = usage.input_tokens, usage.input_tokens_details.cached_tokens, usage.output_tokens

    def user(self, text: str) -> list[Any]:
        return [{"role": "user", "content": [{"type": "input_text", "text": text}]}]

    def outcomes(self, said: Said, texts: list[str]) -> list[Any]:
        ids = [item["call_id"] for item in said.turn if item["type"] == "function_call"]
        return [
            {"type": "function_call_output", "call_id": id, "output": text}
            for id, text in zip(ids, texts, strict=True)]  # fmt: skip

    def spoil(self, said: Said) -> None:
        next(item for item in said.turn if item["type"] == "reasoning")["encrypted_content"] = "bm9uZQ=="


class AnthropicClient(Client):
    """`anthropic`, whose helper puts the blocks together."""

    name = "messages"
    refusable = {
        "temperature": {"extra_body": {"temperature": 1}},
        "thinking": {"thinking": {"type": "enabled", "budget_tokens": 1024}}}  # fmt: skip

    def __init__(self, url: str, key: str) -> None:
        self.client: Any = anthropic.Anthropic(base_url=url, api_key=key, max_retries=0, default_headers=CLOSE)
        self.tools = [{"name": name, "description": DESCRIPTION, "input_schema": PARAMETERS} for name in TOOLS]

    def ask(self, conversation: list[Any], **parameters: Any) -> Said:
        settings = {"model": "m", "max_tokens": 2048, "tools": self.tools} | parameters
        with (
            refusals(anthropic.APIStatusError, self.refusal),
            self.client.messages.stream(messages=conversation, **settings) as stream,
        ):
            message = stream.get_final_message()
        # A block of a kind that the client does not know cannot be sent back.
        blocks = [block for block in message.content if block.type in ("text", "thinking", "tool_use")]
        return Said(
            text="".join(block.text for block in blocks if block.type == "text"),
            thoughts="".join(block.thinking for block in blocks if block.type == "thinking"),
            calls=[(block.name, block.input) for block in blocks if block.type == "tool_use"],
            stop=message.stop_reason,
            usage=(message.usage.input_tokens, message.usage.cache_read_input_tokens, message.usage.output_tokens),
            turn=[{"role": "assistant", "content": [self.written(block) for block in blocks]}])  # fmt: skip

    def written(self, block: Any) -> dict[str, Any]:
        """A block as it is sent back."""
        return {key: value for key, value in block.to_dict().items() if key in ("type", "text", "thinking", "signature",
                "id", "name", "input")}  # fmt: skip

    def refusal(self, error: Any) -> Refused:
        """What the client tells of a failure; one in the stream has the stream's status."""
        status = 0 if error.status_code == 200 else error.status_code
        return Refused(status, error.body["error"]["message"], error.body["error"]["type"])

    def user(self, text: str) -> list[Any]:
        return [{"role": "user", "content": text}]

    def outcomes(self, said: Said, texts: list[str]) -> list[Any]:
        ids = [block["id"] for block in said.turn[0]["content"] if block["type"] == "tool_use"]
        results = zip(ids, texts, strict=True)
        content = [{"type": "tool_result", "tool_use_id": id, "content": text} for id, text in results]
        return [{"role": "user", "content": content}]

    def spoil(self, said: Said) -> None:
        said.turn[0]["content"][0]["thinking"] += "!"


class GeminiClient(Client):
    """`google-genai`."""

    name = "gemini"
    refusable = {"temperature": {"temperature": 0.5}, "maxOutputTokens": {"max_output_tokens": 100}}

    def __init__(self, url: str, key: str) -> None:
        options = types.HttpOptions(base_url=url, headers=CLOSE)
        self.client = genai.Client(api_key=key, vertexai=False, http_options=options)
        declared = [
            types.FunctionDeclaration(name=name, description=DESCRIPTION, parameters_json_schema=PARAMETERS)
            for name in TOOLS]  # fmt: skip
        self.tools: Any = [types.Tool(function_declarations=declared)]

    def ask(self, conversation: list[Any], **parameters: Any) -> Said:
        said, parts = Said(), list[Any]()
        config = types.GenerateContentConfig(tools=self.tools, **parameters)
        with refusals(genai_errors.APIError, lambda error: Refused(error.code, error.message, error.status)):
            stream = self.client.models.generate_content_stream(model="m", contents=conversation, config=config)
            for chunk in stream:
                if feedback := chunk.prompt_feedback:
                    said.stop = feedback.block_reason.value if feedback.block_reason else ""
                if usage := chunk.usage_metadata:
                    said.usage = (
                        usage.prompt_token_count,
                        usage.cached_content_token_count,
                        usage.candidates_token_count,
                    )
                for candidate in chunk.candidates or []:
                    said.stop = candidate.finish_reason.value if candidate.finish_reason else said.stop
                    parts += candidate.content.parts or [] if candidate.content else []
        said.text = "".join(part.text or "" for part in parts if not part.thought)
        said.thoughts = "".join(part.text or "" for part in parts if part.thought)
        said.calls = [(part.function_call.name, part.function_call.args) for part in parts if part.function_call]
        said.turn = [types.Content(role="model", parts=[part for part in parts if part.text or part.function_call])]
        return said

    def user(self, text: str) -> list[Any]:
        return [types.Content(role="user", parts=[types.Part(text=text)])]

    def outcomes(self, said: Said, texts: list[str]) -> list[Any]:
        results = zip(said.calls, texts, strict=True)
        return [types.Content(role="user", parts=[
            types.Part.from_function_response(name=call[0], response={"output": text}) for call, text in results
        ])]  # fmt: skip

    def spoil(self, said: Said) -> None:
        next(part for part in said.turn[0].parts if part.function_call).thought_signature = b"none of theirs"
