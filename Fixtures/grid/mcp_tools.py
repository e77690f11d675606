"""An MCP server over streamable HTTP: tools, resources and prompts, streams that are resumed, sessions that end."""

import asyncio
from collections import defaultdict

from mcp.server import MCPServer
from mcp.server.mcpserver import Context, Image
from mcp.server.streamable_http import EventMessage, EventStore
from mcp.server.transport_security import TransportSecuritySettings
from pydantic import BaseModel


class Kept(EventStore):
    """Keeps events in memory, so that a client that reconnects gets what it has missed."""

    def __init__(self):
        self.events = []

    async def store_event(self, stream_id, message):
        self.events.append((stream_id, message))
        return str(len(self.events))

    async def replay_events_after(self, last_event_id, send_callback):
        if not last_event_id.isdecimal() or not 0 < int(last_event_id) <= len(self.events):
            return None
        stream = self.events[int(last_event_id) - 1][0]
        for index, (stream_id, message) in enumerate(self.events, 1):
            if index > int(last_event_id) and stream_id == stream and message is not None:
                await send_callback(EventMessage(message, str(index)))
        return stream


class Sum(BaseModel):
    value: float
    terms: list[float]


class Answer(BaseModel):
    name: str


def make_app():
    """Makes a server of its own for each who serves: its sessions run once."""
    mcp = MCPServer("Grid", instructions="Grüße", version="1.2.3", log_level="CRITICAL")
    waiting = defaultdict(asyncio.Event)

    @mcp.tool()
    def add(a: int, b: int) -> int:
        """Add two numbers."""
        return a + b

    @mcp.tool()
    async def total(terms: list[float]) -> Sum:
        """The result has a schema."""
        await asyncio.sleep(0)
        return Sum(value=sum(terms), terms=terms)

    @mcp.tool()
    async def work(steps: int, ctx: Context) -> str:
        """Tells how far it is."""
        for step in range(steps):
            await ctx.report_progress(step + 1, steps, f"Schritt {step + 1}")
        return f"{steps} steps"

    @mcp.tool()
    async def interrupt(ctx: Context) -> str:
        """Closes its stream on the way: the client comes back for the rest."""
        await ctx.report_progress(1, 3, "before")
        await ctx.close_sse_stream()
        await ctx.report_progress(2, 3, "while away")
        await asyncio.sleep(0.2)
        await ctx.report_progress(3, 3, "back")
        return "resumed"

    @mcp.tool()
    async def ask(ctx: Context) -> str:
        """Asks the client back over the stream of its request."""
        answer = await ctx.elicit("Who are you?", Answer)
        return f"{answer.action}: {answer.data.name}"

    @mcp.tool()
    async def headers(ctx: Context) -> str:
        return f"grid={ctx.headers['x-grid']}"

    @mcp.tool()
    def picture() -> Image:
        return Image(data=b"\x89PNG not really", format="png")

    @mcp.tool()
    def large(size: int) -> str:
        return "grüße " * size

    @mcp.tool()
    def fail() -> str:
        raise ValueError("not today")

    @mcp.tool()
    async def wait(name: str) -> str:
        """Waits until it is cancelled."""
        waiting[f"{name} waits"].set()
        try:
            await asyncio.Event().wait()
        finally:
            waiting[f"{name} ended"].set()

    @mcp.tool()
    async def happened(what: str) -> str:
        await asyncio.wait_for(waiting[what].wait(), 20)
        return what

    @mcp.tool()
    async def touch(ctx: Context) -> str:
        """Tells those who listen, each in the way of its version."""
        if ctx.protocol_version < "2026":
            await ctx.session.send_resource_updated("notes://today")
            await ctx.session.send_tool_list_changed()
        else:
            await ctx.notify_resource_updated("notes://today")
            await ctx.notify_tools_changed()
        return "touched"

    @mcp.resource("notes://today")
    def today() -> str:
        return "nichts Neues"

    @mcp.resource("greeting://{name}")
    def greeting(name: str) -> str:
        return f"Hello, {name}!"

    @mcp.prompt()
    def review(code: str) -> str:
        return f"Please review: {code}"

    hosts = ["127.0.0.1:*", "example.test"]
    security = TransportSecuritySettings(allowed_hosts=hosts, allowed_origins=["http://example.test"])
    return mcp.streamable_http_app(event_store=Kept(), retry_interval=50, transport_security=security)
