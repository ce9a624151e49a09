"""The least MCP server: it answers at once, after as many seconds of silence at its start as it is told."""

import json
import sys
import time

time.sleep(float(sys.argv[1]) if len(sys.argv) > 1 else 0)
SCHEMA = {"type": "object", "properties": {"text": {"type": "string"}}}
for line in sys.stdin:
    message = json.loads(line)
    method = message.get("method")
    if method == "server/discover":
        result = {"supportedVersions": ["2026-07-28"], "capabilities": {"tools": {}}, "resultType": "complete"}
    elif method == "tools/list":
        result = {"tools": [{"name": "say", "inputSchema": SCHEMA}], "resultType": "complete"}
    else:
        words = str(message.get("params", {}).get("arguments"))
        result = {"content": [{"type": "text", "text": words}], "resultType": "complete"}
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}) + "\n")
    sys.stdout.flush()
