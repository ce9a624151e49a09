"""Google's Gemini: an answer in parts, calls whole, blank lines of CRLF, and no end mark.

See: ai.google.dev/api/generate-content, ai.google.dev/gemini-api/docs/thought-signatures
"""

import base64
import json
import re
from collections.abc import Iterable
from typing import Any

from google.genai.types import (
    BlockedReason,
    Candidate,
    Content,
    FinishReason,
    FunctionCall,
    GenerateContentResponse,
    GenerateContentResponsePromptFeedback,
    GenerateContentResponseUsageMetadata,
    GenerationConfig,
    Part,
    SafetySetting,
    ServiceTier,
    Tool,
    ToolConfig,
)
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

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
    require,
    sealed,
    to_json,
    unsealed,
)
from strict_type import reason

# What a client sends for calls that another model has made.
NO_SIGNATURE = "skip_thought_signature_validator"
# The names of errors that go with statuses.
STATUSES = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND",
            408: "DEADLINE_EXCEEDED", 409: "ABORTED", 429: "RESOURCE_EXHAUSTED", 503: "UNAVAILABLE"}  # fmt: skip


class Request(BaseModel):
    """The body of a request. The vendor's package has its parts only: its own functions put them together."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", val_json_bytes="base64")

    contents: list[Content]
    system_instruction: Content | None = None
    tools: list[Tool] | None = None
    tool_config: ToolConfig | None = None
    safety_settings: list[SafetySetting] | None = None
    generation_config: GenerationConfig | None = None
    cached_content: str | None = None
    service_tier: ServiceTier | None = None
    store: bool | None = None


class Gemini(Api):
    """A request to Google's API. Its model is in the path."""

    name = "gemini"
    key_headers = ("x-goog-api-key",)
    refusable = ("temperature", "thinkingConfig", "maxOutputTokens")
    blank_line = "\r\n\r\n"

    def __init__(self, request: dict[str, Any], path: str, headers: dict[str, str]) -> None:
        super().__init__(request, path, headers)
        self.call: FunctionCall | None = None
        self.arguments = ""
        # The signature that goes with the first call of an answer.
        self.signature: bytes | None = None

    # What a request says.

    def check(self) -> None:
        query = self.url_path.partition("?")[2].split("&")
        require("alt=sse" in query, "Without alt=sse the answer would be a JSON array, which is not played.")
        try:
            Request.model_validate_json(json.dumps(self.request))
        except ValidationError as error:
            raise InvalidRequest(f"Invalid JSON payload received. {reason(error)}") from None
        check_contents(self.messages)

    @property
    def messages(self) -> Any:
        return self.request.get("contents", [])

    @property
    def model(self) -> str:
        return self.url_path.partition(":")[0].rpartition("/")[2]

    def parameters(self) -> dict[str, Any]:
        return dict(self.request.get("generationConfig", {}))

    def entries(self) -> Iterable[Entry]:
        for content in self.messages:
            kind = Kind.ASSISTANT if content["role"] == "model" else Kind.USER
            for part in content["parts"]:
                if thought := unsealed(part.get("thoughtSignature", "")):
                    yield Entry(Kind.THOUGHT, thought)
                if call := part.get("functionCall"):
                    yield Entry(Kind.CALL, call["name"])
                if response := part.get("functionResponse"):
                    yield Entry(Kind.OUTCOME, outcome(response["response"]))
            if words := joined([part for part in content["parts"] if not part.get("thought")]):
                yield Entry(kind, words)

    # How an answer is written.

    def text(self, delta: str) -> list[str]:
        return [self.parts(Part(text=delta))]

    def thought(self, text: str) -> list[str]:
        self.signature = base64.b64decode(sealed(text))
        return [self.parts(Part(text=word, thought=True)) for word in re.findall(r"\S+\s*", text)]

    def begin_call(self, index: int, tool: str) -> list[str]:
        self.call, self.arguments = FunctionCall(name=tool), ""
        if index == 0 and self.signature is None:
            # The vendor signs the first call of an answer whether it tells its thoughts or not.
            self.signature = base64.b64decode(sealed(f"untold {tool}"))
        return []

    def call_piece(self, piece: str) -> list[str]:
        self.arguments += piece
        return []

    def end_call(self) -> list[str]:
        assert self.call is not None
        self.call.args = json.loads(self.arguments.strip() or "{}")
        part = Part(function_call=self.call, thought_signature=self.signature)
        self.signature = None
        return [self.parts(part)]

    def finish(self, stop: Stop, usage: Usage | None) -> list[str]:
        metadata = cost(usage or Usage(0, 0))
        if stop is Stop.BLOCKED:
            feedback = GenerateContentResponsePromptFeedback(block_reason=BlockedReason.PROHIBITED_CONTENT)
            return [self.chunk(prompt_feedback=feedback, usage_metadata=metadata)]
        return [self.parts(Part(text=""), finish_reason=FinishReason.STOP, usage_metadata=metadata)]

    def unknown(self) -> list[str]:
        content = {"role": "model", "parts": [{"glimpse": {"value": 1}}], "glimpse": []}
        candidate = {"index": 0, "content": content, "glimpse": {}}
        return [
            f"data: {to_json({'candidates': [candidate], 'modelVersion': self.model, 'glimpse': [1]})}\r\n\r\n",
            f"data: {to_json({'glimpse': {'value': 1}})}\r\n\r\n",
        ]

    def parts(self, part: Part, finish_reason: FinishReason | None = None, **fields: Any) -> str:
        """An event that holds one part of the answer."""
        content = Content(role="model", parts=[part])
        return self.chunk(candidates=[Candidate(content=content, index=0, finish_reason=finish_reason)], **fields)

    def chunk(self, **fields: Any) -> str:
        """One event."""
        chunk = GenerateContentResponse(model_version=self.model, response_id="fake", **fields)
        return f"data: {chunk.model_dump_json(by_alias=True, exclude_none=True)}\r\n\r\n"

    # How a call is refused.

    def refusal(self, failure: Failure) -> tuple[int, dict[str, str], str]:
        error = google_error(failure, self.model)
        return error["code"], {}, json.dumps({"error": error}, indent=2)

    def error_event(self, failure: Failure) -> list[str]:
        return [f"data: {to_json({'error': google_error(failure, self.model)})}\r\n\r\n"]


