"""
The results of a study as one tree of labelled data, ``results.nc``, and quantities selected from it.

Any program that knows NetCDF reads the file: ``xarray.open_datatree("results.nc", engine="h5netcdf")``. States are
found by their names: ``results["joint/kinetics/matrix"].sel(origin="edge", target="fast")``.
"""

from dataclasses import dataclass, replace
from numbers import Number
from pathlib import PurePosixPath

import numpy as np
import pandas as pd
import xarray as xr

from soaplens_lite import _disk as disk
from soaplens_lite.states._records import States, to_tree
from soaplens_lite.trajectory._files._export import flag_states

# Which variables of the same node hold the 95 % interval of a variable.
INTERVALS = {"matrix": ("low", "high"), "shares": ("shares_low", "shares_high")}


class NotRecorded(Exception):
    """A quantity that a run should have recorded and did not."""


@dataclass(frozen=True)
class Measured:
    """
    A recorded quantity.

    Attributes
    ----------
    value : number, str, bool or None
        None where the data hold no such thing, for instance no state of that name.
    low, high : float or None
        95 % interval, if one was recorded.
    absent : str
        What the data do not hold; empty if there is a value.
    """

    value: object
    low: float | None = None
    high: float | None = None
    absent: str = ""

    @property
    def ends(self):
        """Ends of the interval; without one, the value itself twice."""
        return (self.value, self.value) if self.low is None else (self.low, self.high)

    def scaled(self, factor):
        """The same in a unit that is `factor` times smaller; what is not a number stays as it is."""
        if factor == 1 or self.value is None:
            return self
        return Measured(self.value * factor, *(end if end is None else end * factor for end in (self.low, self.high)))


def make_tree(results, **attrs):
    """
    The results of a study as one tree.

    Parameters
    ----------
    results : dict of str to (States, xarray.DataArray, xarray.Dataset, pandas.DataFrame, or a dict of these)
        `States`, datasets, tables and arrays of other dimensions become groups; arrays per frame and atom become
        variables of the root, cut to the frames and atoms of the states. What stands in a dict becomes a group inside a
        group.
    **attrs
        Attributes of the root.

    Returns
    -------
    tree : xarray.DataTree

    Raises
    ------
    TypeError
        If a result is something else.
    ValueError
        If frames or atoms of the states differ, or an array lacks some of them.

    Examples
    --------
    >>> tree = make_tree({"cuts": pd.DataFrame({"cut": [0.9, 1.0]}), "lens": xr.DataArray([0.5], dims="frame")})
    >>> tree["cuts/cut"].values.tolist(), float(tree["lens"][0])
    ([0.9, 1.0], 0.5)
    """
    labels = next((found.labels for found in results.values() if isinstance(found, States)), None)
    try:
        arrays = {name: _cut(found, labels) for name, found in results.items() if _is_array_of_atoms(found)}
        root = xr.merge([array.rename(name) for name, array in arrays.items()], join="exact", compat="no_conflicts")
        nodes = {"/": root.assign_attrs(attrs)}
        for name, found in results.items():
            if name not in arrays:
                nodes |= {f"/{name}{path.rstrip('/')}": data for path, data in _nodes(name, found).items()}
        return xr.DataTree.from_dict(nodes)
    except (ValueError, KeyError, xr.MergeError) as error:
        raise ValueError(f"results {', '.join(results)} are not on the same frames and atoms: {error}") from None


def _is_array_of_atoms(found):
    return isinstance(found, xr.DataArray) and set(found.dims) <= {"frame", "atom"}


def _cut(array, labels):
    """An array on the frames and atoms of some labels; its attribute ``actual_range`` is that of all frames."""
    if array.dtype.kind in "if" and array.size:
        array = array.assign_attrs(actual_range=np.array([array.min(), array.max()]))
    if labels is None:
        return array
    return array.sel({dim: labels[dim].values for dim in array.dims})


def _nodes(name, found):
    """Datasets of one result, by their paths below its own node."""
    if isinstance(found, States):
        tree = to_tree(replace(found, labels=flag_states(found.labels, found.table)))
        return {node.path: node.to_dataset(inherit=False) for node in tree.subtree}
    if isinstance(found, dict):
        return {f"/{key}{path}": data for key, value in found.items() for path, data in _nodes(key, value).items()}
    if isinstance(found, pd.DataFrame):
        found = found.rename_axis(found.index.name or "row")
        found = xr.Dataset.from_dataframe(found).map(_storable)
    if isinstance(found, xr.DataArray):
        found = found.rename(name).reset_coords(drop=True).to_dataset()
    if isinstance(found, xr.Dataset):
        return {"/": found}
    raise TypeError(f"{name} is a {type(found).__name__}: must be States, a DataArray, a Dataset or a table of pandas")


