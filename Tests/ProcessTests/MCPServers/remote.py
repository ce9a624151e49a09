"""The server of sample.py over Streamable HTTP, in both generations: what a client sends decides.

    remote.py --port-file FILE [--stateless] [--json] [--resumable] [--require-header NAME=VALUE] [--log FILE]

The endpoint is /mcp. --stateless and --resumable matter to the handshake generation only.
"""

from typing import Annotated

import anyio
from mcp.server.mcpserver import Context
from pydantic import BaseModel, Field

from sample import mcp
from serving import Log, Logged, Required, arguments, event_store, serve


class Caller(BaseModel):
    who: str | None
    authorization: bool
    version: str | None


@mcp.tool()
def whoami(ctx: Context) -> Caller:
    """Says which headers came with this call"""
    headers = ctx.headers or {}
    return Caller(
        who=headers.get("x-who"),
        authorization="authorization" in headers,
        version=headers.get("mcp-protocol-version"),
    )


@mcp.tool()
def route(
    ctx: Context,
    region: Annotated[str, Field(json_schema_extra={"x-mcp-header": "Region"})],
    level: Annotated[int, Field(json_schema_extra={"x-mcp-header": "Level"})] = 0,
) -> str:
    """Says what its arguments and the headers of them hold"""
    headers = ctx.headers or {}
    return f"{region} {level} {headers.get('mcp-param-region')} {headers.get('mcp-param-level')}"


@mcp.tool()
async def leave(ctx: Context) -> str:
    """Closes its own stream in the midst of the call, and answers later: the client has to read on"""
    await ctx.report_progress(1, 2, "going")
    await ctx.close_sse_stream()
    await anyio.sleep(0.3)
    return "left and came back"


mcp.remove_tool("grow")


@mcp.tool()
async def grow(ctx: Context) -> str:
    """Adds a tool, and tells it to the clients of both generations"""
    if "extra" not in [tool.name for tool in await mcp.list_tools()]:
        mcp.add_tool(lambda: "more", name="extra")
    await ctx.notify_tools_changed()
    await ctx.session.send_tool_list_changed()
    return "grown"


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
    app = mcp.streamable_http_app(
        json_response=told.json,
        stateless_http=told.stateless,
        event_store=event_store() if told.resumable else None,
        retry_interval=100 if told.resumable else None,
    )
    if told.require_header:
        app = Required(app, told.require_header)
    serve(Logged(app, Log(told.log)), told.port_file, told.port)


if __name__ == "__main__":
    main()
