"""A server made with the official SDK's first generation over Streamable HTTP, with sessions, and without by an option.

    remote_legacy.py --port-file FILE [--stateless] [--json] [--resumable] [--require-header NAME=VALUE] [--log FILE]

The endpoint is /mcp. Its tools are those of remote.py that this generation can have.
"""

import anyio
from mcp.server.fastmcp import Context, FastMCP
from pydantic import BaseModel, Field

from serving import Log, Logged, Required, arguments, event_store, serve

mcp = FastMCP("sample", instructions="Use add for sums.", log_level="WARNING")


class Sum(BaseModel):
    total: int


class Who(BaseModel):
    name: str = Field(description="Your name", min_length=2)
    age: int = Field(ge=0, le=150)
    color: str = Field(default="red", json_schema_extra={"enum": ["red", "green"]})


class Caller(BaseModel):
    who: str | None
    authorization: bool
    version: str | None


@mcp.tool()
def add(a: int, b: int) -> Sum:
    """Adds two numbers"""
    return Sum(total=a + b)


@mcp.tool()
def boom() -> str:
    raise ValueError("no such thing")


@mcp.tool()
async def slow(ctx: Context, steps: int, pause: float = 0.3) -> str:
    for step in range(steps):
        await ctx.report_progress(step + 1, steps, f"step {step + 1}")
        await anyio.sleep(pause)
    return "slow done"


@mcp.tool()
async def greet(ctx: Context) -> str:
    answer = await ctx.elicit("Who are you?", Who)
    if answer.action != "accept":
        return f"You {answer.action}."
    return f"Hello {answer.data.name}, {answer.data.age}, {answer.data.color}"


@mcp.tool()
async def grow(ctx: Context) -> str:
    """Adds a tool, and tells it to the client on its GET stream"""

    def extra() -> str:
        return "more"

    if "extra" not in [tool.name for tool in await mcp.list_tools()]:
        mcp.add_tool(extra, name="extra")
    await ctx.session.send_tool_list_changed()
    return "grown"


@mcp.tool()
def whoami(ctx: Context) -> Caller:
    """Says which headers came with this call"""
    headers = ctx.request_context.request.headers
    return Caller(
        who=headers.get("x-who"),
        authorization="authorization" in headers,
        version=headers.get("mcp-protocol-version"),
    )


@mcp.tool()
async def leave(ctx: Context) -> str:
    """Closes its own stream in the midst of the call, and answers later: the client has to read on"""
    await ctx.report_progress(1, 2, "going")
    await ctx.close_sse_stream()
    await anyio.sleep(0.3)
    return "left and came back"


cancelled = []


@mcp.tool()
async def endure() -> str:
    """Waits for an hour, and notes when it is cancelled"""
    try:
        await anyio.sleep(3_600)
    except BaseException:
        cancelled.append("endure")
        raise
    return "endured"


@mcp.tool()
def cancellations() -> int:
    """How many calls of endure were cancelled"""
    return len(cancelled)


def main():
    parser = arguments(__doc__)
    parser.add_argument("--stateless", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--resumable", action="store_true")
    parser.add_argument("--require-header", metavar="NAME=VALUE")
    told = parser.parse_args()
    mcp.settings.json_response = told.json
    mcp.settings.stateless_http = told.stateless
    if told.resumable:
        mcp._event_store = event_store()
        mcp._retry_interval = 100
    app = mcp.streamable_http_app()
    if told.require_header:
        app = Required(app, told.require_header)
    serve(Logged(app, Log(told.log)), told.port_file, told.port)


if __name__ == "__main__":
    main()