def _storable(values):
    """A column as NetCDF can hold it: numbers as they are, everything else as text."""
    return values if values.dtype.kind in "biuf" else values.astype(str)


def write_tree(tree, path):
    """
    Write a tree as NetCDF, compressed; the file appears when it is complete.

    Parameters
    ----------
    tree : xarray.DataTree
    path : path
    """
    nodes = {node.path: _clean(node.to_dataset(inherit=False)) for node in tree.subtree}
    packed = {
        node: {name: {"zlib": True} for name, values in data.variables.items() if _is_packed(values)}
        for node, data in nodes.items()
    }
    with disk.whole(path) as scratch:
        xr.DataTree.from_dict(nodes).to_netcdf(scratch, engine="h5netcdf", encoding=packed)


def _clean(data):
    """A dataset whose attributes NetCDF can hold."""
    data = data.copy()
    data.attrs = _attributes(data.attrs)
    for variable in data.variables.values():
        variable.attrs = _attributes(variable.attrs)
    return data


def _is_packed(values):
    """Whether a variable is worth compressing; text cannot be."""
    return values.dtype.kind in "biuf" and values.size > 100


def _attributes(attrs):
    """Attributes as NetCDF can hold them: numbers, text and arrays as they are, truth values and the rest as text."""
    return {
        key: value if isinstance(value, Number | str | np.ndarray) and not isinstance(value, bool) else str(value)
        for key, value in attrs.items()
        if value is not None
    }


def measured(numbers, results, quantity, select=None):
    """
    A recorded quantity, with its interval if it has one.

    Parameters
    ----------
    numbers : dict of str to object
        Recorded values by name.
    results : xarray.DataTree or None
        Of the same run.
    quantity : str
        Name of a recorded number, or path of a variable in the results.
    select : dict, optional
        Of a variable, the coordinates: ``{"origin": "edge", "target": "fast"}``. Of a recorded list, the place,
        counted from 0: ``{"index": 0}``.

    Returns
    -------
    measured : Measured

    Raises
    ------
    NotRecorded
        If nothing was recorded under that name, or it has no such place.

    Examples
    --------
    >>> measured({"share": {"value": 0.5, "low": 0.4, "high": 0.6}, "range": [0.0, 1.0]}, None, "range", {"index": 1})
    Measured(value=1.0, low=None, high=None, absent='')
    """
    if quantity in numbers:
        return _number(numbers[quantity], select or {}, quantity)
    path = PurePosixPath(quantity)
    try:
        node = results[path.parent.as_posix()]
        return _variable(node[path.name], node, select or {}, quantity)
    except (KeyError, TypeError, AttributeError):  # no results, no such group, or a group where a variable is asked for
        raise NotRecorded(quantity) from None


def _number(value, select, quantity):
    """A value of numbers.json."""
    ends = []
    if isinstance(value, dict) and {"value", "low", "high"} <= set(value):
        ends, value = [value["low"], value["high"]], value["value"]
    if select:
        if not isinstance(value, list) or set(select) != {"index"} or select["index"] >= len(value):
            raise NotRecorded(f"{quantity} at {select}")
        value = value[select["index"]]
    if isinstance(value, dict | list):
        raise NotRecorded(f"{quantity} as a single number")
    return _with_interval(value, ends)


def _variable(values, node, select, quantity):
    """A value of results.nc."""
    if set(select) != set(values.dims):
        raise NotRecorded(f"{quantity} at {select or 'no place'}")
    names = {dim: values[dim].values.tolist() for dim in values.dims}
    if missing := dict.fromkeys(name for dim, name in select.items() if name not in names[dim]):
        return Measured(None, absent=f"no state named {' or '.join(missing)}")
    ends = [node[end] for end in INTERVALS.get(str(values.name), ()) if end in node]
    return _with_interval(_plain(values.sel(select).item()), [_plain(end.sel(select).item()) for end in ends])


def _plain(value):
    """NaN, which is what an undefined value is in NetCDF, as None."""
    return None if isinstance(value, float) and np.isnan(value) else value


def _with_interval(value, ends):
    """A value and the two ends of its interval, if they are two."""
    if value is None:
        return Measured(None, absent="no such state in these data")
    # Resampling what never varied, since it was never or always seen, gives no interval.
    return Measured(value, *ends) if len(set(ends)) == 2 else Measured(value)
