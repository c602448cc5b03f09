"""Named places where a test can end the process, to prove that nothing breaks."""

import os
import signal

VARIABLE = "SYNCLINE_FAILPOINT"
"""`name` or `name:N`: end at the N-th time that this place is reached."""

reached: dict[str, int] = {}


def failpoint(name: str) -> None:
    """End the process here, as SIGKILL does, if a test asked for this place."""
    wanted = os.environ.get(VARIABLE)
    if not wanted:
        return
    place, _, times = wanted.partition(":")
    if place != name:
        return
    reached[name] = reached.get(name, 0) + 1
    if reached[name] >= int(times or 1):
        os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
