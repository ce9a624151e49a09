"""How OpenAI refuses a call, which is the same for both of its APIs.

See: platform.openai.com/docs/guides/error-codes
"""

import json

from openai.types.shared import ErrorObject

from api import Failure, Fault, Told


def openai_error(failure: Failure, model: str) -> tuple[int, ErrorObject]:
    """OpenAI's status and error object, which are the same for both of its APIs."""
    window, tokens = failure.window, failure.tokens
    replacement = " Use 'max_completion_tokens' instead." if failure.parameter == "max_tokens" else ""
    status, kind, code, message = {
        Fault.RATE_LIMIT: (429, "requests", "rate_limit_exceeded", "Rate limit reached for requests"),
        Fault.TOO_EARLY: (425, "requests", None, "Too early"),
        Fault.QUOTA: (429, "insufficient_quota", "insufficient_quota", "You exceeded your current quota"),
        Fault.SERVER_ERROR: (
            500, "server_error", None, "The server had an error while processing your request"),
        Fault.OVERLOADED: (
            503, "service_unavailable_error", "server_is_overloaded",
            "Our servers are currently overloaded. Please try again later."),
        Fault.KEY_REFUSED: (
            401, "invalid_request_error", "invalid_api_key", f"Incorrect API key provided: {failure.key}"),
        Fault.UNKNOWN_MODEL: (
            404, "invalid_request_error", "model_not_found",
            f"The model `{model}` does not exist or you do not have access to it."),
        Fault.OVERFLOW: (
            400, "invalid_request_error", "context_length_exceeded",
            f"This model's maximum context length is {window} tokens. "
            f"However, your messages resulted in {tokens} tokens."),
        Fault.REFUSED_PARAMETER: (
            400, "invalid_request_error", "unsupported_parameter",
            f"Unsupported parameter: '{failure.parameter}' is not supported with this model.{replacement}"),
        Fault.INVALID: (400, "invalid_request_error", None, ""),
        Fault.STATUS: (failure.status, "error", None, f"Refused with {failure.status}"),
    }[failure.fault]  # fmt: skip
    return status, ErrorObject(message=failure.message or message, type=kind, code=code, param=failure.parameter)


def openai_headers(failure: Failure) -> dict[str, str]:
    """When to come back: in seconds, or for less than one in OpenAI's own header."""
    if failure.retry_after is None or failure.date is None:
        return {}
    if failure.told is Told.DATE:
        return {"Retry-After": failure.date}
    if failure.told is Told.LIMIT:
        minutes, seconds = divmod(round(failure.retry_after), 60)
        return {
            "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": f"{minutes}m{seconds}s",
            "x-ratelimit-remaining-tokens": "9000", "x-ratelimit-reset-tokens": "12ms"}  # fmt: skip
    if failure.retry_after < 1 and failure.retry_after > 0:
        return {"Retry-After-Ms": f"{failure.retry_after * 1000:.0f}"}
    return {"Retry-After": f"{failure.retry_after:.0f}"}


def error_body(error: ErrorObject) -> str:
    """The JSON of an error."""
    return json.dumps({"error": error.model_dump()})
