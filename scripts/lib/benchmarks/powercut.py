"""Power cuts in the number that is run by hand: half an hour on two cores."""

import subprocess
import sys

from .measuring import REPOSITORY

CUTS = 200
LEFT_OUT = 77


def cut_power(_: range) -> None:
    """Cuts the power of nodes; ends the benchmark when something is lost."""
    test = [REPOSITORY / "Tests" / "ScriptTests" / "powercut.sh", str(CUTS)]
    status = subprocess.run(test, check=False).returncode
    if status not in (0, LEFT_OUT):
        sys.exit(f"bench: the power cut test failed with status {status}")
