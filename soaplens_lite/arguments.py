"""Checks of arguments that many functions share: what was given, what is allowed, before work starts."""

from numbers import Integral, Real

import numpy as np


def check_whole(**numbers):
    """
    Refuse what is no whole number: NumPy would round it silently, or fail far from where it was given.

    Parameters
    ----------
    **numbers : int
        Arguments by their names.

    Raises
    ------
    ValueError
        If one of them is a number with a fraction, a truth value, a text or nothing.

    Examples
    --------
    >>> check_whole(n_max=2.5)
    Traceback (most recent call last):
    ValueError: n_max = 2.5: must be a whole number
    """
    for name, value in numbers.items():
        if isinstance(value, bool) or not isinstance(value, Integral):
            raise ValueError(f"{name} = {value!r}: must be a whole number")


def check_positive(**numbers):
    """
    Refuse what is no finite number above 0.

    Parameters
    ----------
    **numbers : float
        Arguments by their names.

    Raises
    ------
    ValueError
        If one of them is 0, negative, infinite or not a number.

    Examples
    --------
    >>> check_positive(interval=0)
    Traceback (most recent call last):
    ValueError: interval = 0: must be a number above 0
    """
    for name, value in numbers.items():
        if isinstance(value, bool) or not isinstance(value, Real) or not 0 < value < np.inf:
            raise ValueError(f"{name} = {value!r}: must be a number above 0")


def check_count(**numbers):
    """
    Refuse what is no whole number from 1 on.

    Parameters
    ----------
    **numbers : int
        Arguments by their names.

    Raises
    ------
    ValueError
        If one of them is not.

    Examples
    --------
    >>> check_count(n_starts=0)
    Traceback (most recent call last):
    ValueError: n_starts = 0: must be a number above 0
    """
    check_whole(**numbers)
    check_positive(**numbers)
