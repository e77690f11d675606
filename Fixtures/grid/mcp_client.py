"""The MCP client of the package `mcp`: takes a URL and a mode as JSON, and prints what it has seen as JSON."""

import asyncio
import json
import sys
import warnings

import httpx2
import mcp_types as types
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client

# What the newest version of the protocol has dropped is used on purpose where an older one is spoken.
warnings.simplefilter("ignore")

# A session with a handshake, as before 2026.
LEGACY = "legacy"


class Seen:
    """What has come from the server, beside the answers."""

    def __init__(self):
        self.progress = []
        self.notifications = asyncio.Queue()

    async def on_progress(self, progress, total, message):
        self.progress.append([progress, total, message])

    async def on_message(self, message):
        if isinstance(message, (types.ResourceUpdatedNotification, types.ToolListChangedNotification)):
            self.notifications.put_nowait(message.method)

    async def on_elicitation(self, context, parameters):
        return types.ElicitResult(action="accept", content={"name": f"the one asked: {parameters.message}"})


def text(result):
    return [getattr(each, "text", None) or each.type for each in result.content]


async def talk(client, seen, mode):
    came = {"server": client.server_info.name, "version": client.protocol_version}
    came["instructions"] = client.instructions
    came["capabilities"] = client.server_capabilities.model_dump(mode="json", exclude_none=True)

    tools = (await client.list_tools()).tools
    came["tools"] = [[tool.name, tool.description, tool.input_schema] for tool in tools]
    came["resources"] = [str(each.uri) for each in (await client.list_resources()).resources]
    templates = (await client.list_resource_templates()).resource_templates
    came["templates"] = [each.uri_template for each in templates]
    came["prompts"] = [each.name for each in (await client.list_prompts()).prompts]
    came["read"] = [(await client.read_resource(uri)).contents[0].text for uri in ("notes://today", "greeting://Zoë")]
    came["prompt"] = (await client.get_prompt("review", {"code": "x = 1"})).messages[0].content.text

    came["add"] = (await client.call_tool("add", {"a": 1, "b": 2})).structured_content
    came["total"] = (await client.call_tool("total", {"terms": [1.5, 2]})).structured_content
    came["headers"] = text(await client.call_tool("headers"))
    came["picture"] = (await client.call_tool("picture")).content[0].data
    came["large"] = len(text(await client.call_tool("large", {"size": 50_000}))[0])
    failed = await client.call_tool("fail")
    came["fail"] = [failed.is_error, text(failed)]
    wrong = await client.call_tool("add", {"a": "one"})
    came["wrong"] = [wrong.is_error, "a" in text(wrong)[0]]
    try:
        await client.read_resource("nothing://here")
    except MCPError as error:
        came["no such resource"] = error.error.message

    work = await client.call_tool("work", {"steps": 25}, progress_callback=seen.on_progress)
    came["work"] = [text(work), seen.progress[:]]
    came["together"] = [
        each.structured_content["result"]
        for each in await asyncio.gather(*(client.call_tool("add", {"a": n, "b": n}) for n in range(20)))
    ]

    # A call that is given up is heard of by the tool.
    call = asyncio.ensure_future(client.call_tool("wait", {"name": mode}))
    came["waits"] = text(await client.call_tool("happened", {"what": f"{mode} waits"}))
    call.cancel()
    came["ended"] = text(await client.call_tool("happened", {"what": f"{mode} ended"}))

    if mode == LEGACY:
        came["ask"] = text(await client.call_tool("ask"))
        seen.progress.clear()
        resumed = await client.call_tool("interrupt", progress_callback=seen.on_progress)
        came["interrupt"] = [text(resumed), seen.progress[:]]
        came["ping"] = (await client.send_ping()).model_dump(mode="json", exclude_none=True)
        # What concerns no request comes over a stream of its own.
        came["touch"] = text(await client.call_tool("touch"))
        came["heard"] = [await asyncio.wait_for(seen.notifications.get(), 20) for _ in range(2)]
    else:
        async with client.listen(tools_list_changed=True, resource_subscriptions=["notes://today"]) as subscription:
            came["touch"] = text(await client.call_tool("touch"))
            events = aiter(subscription)
            came["heard"] = sorted([type(await asyncio.wait_for(anext(events), 20)).__name__ for _ in range(2)])
    return came


async def main(url, mode):
    seen = Seen()
    requests = []

    async def note(request):
        requests.append([request.method, "mcp-session-id" in request.headers, "last-event-id" in request.headers])

    http = httpx2.AsyncClient(headers={"X-Grid": "grid"}, timeout=60, event_hooks={"request": [note]})
    async with http:
        transport = streamable_http_client(f"{url}/mcp", http_client=http)
        callbacks = {"message_handler": seen.on_message, "elicitation_callback": seen.on_elicitation}
        async with Client(transport, mode=mode, **callbacks) as client:
            came = await talk(client, seen, mode)
    came["requests"] = sorted({json.dumps(each) for each in requests})
    print(json.dumps(came))


asyncio.run(main(*json.loads(sys.argv[1])))
