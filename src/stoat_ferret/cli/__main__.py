"""`python -m stoat_ferret.cli` is `stoat`."""

from stoat_ferret.cli import main

main()
