"""What the APIs of the vendors have in common: what a request says, what an answer is made of, why a call fails."""

import base64
import binascii
import json
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from email.utils import formatdate
from enum import Enum, auto
from typing import Any, ClassVar

WINDOW = 8192


class Kind(Enum):
    """What an entry of a conversation is."""

    USER = auto()
    THOUGHT = auto()
    ASSISTANT = auto()
    CALL = auto()
    OUTCOME = auto()


@dataclass(frozen=True)
class Entry:
    """A piece of a conversation: what was said, thought or found out, or the name of a tool that was called."""

    kind: Kind
    text: str


@dataclass(frozen=True)
class Usage:
    """What a call costs, in tokens. The prompt includes what of it came from the cache."""

    prompt: int
    output: int
    cached: int = 0


class Stop(Enum):
    """Why an answer ends."""

    END = auto()
    CALLS = auto()
    BLOCKED = auto()


class Fault(Enum):
    """Why a call fails."""

    RATE_LIMIT = auto()
    TOO_EARLY = auto()
    QUOTA = auto()
    SERVER_ERROR = auto()
    OVERLOADED = auto()
    KEY_REFUSED = auto()
    UNKNOWN_MODEL = auto()
    OVERFLOW = auto()
    REFUSED_PARAMETER = auto()
    INVALID = auto()
    STATUS = auto()


class Told(Enum):
    """How a vendor says when to come back: in seconds, as a date, or as the time at which a limit is whole again."""

    SECONDS = auto()
    DATE = auto()
    LIMIT = auto()


@dataclass(frozen=True)
class Failure:
    """A fault and what belongs to it.

    `message` replaces the vendor's usual words. `retry_after` is in seconds, and told as `told` says where the vendor
    has such a form. `tokens` is the size of a prompt that is longer than `window`. `status` is that of `Fault.STATUS`.
    """

    fault: Fault
    message: str | None = None
    retry_after: float | None = None
    told: Told = Told.SECONDS
    parameter: str | None = None
    key: str = ""
    window: int = WINDOW
    tokens: int = WINDOW + 809
    status: int = 400

    @property
    def date(self) -> str | None:
        """The date on which to come back, as HTTP writes it."""
        return None if self.retry_after is None else formatdate(time.time() + self.retry_after, usegmt=True)


class InvalidRequest(Exception):
    """A request that the vendor's server refuses, with its reason."""


class Api(ABC):
    """One request to a vendor's API, and how its answer is written.

    What is written comes as a list of server-sent events, each with its blank line.
    """

    name: ClassVar[str]
    # Where the key is looked for, in this order; nowhere else, as the vendor does.
    key_headers: ClassVar[tuple[str, ...]]
    # The parameters that a model may refuse, in the order in which it does.
    refusable: ClassVar[tuple[str, ...]]
    blank_line: ClassVar[str] = "\n\n"

    def __init__(self, request: dict[str, Any], path: str, headers: dict[str, str]) -> None:
        self.request = request
        self.url_path = path
        self.headers = headers

    # What a request says.

    @abstractmethod
    def check(self) -> None:
        """Raises `InvalidRequest` if the vendor's server would refuse the request. Everything else relies on it."""

    @abstractmethod
    def entries(self) -> Iterable[Entry]:
        """The conversation in its order; what a user's message says in several parts is one entry."""

    @property
    @abstractmethod
    def messages(self) -> Any:
        """The part of the request that holds the conversation."""

    @property
    def model(self) -> str:
        return str(self.request.get("model", ""))

    @property
    def key(self) -> str:
        """The key that the call is made with, or nothing."""
        for name in self.key_headers:
            if value := self.headers.get(name):
                return value.removeprefix("Bearer ")
        return ""

    def parameters(self) -> dict[str, Any]:
        """The part of the request that holds what can be refused."""
        return self.request

    # How an answer is written.

    def head(self, usage: Usage) -> list[str]:
        """What comes before anything is said."""
        return []

    @abstractmethod
    def text(self, delta: str) -> list[str]:
        """Some words of the answer."""

    @abstractmethod
    def thought(self, text: str) -> list[str]:
        """A whole thought, which has to come back with the outcomes of the calls that follow it."""

    @abstractmethod
    def begin_call(self, index: int, tool: str) -> list[str]:
        """The head of the answer's call number `index`."""

    @abstractmethod
    def call_piece(self, piece: str) -> list[str]:
        """Some of the arguments of the call that was begun last."""

    def end_call(self) -> list[str]:
        """The end of the call that was begun last."""
        return []

    @abstractmethod
    def finish(self, stop: Stop, usage: Usage | None) -> list[str]:
        """Why the answer ends, and what it has cost."""

    def end_mark(self) -> list[str]:
        """The end of the stream."""
        return []

    def ping(self) -> list[str]:
        """What says nothing but that the connection is alive."""
        return [f": ping{self.blank_line}"]

    @abstractmethod
    def unknown(self) -> list[str]:
        """What a newer version of the API could say and today's clients have to pass over."""

    def broken(self) -> str:
        """An event whose JSON breaks off."""
        event = self.text("broken")[-1].removesuffix(self.blank_line)
        return event[: -len(event) // 4] + self.blank_line

    # How a call is refused.

    @abstractmethod
    def refusal(self, failure: Failure) -> tuple[int, dict[str, str], str]:
        """Status, headers and body of an answer that refuses the call."""

    @abstractmethod
    def error_event(self, failure: Failure) -> list[str]:
        """The failure of an answer that has begun."""


def joined(content: Any) -> str:
    """The words of a content that is either a text or a list of parts."""
    if isinstance(content, list):
        return "\n".join(str(part["text"]) for part in content if part.get("text"))
    return str(content)


def sealed(thought: str) -> str:
    """What a client has to bring back unread: a stand-in for a signature or an encrypted thought, in Base64."""
    return base64.b64encode(b"sealed: " + thought.encode()).decode()


def unsealed(seal: str) -> str | None:
    """The thought of a seal in either alphabet of Base64, or nothing if this is none of ours."""
    try:
        data = base64.b64decode(seal.translate(str.maketrans("-_", "+/")), validate=True)
    except (binascii.Error, ValueError):
        return None
    return data.removeprefix(b"sealed: ").decode(errors="replace") if data.startswith(b"sealed: ") else None


def require(holds: bool, reason: str) -> None:
    """Refuses the request unless a condition holds."""
    if not holds:
        raise InvalidRequest(reason)


def named_event(name: str, data: str) -> str:
    """A server-sent event that has a name."""
    return f"event: {name}\ndata: {data}\n\n"


def to_json(value: Any) -> str:
    """JSON text without spaces, as servers write it."""
    return json.dumps(value, separators=(",", ":"))
