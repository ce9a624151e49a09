"""A server made with the official SDK, for what the servers of PyPI lack."""

from typing import Annotated, Literal

import anyio
from mcp.server.mcpserver import Context, Image, MCPServer
from mcp.server.mcpserver.resolve import Elicit, Resolve
from mcp_types import (
    BlobResourceContents,
    CallToolResult,
    EmbeddedResource,
    ResourceLink,
    TextContent,
    TextResourceContents,
)
from pydantic import BaseModel, Field

mcp = MCPServer("sample", instructions="Use add for sums.")


class Sum(BaseModel):
    total: int


class Who(BaseModel):
    name: str = Field(description="Your name", min_length=2)
    age: int = Field(ge=0, le=150)
    color: Literal["red", "green"] = "red"


@mcp.tool()
def add(a: int, b: int) -> Sum:
    """Adds two numbers"""
    return Sum(total=a + b)


@mcp.tool()
def picture() -> Image:
    return Image(data=b"\x89PNG" + bytes(1200), format="png")


@mcp.tool()
def mixed() -> CallToolResult:
    note = TextResourceContents(uri="note://a", mime_type="text/plain", text="the note")
    archive = BlobResourceContents(uri="note://b", mime_type="application/zip", blob="AAAA")
    link = ResourceLink(type="resource_link", uri="file:///x/y.rs", name="y.rs", mime_type="text/x-rust")
    return CallToolResult(
        content=[
            TextContent(type="text", text="see"),
            EmbeddedResource(type="resource", resource=note),
            EmbeddedResource(type="resource", resource=archive),
            link,
        ]
    )


@mcp.tool()
def boom() -> str:
    raise ValueError("no such thing")


@mcp.tool()
async def slow(ctx: Context, steps: int, pause: float = 0.3) -> str:
    for step in range(steps):
        await ctx.report_progress(step + 1, steps, f"step {step + 1}")
        await anyio.sleep(pause)
    return "slow done"


async def who(ctx: Context) -> Elicit[Who]:
    return Elicit("Who are you?", Who)


@mcp.tool()
async def greet(w: Annotated[Who, Resolve(who)]) -> str:
    return f"Hello {w.name}, {w.age}, {w.color}"


@mcp.tool()
async def grow(ctx: Context) -> str:
    def extra() -> str:
        return "more"

    mcp.add_tool(extra, name="extra")
    await ctx.notify_tools_changed()
    return "grown"


if __name__ == "__main__":
    mcp.run()
