"""
How far findings depend on settings: one of them is changed at a time, and the same questions are asked again.

A state that is found may be the only thing that is: that it appears, that it stands alone, and that the points are
parted as before are three questions, and they are answered apart.
"""

from typing import NamedTuple

import numpy as np


class Setting(NamedTuple):
    """
    All parameters of a study, of which at most one differs from the reference.

    Attributes
    ----------
    knob : str
        What is turned: the settings of a knob belong together.
    change : str
        How it is turned, in words that hold for every study.
    label : str
        The same, with the value that this study then has.
    parameters : dict
    """

    knob: str
    change: str
    label: str
    parameters: dict


def one_at_a_time(base, changes):
    """
    The reference and every change of it, those of a knob side by side.

    Parameters
    ----------
    base : dict
        All parameters of the study.
    changes : sequence of (str, str, str, dict)
        Knob, change, the value in words (may be empty), and the parameters that differ. The first is the reference,
        in which none does.

    Returns
    -------
    settings : list of Setting
        Knobs in the order of their first appearance.

    Raises
    ------
    ValueError
        If a change is one of a parameter that the study does not have, or two are called the same.

    Examples
    --------
    >>> changes = [("reference", "as it is", "", {}), ("window", "window × 2", "8 frames", {"window": 8})]
    >>> reference, twice = one_at_a_time({"window": 4, "seed": 0}, changes)
    >>> twice.label, twice.parameters
    ('window × 2: 8 frames', {'window': 8, 'seed': 0})
    """
    names = [change for _, change, _, _ in changes]
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"changes {repeated}: each must have a name of its own")
    if unknown := sorted({key for *_, changed in changes for key in changed} - set(base)):
        raise ValueError(f"changes of {unknown}: the study has {sorted(base)}")
    settings = [
        Setting(knob, change, f"{change}: {value}" if value else change, base | changed)
        for knob, change, value, changed in changes
    ]
    order = list(dict.fromkeys(setting.knob for setting in settings))
    return sorted(settings, key=lambda setting: order.index(setting.knob))


def in_pairs(data, stride):
    """
    Two successive frames out of every so many: fewer points, and still passages from one frame to the next.

    Parameters
    ----------
    data : xarray.DataArray or xarray.Dataset, dims (frame, ...)
    stride : int
        1 or 2 keep all frames.

    Returns
    -------
    thinned : like `data`
        Frames whose label leaves 0 or 1 when divided by `stride`.

    Examples
    --------
    >>> import xarray as xr
    >>> in_pairs(xr.DataArray(range(9), dims="frame", coords={"frame": range(9)}), 4).values.tolist()
    [0, 1, 4, 5, 8]
    """
    return data.sel(frame=data.frame[data.frame % stride < 2])


def with_gaps(labels):
    """
    Labels on all frames from the first to the last, so that a passage is one between successive frames.

    Parameters
    ----------
    labels : xarray.DataArray, dims (frame, atom), int
        Of some frames, as `in_pairs` leaves them.

    Returns
    -------
    labels : xarray.DataArray, dims (frame, atom), int
        -1, which is no state, in the frames that were left out.

    Examples
    --------
    >>> import xarray as xr
    >>> labels = xr.DataArray([[5], [6]], dims=("frame", "atom"), coords={"frame": [1, 3], "atom": [0]})
    >>> with_gaps(labels).values.ravel().tolist()
    [5, -1, 6]
    """
    first, last = labels.frame.values[[0, -1]]
    return labels.reindex(frame=np.arange(first, last + 1), fill_value=-1)


def summarize(table, *, alike=0.5):
    """
    What becomes of a finding: in how many settings it is there, in what company, and with what value.

    Parameters
    ----------
    table : pandas.DataFrame
        One row for each setting of a study, the reference first: ``setting``, ``place`` ("state", "cluster" or
        "none"), ``states`` (how many there are), ``agreement`` with the reference (adjusted Rand index, NaN where
        nothing was found), and ``flow``, ``flow_low``, ``flow_high`` (NaN where it has no value).
    alike : float
        Agreement from which on points count as parted like those of the reference.

    Returns
    -------
    summary : dict
        Numbers of settings: ``settings``, of which ``own_state``, ``merged``, ``not_found``; ``single_state``, those
        with one state for everything; ``unlike``, those whose points are parted otherwise, and ``own_state_unlike``,
        those of them that have the state for itself; ``with_flow``. Names of settings: ``where_not_found``,
        ``where_unlike``, ``where_no_flow``. Extremes: ``states`` (fewest, most), ``flow`` (lowest, highest value; None
        without any) and ``widest``, the setting whose interval is the widest, with its ends (None without any).

    Examples
    --------
    >>> import pandas as pd
    >>> columns = ["setting", "place", "states", "agreement", "flow", "flow_low", "flow_high"]
    >>> rows = [("as it is", "state", 4, 1.0, 0.5, 0.4, 0.6), ("fewer", "state", 2, 0.1, None, None, None)]
    >>> summary = summarize(pd.DataFrame(rows, columns=columns))
    >>> summary["own_state"], summary["own_state_unlike"], summary["where_no_flow"], summary["widest"]
    (2, 1, ['fewer'], ('as it is', 0.4, 0.6))
    """
    own, lost = table.place == "state", table.place == "none"
    unlike = ~(table.agreement >= alike)  # where nothing was found there is no agreement either
    known = table[table.flow.notna()]
    widest = known.loc[(known.flow_high - known.flow_low).idxmax()] if len(known) else None
    return {
        "settings": len(table),
        "own_state": int(own.sum()),
        "merged": int((table.place == "cluster").sum()),
        "not_found": int(lost.sum()),
        "where_not_found": list(table.setting[lost]),
        "single_state": int((table.states == 1).sum()),
        "unlike": int(unlike.sum()),
        "own_state_unlike": int((own & unlike).sum()),
        "where_unlike": list(table.setting[unlike]),
        "states": (int(table.states.min()), int(table.states.max())),
        "with_flow": len(known),
        "where_no_flow": list(table.setting[table.flow.isna()]),
        "flow": (float(known.flow.min()), float(known.flow.max())) if len(known) else None,
        "widest": None if widest is None else (widest.setting, float(widest.flow_low), float(widest.flow_high)),
    }
