"""`python -m soaplens_lite` is `soaplens`."""

from soaplens_lite.cli import main

main()