def cost(usage: Usage) -> GenerateContentResponseUsageMetadata:
    """What a call costs, in the vendor's count."""
    return GenerateContentResponseUsageMetadata(
        prompt_token_count=usage.prompt, candidates_token_count=usage.output,
        total_token_count=usage.prompt + usage.output, cached_content_token_count=usage.cached or None)  # fmt: skip


def outcome(response: dict[str, Any]) -> str:
    """What a tool said: the vendor reads the keys `output` and `error`, or else the whole object."""
    for key in ("output", "error"):
        if key in response:
            return str(response[key])
    return to_json(response)


def check_contents(contents: list[dict[str, Any]]) -> None:
    """Whether roles alternate and every call is answered in the next content."""
    require(bool(contents), "* GenerateContentRequest.contents: contents is not specified")
    calls: list[str] = []
    for place, content in enumerate(contents):
        role = ("user", "model")[place % 2]
        require(content.get("role") in ("user", "model"), "Please use a valid role: user, model.")
        require(content["role"] == role, "Please ensure that multiturn requests alternate between user and model.")
        parts = content.get("parts") or []
        require(bool(parts), f"* GenerateContentRequest.contents[{place}].parts: contents.parts must not be empty.")
        require(all(part.keys() - {"thought", "thoughtSignature"} for part in parts),
                f"* GenerateContentRequest.contents[{place}].parts: required oneof field 'data' must have one "
                "initialized field")  # fmt: skip
        check_responses(parts, calls)
        calls = check_function_calls(parts, place)
    require(role == "user", "Please ensure that the last content is the user's or holds function responses.")


