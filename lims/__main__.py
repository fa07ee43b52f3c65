"""`python -m lims` is `lims`."""

from lims.cli import main

main()
