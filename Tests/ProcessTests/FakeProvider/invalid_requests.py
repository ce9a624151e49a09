"""Requests that the vendors' servers refuse, each with words of the reason, and some that they accept."""

from typing import Any

from api import sealed

Case = tuple[dict[str, Any], str]

USER = {"role": "user", "content": "x"}
SIGNATURE = sealed("hm")


def chat(*messages: Any, **more: Any) -> dict[str, Any]:
    """A request for chat completions."""
    return {"model": "m", "stream": True, "messages": list(messages), **more}


def chat_calls(*ids: str, **more: Any) -> dict[str, Any]:
    """An assistant's message with calls."""
    function = {"name": "f", "arguments": "{}"}
    return {
        "role": "assistant",
        "tool_calls": [{"id": i, "type": "function", "function": function} for i in ids],
        **more,
    }


def chat_answer(id: str) -> dict[str, Any]:
    """What a tool said."""
    return {"role": "tool", "tool_call_id": id, "content": "done"}


def responses(*items: Any, **more: Any) -> dict[str, Any]:
    """A request for responses."""
    return {"model": "m", "stream": True, "input": [USER, *items], **more}


def messages(*more: Any, **parameters: Any) -> dict[str, Any]:
    """A request for messages: those after the user's first."""
    return {"model": "m", "stream": True, "max_tokens": 2000, "messages": [USER, *more], **parameters}


def blocks(role: str, *content: Any) -> dict[str, Any]:
    """A message made of blocks."""
    return {"role": role, "content": list(content)}


def use(id: str) -> dict[str, Any]:
    """A call as a block."""
    return {"type": "tool_use", "id": id, "name": "f", "input": {}}


def result(id: str) -> dict[str, Any]:
    """An outcome as a block."""
    return {"type": "tool_result", "tool_use_id": id, "content": "done"}


def words(text: str) -> dict[str, Any]:
    """Words as a block."""
    return {"type": "text", "text": text}


def thought(thinking: str) -> dict[str, Any]:
    """A thought as a block, signed for the words `hm`."""
    return {"type": "thinking", "thinking": thinking, "signature": SIGNATURE}


def gemini(*contents: Any, **more: Any) -> dict[str, Any]:
    """A request for Gemini: the parts of what user and model say in turn."""
    roles = ("user", "model")
    return {"contents": [{"role": roles[i % 2], "parts": parts} for i, parts in enumerate(contents)], **more}


def called(name: str, signature: str | None = SIGNATURE) -> dict[str, Any]:
    """A call as a part."""
    return {"functionCall": {"name": name, "args": {}}} | ({"thoughtSignature": signature} if signature else {})


def responded(name: str) -> dict[str, Any]:
    """An outcome as a part."""
    return {"functionResponse": {"name": name, "response": {"output": "done"}}}


