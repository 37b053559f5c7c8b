"""Recorded values: as JSON holds them, and the four shapes that they have."""

import math

import xarray as xr


def plain(value):
    """
    A value as JSON can hold it.

    Parameters
    ----------
    value : number, str, bool, None, array, or lists and dicts of these
        Arrays of numpy, xarray or pandas.

    Returns
    -------
    value : float, int, str, bool, None, list or dict
        Arrays as nested lists, NaN as None, infinities as "inf" and "-inf".

    Raises
    ------
    TypeError
        For anything else.

    Examples
    --------
    >>> plain({"rows": xr.DataArray([[0.5, float("nan")]]), "n": 3})
    {'rows': [[0.5, None]], 'n': 3}
    """
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, xr.DataArray):
        return plain(value.values)
    if hasattr(value, "columns"):  # a table of pandas: one list per column
        return {str(column): plain(value[column]) for column in value}
    if hasattr(value, "tolist"):  # arrays and their scalars
        return plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else str(value)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"{value!r} is a {type(value).__name__}: only numbers, text, lists, dicts and arrays are recorded")


def shape_of(value):
    """
    Which of the four shapes a recorded value has.

    Parameters
    ----------
    value : object
        As `plain` gives it.

    Returns
    -------
    shape : {"value", "interval", "list", "table", ""}
        Empty for anything else.

    Examples
    --------
    >>> [shape_of(value) for value in (0.5, {"value": 1, "low": 0, "high": 2}, [1, 2], {"n": [1, 2]}, {"n": 1})]
    ['value', 'interval', 'list', 'table', '']
    """
    if isinstance(value, list):
        return "" if any(isinstance(item, list | dict) for item in value) else "list"
    if not isinstance(value, dict):
        return "value"
    kinds = {shape_of(item) for item in value.values()}
    if kinds == {"value"} and set(value) == {"value", "low", "high"}:
        return "interval"
    lengths = {len(item) for item in value.values()} if kinds == {"list"} else ()
    return "table" if len(lengths) == 1 else ""
