"""The command line: translation only.

Every command returns an `Answer`; what is printed and with which exit code is decided in one place,
so that `--json` prints exactly one JSON object whatever happens.
"""

from stoat_ferret.cli.answer import main

__all__ = ["main"]
