"""The lists of models that the vendors answer, built from their own types."""

import json
from typing import Any

NAMES = ("normal", "tools")


def model_list(path: str, headers: dict[str, str]) -> dict[str, Any] | None:
    """The list that a GET of this path asks for; nothing for another path."""
    place = path.partition("?")[0]
    if not place.endswith("/models"):
        return None
    if place.endswith("/v1beta/models"):
        return gemini()
    return anthropic() if "anthropic-version" in headers else openai()


def openai() -> dict[str, Any]:
    """OpenAI's, with the key by which model servers tell the window."""
    from openai.types import Model

    models = [Model(id=name, created=1_700_000_000, object="model", owned_by="tests") for name in NAMES]
    data = [model.model_dump(exclude_none=True) for model in models]
    data[0]["max_model_len"] = 32_768
    return {"object": "list", "data": data}


def anthropic() -> dict[str, Any]:
    """Anthropic's, which is a page of a longer list."""
    from anthropic.types import ModelInfo

    def model(name: str) -> dict[str, Any]:
        info = ModelInfo.model_construct(id=name, display_name=name, type="model", max_input_tokens=200_000)
        return dict(json.loads(info.model_dump_json(exclude_none=True)))

    data = [model(name) for name in NAMES]
    return {"data": data, "has_more": False, "first_id": NAMES[0], "last_id": NAMES[-1]}


def gemini() -> dict[str, Any]:
    """Google's."""
    from google.genai.types import Model

    models = [Model(name=f"models/{name}", display_name=name, input_token_limit=1_048_576) for name in NAMES]
    return {"models": [model.model_dump(exclude_none=True, by_alias=True) for model in models]}
