"""The official SDK's client speaks with `egghead mcp serve`, in the generation that its last argument names.

    client.py EGGHEAD HOME auto|legacy
"""

import os
import sys

import anyio
from jsonschema import Draft202012Validator
from mcp import Client, StdioServerParameters

egghead, home, mode = sys.argv[1:4]


def check(what, is_so, detail=None):
    if not is_so:
        sys.exit(f"{mode}: {what}: {detail}")


async def main():
    server = StdioServerParameters(
        command=egghead, args=["mcp", "serve", "--home", home], env={"HOME": os.environ.get("HOME", "/tmp")}
    )
    async with Client(server, mode=mode) as client:
        version = client.protocol_version
        check("version", version == ("2026-07-28" if mode == "auto" else "2025-11-25"), version)
        check("instructions", "Search the notes first" in (client.instructions or ""))
        listed = (await client.list_tools()).tools
        again = (await client.list_tools()).tools
        names = [tool.name for tool in listed]
        check("fixed order", names == [tool.name for tool in again] and len(names) >= 15, names)
        for tool in listed:
            Draft202012Validator.check_schema(tool.input_schema)
        check("annotations", {tool.name: tool.annotations.read_only_hint for tool in listed}["get_record"])

        async def call(name, **arguments):
            result = await client.call_tool(name, arguments)
            return result.content[0].text, result

        text, result = await call("create_record", title="Valve", body="The valve drips.", id="guides/valve-" + mode)
        check("create", text == f"Created [[guides/valve-{mode}]]." and not result.is_error, text)
        text, _ = await call("get_record", id="guides/valve-" + mode)
        check("get", "The valve drips." in text, text)
        text, _ = await call("update_record", id="guides/valve-" + mode, old="drips", new="is dry")
        check("update", text.startswith("Changed"), text)
        text, result = await call("update_record", id="guides/valve-" + mode, old="drips", new="is dry")
        check("an update that fits nothing", result.is_error and "not in the note" in text, text)
        for _ in range(50):
            text, result = await call("search_records", query="Is the valve dry?")
            if "is dry" in text:
                break
            await anyio.sleep(0.1)
        check("search", "[[guides/valve-" + mode in text and result.structured_content["passages"], text)
        text, _ = await call("list_records", prefix="guides/")
        check("list", "guides/valve-" + mode in text, text)
        text, _ = await call("list_agents")
        check("agents", "@scout" in text, text)

        heard = []

        async def progress(done, total, message):
            heard.append(message)

        answer = await client.call_tool(
            "prompt_agent", {"agent": "scout", "text": "fake:slow hello"}, progress_callback=progress
        )
        check("prompt", not answer.is_error and answer.content[0].text, answer)
        check("progress", heard and "thinking" in heard[0], heard)
        text, result = await call("prompt_agent", agent="nobody-here", text="hello")
        check("nobody", result.is_error, text)
        text, result = await call("consult", question="Are you there?")
        check("consult", "@scout" in text, text)
        text, _ = await call("post_room", room="attic", text="just a word")
        check("post", "Said in room attic" in text, text)
        text, _ = await call("read_room", room="attic")
        check("read room", "just a word" in text, text)
        text, _ = await call("pending_requests")
        check("requests", text == "No agent waits for an answer.", text)

        resources = (await client.list_resources()).resources
        addresses = [str(resource.uri) for resource in resources]
        check("resources", f"egghead://record/guides/valve-{mode}" in addresses, addresses)
        check("rooms", "egghead://room/attic" in addresses, addresses)
        read = await client.read_resource(f"egghead://record/guides/valve-{mode}")
        check("read", "is dry" in read.contents[0].text, read)
        read = await client.read_resource("egghead://room/attic")
        check("transcript", "just a word" in read.contents[0].text, read)
        for attempt in (lambda: client.read_resource("egghead://x"), lambda: client.call_tool("no_such_tool", {})):
            try:
                await attempt()
            except Exception as error:  # noqa: BLE001: the SDK's own
                check("refusal", "no" in str(error), error)
            else:
                check("refusal", False, attempt)
        text, _ = await call("delete_record", id="guides/valve-" + mode)
        check("delete", text.startswith("Deleted"), text)
        prompts = (await client.list_prompts()).prompts
        check("prompts", [prompt.name for prompt in prompts] == ["tidy"], prompts)
        prompt = await client.get_prompt("tidy")
        check("prompt", prompt.messages[0].content.text.strip() == "Tidy up.", prompt)
    print("done")


anyio.run(main)
