"""What runs beside a node in a kernel of its own: it compares what is there with the ledgers, and then writes.

    python -m durability.guest HOME OUT LIFE [--alone | --last]

OUT lies outside of the disk under test: the ledgers are there, and the file `state` tells how far this life has come.
It writes until it is killed, or until SIGTERM, after which it tells what was refused.
"""

import argparse
import asyncio
import json
import os
import signal
import time
from pathlib import Path

from .checking import Check
from .client import Refused
from .ledger import Facts, Ledger
from .load import Load
from .provider import serve_provider

PROVIDER_SOCKET = Path("/run/provider.sock")
START_SECONDS = 60.0
FINISH_SECONDS = 5.0


class State:
    """The file that tells the outside how far things are."""

    def __init__(self, out: Path, life: str) -> None:
        self.file = os.open(out / "state", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self.life = life

    def tell(self, words: str) -> None:
        """Adds a line."""
        os.write(self.file, f"{self.life} {words}\n".encode())


async def wait_until_ready(home: Path) -> list[str]:
    """Waits until every process of the node is up; tells what is not."""
    deadline = time.monotonic() + START_SECONDS
    problem = "no control socket"
    while time.monotonic() < deadline:
        try:
            reader, writer = await asyncio.open_unix_connection(str(home / "run" / "control.sock"), limit=1 << 24)
            writer.write(b'{"operation":"list"}\n')
            children = json.loads(await reader.readline())["children"]
            writer.close()
        except OSError:
            await asyncio.sleep(0.05)
            continue
        late = [child["name"] for child in children if child["state"] != "ready"]
        if not late and any(child["name"].startswith("agent:") for child in children):
            return [f"{child['name']} failed to start" for child in children if child.get("restarts")]
        problem = f"not ready: {' '.join(late)}"
        await asyncio.sleep(0.05)
    return [f"the node does not start: {problem}"]


async def live(home: Path, out: Path, life: str, is_alone: bool, is_last: bool) -> None:
    """One life of the node, to its check or until the kernel is killed."""
    state, facts = State(out, life), Facts(out)
    provider = await serve_provider(PROVIDER_SOCKET)
    faults = await wait_until_ready(home)
    state.tell("ready")
    check = Check(home, facts)
    faults += await check.run()
    for fault in faults:
        state.tell(f"fault {fault}")
    state.tell("checked " + ", ".join(f"{count} {what}" for what, count in sorted(check.counts.items())))
    if is_last:
        return provider.close()
    load = Load(home, Ledger(out / f"ledger.{life}"), life, is_alone)
    state.tell("loading")
    for fault in await write(load, facts):
        state.tell(f"fault {fault}")
    for refusal in sorted(set(load.refusals())):
        state.tell(f"refused {refusal}")


async def write(load: Load, facts: Facts) -> list[str]:
    """Writes until SIGTERM; what has no answer soon after that is left. Returns the faults."""
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    waiting = asyncio.create_task(stopping.wait())
    loading = asyncio.create_task(load.run(facts))
    await asyncio.wait({loading, waiting}, return_when=asyncio.FIRST_COMPLETED)
    load.stop()
    await asyncio.wait({loading}, timeout=FINISH_SECONDS)
    try:
        if loading.done():
            loading.result()
    except Refused as refusal:
        return [f"a client was refused for good: {refusal}"]
    return []


def main() -> None:
    """Reads the arguments."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("home", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("life")
    parser.add_argument("--alone", action="store_true", help="write one note after the other, with pauses")
    parser.add_argument("--last", action="store_true", help="compare, and write nothing")
    options = parser.parse_args()
    asyncio.run(live(options.home, options.out, options.life, options.alone, options.last))


if __name__ == "__main__":
    main()
