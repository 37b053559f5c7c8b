"""Exercises that check themselves, and figures with sliders, for the tutorials."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={"_check": ["Reply", "check", "fingerprint"], "_sliders": ["sliders"]},
)
