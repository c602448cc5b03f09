"""The console script, held up at a failpoint so that a test can interrupt it there.

`SYNCLINE_FAILPOINT` says where, as ever; instead of ending, the process says `held` on
standard error and sleeps for `SYNCLINE_TEST_HOLD` seconds. With 0 it goes on at once,
and is interrupted somewhere later.
"""

import os
import signal
import sys
import time
from types import SimpleNamespace
from typing import Any

from syncline import cli, failpoints

HOLD = "SYNCLINE_TEST_HOLD"
HELD = "held\n"


def hold(*_: object) -> None:
    """Take the place of `os.kill`, once."""
    place: Any = failpoints
    place.os.environ = {}
    sys.stderr.write(HELD)
    sys.stderr.flush()
    time.sleep(float(os.environ[HOLD]))


if __name__ == "__main__":
    # A shell without job control starts background jobs with SIGINT ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    place: Any = failpoints
    place.os = SimpleNamespace(environ=os.environ, getpid=os.getpid, kill=hold)
    cli.main()
