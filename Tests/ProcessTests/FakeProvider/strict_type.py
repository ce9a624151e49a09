"""Checks JSON against a vendor's type for requests the way the vendor's server does: no key too many.

The types are `TypedDict`s, which are made to help who writes a request: pydantic ignores keys that they do not know,
reads lists (`Iterable`) only when somebody asks for the next element, and takes "1" for 1.
"""

from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import SchemaValidator

Schema = dict[str, Any]


class StrictType:
    """A vendor's type, made strict."""

    def __init__(self, vendors: Any) -> None:
        schema: Any = TypeAdapter(vendors).core_schema
        self.models = {d["ref"] for d in schema.get("definitions", []) if d["type"] == "model"}
        self.validator = SchemaValidator(self.strict(schema))

    def problem(self, text: str) -> str | None:
        """Why JSON is not of the type, or nothing if it is."""
        try:
            self.validator.validate_json(text, strict=True)
        except ValidationError as error:
            return reason(error)
        return None

    def strict(self, schema: Any) -> Any:
        """A copy of a part of pydantic's schema that reads lists whole and refuses unknown keys."""
        if isinstance(schema, list | tuple):
            return type(schema)(self.strict(part) for part in schema)
        if not isinstance(schema, dict) or schema.get("type") == "model":
            return schema  # Nothing refers to the models any more.
        copy = {key: self.strict(value) for key, value in schema.items()}
        match schema.get("type"):
            case "generator":
                copy["type"] = "list"
            case "typed-dict":
                copy["extra_behavior"] = "forbid"
            case "union":
                copy["choices"] = [self.strict(choice) for choice in schema["choices"] if not self.is_answer(choice)]
        return copy

    def is_answer(self, schema: Any) -> bool:
        """Whether a choice of a union is a class for answers, which the types of requests accept for convenience; such
        a class accepts any key."""
        if isinstance(schema, tuple):
            return self.is_answer(schema[0])
        if schema["type"] == "union":
            return all(self.is_answer(choice) for choice in schema["choices"])
        return schema["type"] == "model" or schema.get("schema_ref") in self.models


def reason(error: ValidationError) -> str:
    """The error that tells most. Of a union pydantic tells the errors of every choice; those of choices that are meant
    for another `type` or `role` say nothing."""
    errors = error.errors(include_url=False, include_context=False, include_input=False)
    others = [e["loc"][:-1] for e in errors if e["type"] == "literal_error" and e["loc"][-1] in ("type", "role")]
    telling = [e for e in errors if not any(e["loc"][: len(other)] == other for other in others)]
    first = max(telling or errors, key=lambda e: len(e["loc"]))
    place = ".".join(str(part) for part in first["loc"] if str(part).isidentifier() or isinstance(part, int))
    return f"{place}: {first['msg']}"
