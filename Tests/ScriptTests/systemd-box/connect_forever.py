#!/usr/bin/env python3
"""Connects to a Unix socket again and again until SIGTERM, and then tells how often, and how often it was refused.

Exits 0 when every connection was made, and 1 when one was not.
"""

import signal
import socket
import sys
import time

ended = False


def end(*_: object) -> None:
    """Notes that the loop is to end."""
    global ended
    ended = True


def main(path: str) -> int:
    """Connects fifty times a second."""
    signal.signal(signal.SIGTERM, end)
    made, refused = 0, []
    while not ended:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            try:
                client.connect(path)
                made += 1
            except OSError as error:
                refused.append(str(error))
        time.sleep(0.02)
    print(f"{made} connections made, {len(refused)} refused {sorted(set(refused))}", flush=True)
    return 1 if refused or not made else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
