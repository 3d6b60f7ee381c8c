"""The command line on a machine whose clock is wrong: `python -m tests.support.askew SECONDS worker`.

What tells the time is put forward before anything of ours is loaded that asks for it; what measures spans is not, as on
a real machine.
"""

import sys
import time
from datetime import timedelta

from veo_workflow import database


def main() -> None:
    ahead = int(sys.argv.pop(1))
    true_time, true_time_ns, true_now = time.time, time.time_ns, database.now
    time.time = lambda: true_time() + ahead
    time.time_ns = lambda: true_time_ns() + ahead * 1_000_000_000
    database.now = lambda: true_now() + timedelta(seconds=ahead)

    from veo_workflow.cli import main as veo

    veo()


if __name__ == "__main__":
    main()
