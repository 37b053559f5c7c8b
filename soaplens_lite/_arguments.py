"""Checks of arguments, used before work starts. The messages name the argument, its value and what is allowed."""

from numbers import Integral, Real

import numpy as np


def check_whole(**numbers):
    """
    Check that arguments are whole numbers: NumPy would round others silently, or fail elsewhere.

    Parameters
    ----------
    **numbers : int
        Arguments by their names.

    Raises
    ------
    ValueError
        If one of them is not of an integer type. Booleans and floats, also 2.0, are not.

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
    Check that arguments are finite numbers above 0.

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
    Check that arguments are whole numbers above 0.

    Parameters
    ----------
    **numbers : int
        Arguments by their names.

    Raises
    ------
    ValueError
        If one of them is not a whole number, or is below 1.

    Examples
    --------
    >>> check_count(n_starts=0)
    Traceback (most recent call last):
    ValueError: n_starts = 0: must be a number above 0
    """
    check_whole(**numbers)
    check_positive(**numbers)
