"""The core is called from threads that come and go, as the service does."""

import subprocess
import sys

_CALLS = """
import threading
from stoat_ferret import compile as core
for _ in range(500):
    threads = [threading.Thread(target=core.check, args=('{"schema": "stoat.project/1"}',)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
print("whole")
"""


def test_short_lived_threads_do_no_harm() -> None:
    """A process that calls the core from 1,500 threads, one after another, lives."""
    done = subprocess.run([sys.executable, "-c", _CALLS], check=False, capture_output=True, text=True)
    assert (0, "whole\n") == (done.returncode, done.stdout)