CALL = {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"}
OUTPUT = {"type": "function_call_output", "call_id": "c", "output": "done"}
REASONING = {"type": "reasoning", "id": "rs", "summary": [], "encrypted_content": SIGNATURE}
TEXT = [{"text": "x"}]

INVALID: dict[str, list[Case]] = {
    "/v1/chat/completions": [
        (chat(USER, glimpse=1), "glimpse"),
        (chat(USER | {"glimpse": 1}), "glimpse"),
        (chat(USER, max_tokens="1"), "max_tokens"),
        (chat(USER, chat_calls("a", "b"), chat_answer("a"), USER), "did not have response messages: b"),
        (chat(USER, chat_calls("a")), "did not have response messages: a"),
        (chat(USER, chat_answer("a")), "must be a response to"),
        (chat(USER, chat_calls("a"), chat_answer("a"), chat_answer("a")), "must be a response to"),
    ],
    "/v1/responses": [
        (responses(glimpse=1), "glimpse"),
        (responses(messages=[]), "messages"),
        (responses(CALL), "No tool output found"),
        (responses(OUTPUT), "No tool call found"),
        (responses({"type": "function_call_output", "output": "done"}), "No tool call found"),
        (responses(OUTPUT, CALL), "No tool call found"),
        (responses(CALL, CALL, OUTPUT), "Duplicate"),
        (responses(REASONING | {"encrypted_content": None}, CALL, OUTPUT), "encrypted content"),
        (responses(REASONING, OUTPUT | {"call_id": "d"}), "required following item"),
    ],
    "/v1/messages": [
        (messages(glimpse=1), "glimpse"),
        (messages(blocks("user", words("x") | {"glimpse": 1})), "glimpse"),
        ({key: value for key, value in messages().items() if key != "max_tokens"}, "max_tokens"),
        (messages(messages=[blocks("assistant", words("x")), USER]), "first message"),
        (messages(blocks("assistant", words("x"))), "must end with a user message"),
        (messages(blocks("user", words(""))), "non-empty"),
        (messages(system=[words("")]), "non-empty"),
        (messages(blocks("assistant", use("a"), use("b")), blocks("user", result("a"))), "immediately after: b"),
        (messages(blocks("assistant", use("a")), blocks("user", words("x"), result("a"))), "immediately after: a"),
        (messages(blocks("assistant", use("a")), USER, blocks("user", result("a"))), "immediately after: a"),
        (messages(blocks("user", result("a"))), "unexpected `tool_use_id`"),
        (messages(blocks("assistant", use("a.b")), blocks("user", result("a.b"))), "should match pattern"),
        (messages(blocks("assistant", thought("changed"), use("a")), blocks("user", result("a"))), "Invalid `signat"),
        (messages(blocks("assistant", use("a"), thought("hm")), blocks("user", result("a"))), "must precede"),
        (messages(thinking={"type": "enabled", "budget_tokens": 3000}), "must be greater than `thinking"),
        (messages(temperature=2), "temperature"),
    ],
    "/v1beta/models/m:streamGenerateContent?alt=sse": [
        (gemini(TEXT, glimpse=1), "glimpse"),
        (gemini([{"text": "x", "glimpse": 1}]), "glimpse"),
        (gemini(TEXT, generationConfig={"glimpse": 1}), "glimpse"),
        (gemini(TEXT, TEXT), "the last content is the user's"),
        (gemini([]), "must not be empty"),
        ({"contents": [{"role": "user", "parts": TEXT}] * 2}, "alternate"),
        (gemini(TEXT, [called("f"), called("g", None)], [responded("f")]), "number of function response parts"),
        (gemini(TEXT, [called("f")], [responded("g")]), "names match"),
        (gemini(TEXT, [called("f")], [{"functionResponse": {"response": {}}}]), "cannot be empty"),
        (gemini([responded("f")]), "number of function response parts"),
        (gemini(TEXT, [called("f", None)], [responded("f")]), "missing a thought_signature"),
        (gemini(TEXT, [called("f", "bm9uZQ==")], [responded("f")]), "Corrupted thought signature"),
    ],
    "/v1beta/models/m:streamGenerateContent": [(gemini(TEXT), "alt=sse")],
}  # fmt: skip

VALID: dict[str, list[dict[str, Any]]] = {
    "/v1/chat/completions": [
        {"model": "m", "messages": [USER]},
        chat(USER, chat_calls("a", "b", reasoning_content="hm"), chat_answer("b"), chat_answer("a"), USER),
    ],
    "/v1/responses": [
        responses(REASONING, CALL, OUTPUT, USER),
        {"model": "m", "stream": True, "input": "x", "instructions": "y"},
    ],
    "/v1/messages": [
        messages(blocks("assistant", thought("hm"), words("y"), use("a")), blocks("user", result("a")), USER),
        messages(temperature=0.5, system="y"),
    ],
    "/v1beta/models/m:streamGenerateContent?alt=sse": [
        gemini(TEXT, [called("f"), called("f", None)], [responded("f"), responded("f")]),
        gemini(TEXT, [called("f", "skip_thought_signature_validator")], [responded("f"), {"text": "x"}]),
        gemini(TEXT, generationConfig={"maxOutputTokens": 1, "thinkingConfig": {"thinkingBudget": 0}}),
    ],
}  # fmt: skip
