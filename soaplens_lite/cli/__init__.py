"""The command ``soaplens``: a thin layer over `soaplens_lite.study`."""

from soaplens_lite.cli import _data, _notebooks, _runs  # noqa: F401  each adds its commands to `main`
from soaplens_lite.cli._main import main

__all__ = ["main"]
