"""Functions for isolated particles (`particle`) and for water (`water`)."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(__name__, submodules=["particle", "water"])