def check_responses(parts: list[dict[str, Any]], calls: list[str]) -> None:
    """Whether a content answers the calls of the content before it."""
    responses = [part["functionResponse"] for part in parts if "functionResponse" in part]
    require(
        all(response.get("name") and "response" in response for response in responses),
        "* GenerateContentRequest.contents.parts.function_response: Name and response cannot be empty.",
    )
    names = [response["name"] for response in responses]
    require(
        len(names) == len(calls),
        "Please ensure that the number of function response parts is equal to the number of function call parts of the "
        "function call turn.")  # fmt: skip
    require(sorted(names) == sorted(calls), "Please ensure that function response names match the function call names.")


def check_function_calls(parts: list[dict[str, Any]], place: int) -> list[str]:
    """Whether the signatures of a content are the server's own and its first call has one; the names of its calls."""
    for part in parts:
        signature = part.get("thoughtSignature")
        require(signature in (None, NO_SIGNATURE) or unsealed(signature) is not None, "Corrupted thought signature.")
    called = [part for part in parts if "functionCall" in part]
    names = [part["functionCall"].get("name", "") for part in called]
    require(all(names), "* GenerateContentRequest.contents.parts.function_call.name: Name cannot be empty.")
    if called:
        require("thoughtSignature" in called[0],
                "Function call is missing a thought_signature in functionCall parts. This is required for tools to "
                "work correctly, and missing thought_signature may lead to degraded model performance. Additional "
                f"data, function call `default_api:{names[0]}` , position {place + 1}.")  # fmt: skip
    return names


def google_error(failure: Failure, model: str) -> dict[str, Any]:
    """The vendor's error object; the client's package has no type for it."""
    code, status, message = {
        Fault.RATE_LIMIT: (429, "RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota)."),
        Fault.TOO_EARLY: (425, "UNAVAILABLE", "Too early"),
        Fault.QUOTA: (
            429, "RESOURCE_EXHAUSTED", "You exceeded your current quota, please check your plan and billing details."),
        Fault.SERVER_ERROR: (500, "INTERNAL", "An internal error has occurred. Please retry."),
        Fault.OVERLOADED: (503, "UNAVAILABLE", "The model is overloaded. Please try again later."),
        Fault.KEY_REFUSED: (
            400, "INVALID_ARGUMENT", f"API key not valid. Please pass a valid API key: {failure.key}"),
        Fault.UNKNOWN_MODEL: (
            404, "NOT_FOUND", f"models/{model} is not found for API version v1beta, or is not supported for "
            "generateContent. Call ModelService.ListModels to see the list of available models."),
        Fault.OVERFLOW: (
            400, "INVALID_ARGUMENT", f"The input token count ({failure.tokens}) exceeds the maximum number of tokens "
            f"allowed ({failure.window})."),
        Fault.REFUSED_PARAMETER: (
            400, "INVALID_ARGUMENT", f"Invalid value at 'generation_config': {failure.parameter} is not supported by "
            "this model."),
        Fault.INVALID: (400, "INVALID_ARGUMENT", ""),
        Fault.STATUS: (
            failure.status, STATUSES.get(failure.status, "UNKNOWN"), f"Refused with {failure.status}"),
    }[failure.fault]  # fmt: skip
    error: dict[str, Any] = {"code": code, "message": failure.message or message, "status": status}
    if details := error_details(failure):
        error["details"] = details
    return error


def error_details(failure: Failure) -> list[dict[str, Any]]:
    """What programs read of an error: the vendor tells here, and in no header, when to come back."""
    types = "type.googleapis.com/google.rpc"
    if failure.retry_after is not None:
        return [{"@type": f"{types}.RetryInfo", "retryDelay": f"{failure.retry_after:g}s"}]
    if failure.fault is Fault.KEY_REFUSED:
        return [{"@type": f"{types}.ErrorInfo", "reason": "API_KEY_INVALID", "domain": "googleapis.com"}]
    return []
