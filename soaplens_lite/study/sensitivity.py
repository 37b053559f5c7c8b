"""
How far findings depend on settings: one setting is changed at a time, and the same questions are asked again.

Three questions are answered separately: is the state found, is it a state of its own, and are the points divided into
states as before?
"""

from typing import NamedTuple

import numpy as np
import xarray as xr

from soaplens_lite._progress import progress_bar
from soaplens_lite.states._agreement import adjusted_rand, share_of_passages
from soaplens_lite.states._naming import of_kind

UNITS = {"lens_window": "{} frames", "r_cut": "{:.3g} Å", "min_cluster_size": "{}"}
"""How a changed value is written."""


class Setting(NamedTuple):
    """
    All parameters of a study; at most one differs from the reference.

    Attributes
    ----------
    group : str
        What is changed: settings of one group stand side by side.
    change : str
        The change, in words that hold for every study.
    label : str
        The same, with the value that this study then has.
    parameters : dict
    """

    group: str
    change: str
    label: str
    parameters: dict

    def in_words(self):
        """The columns of a table that say what the setting is: ``parameter``, ``change`` and ``setting``."""
        return {"parameter": self.group, "change": self.change, "setting": self.label}


def one_at_a_time(base, changes, *, reference, **at_most):
    """
    Settings of a study: the reference, and every change of it.

    Parameters
    ----------
    base : dict
        All parameters of the study.
    changes : sequence of (str, str, str, object)
        The group, the change in words, the parameter, and its new value or a function of the study's value.
    reference : str
        What the setting without a change is called. It is the first.
    **at_most : float
        Upper limits of parameters: a change beyond the limit is left out.

    Returns
    -------
    settings : list of Setting
        Sorted by group, in the order of first appearance.

    Raises
    ------
    ValueError
        If the study does not have a parameter that is changed, or two changes have one name.

    Examples
    --------
    >>> changes = [("window", "window × 2", "lens_window", lambda n: 2 * n), ("seed", "seed 1", "seed", 1)]
    >>> settings = one_at_a_time({"lens_window": 4, "seed": 0}, changes, reference="as it is")
    >>> [setting.label for setting in settings]
    ['as it is', 'window × 2: 8 frames', 'seed 1']
    >>> settings[1].parameters
    {'lens_window': 8, 'seed': 0}
    """
    names = [reference, *(change for _, change, *_ in changes)]
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"changes {repeated}: each must have a name of its own")
    if unknown := sorted({key for *_, key, _ in changes} - set(base)):
        raise ValueError(f"changes of {unknown}: the study has {sorted(base)}")
    settings = [Setting("reference", reference, reference, base)]
    for group, change, key, value in changes:
        new, label = value, change
        if callable(value):
            new = value(base[key])
            label = f"{change}: {UNITS.get(key, '{}').format(new)}"
        if key not in at_most or new <= at_most[key]:
            settings.append(Setting(group, change, label, base | {key: new}))
    order = list(dict.fromkeys(setting.group for setting in settings))
    return sorted(settings, key=lambda setting: order.index(setting.group))


def each_setting(settings):
    """
    Go through the settings of all studies, with a progress bar.

    Parameters
    ----------
    settings : dict of str to list of Setting
        By study.

    Yields
    ------
    study : str
    setting : Setting
    """
    with progress_bar("settings", total=sum(map(len, settings.values())), unit="setting") as bar:
        for study, of_study in settings.items():
            for setting in of_study:
                yield study, setting
                bar.update()


def attempt(function, /, *args, required=False, **settings):
    """
    What a function returns, or None where it fails: with an unusual setting a method may find no cluster.

    Parameters
    ----------
    function : callable
    required : bool
        Whether the function must not fail: its error is then raised.
    *args, **settings
        Arguments of the function.

    Returns
    -------
    found : object or None

    Examples
    --------
    >>> attempt(int, "7"), attempt(int, "seven")
    (7, None)
    """
    try:
        return function(*args, **settings)
    except (ValueError, RuntimeError):
        if required:
            raise
        return None


def attempt_each(function, data, *, required=False, **settings):
    """
    What a function returns for several data, which it takes together; where that fails, for each alone.

    Parameters
    ----------
    function : callable
        Takes a dict of data and returns a dict with the same names.
    data : dict
    required : bool
        Whether the function must not fail.
    **settings
        Of the function.

    Returns
    -------
    found : dict
        None for data for which the function fails alone, too.

    Examples
    --------
    >>> import math
    >>> def roots(numbers):
    ...     return {name: math.sqrt(number) for name, number in numbers.items()}
    >>> attempt_each(roots, {"a": 4.0, "b": -1.0})
    {'a': 2.0, 'b': None}
    """
    together = attempt(function, data, required=required, **settings)
    if together is not None:
        return together
    return {name: (attempt(function, {name: one}, **settings) or {}).get(name) for name, one in data.items()}


def judge(states, reference, sought, origin, target, of, *, n_resamples=1000, seed=0):
    """
    Whether a state is found, how many states there are, the flow between two kinds, and the agreement.

    The flow is counted between clusters, so that it is known where a state is merged with others.

    Parameters
    ----------
    states : soaplens_lite.states.States or None
        Named, with clusters; None where the method failed.
    reference : soaplens_lite.states.States or None
        The states of the reference, for the agreement on the frames and atoms of both.
    sought : str
        Kind of the state that is looked for.
    origin, target, of
        Kinds between which the flow is counted, and what it is a share of, see
        `soaplens_lite.states.share_of_passages`.
    n_resamples, seed
        Of the interval of the flow.

    Returns
    -------
    findings : dict
        ``clusters`` and ``states`` (numbers); ``place``: "state" if the sought kind is among the states, "cluster" if
        it is among the clusters only, otherwise "none"; ``flow``, ``flow_low``, ``flow_high``, NaN where the sought
        kind or one end of the flow is not found, or nothing passes; ``agreement``, the adjusted Rand index, NaN
        without states.
    """
    unknown = dict.fromkeys(("flow", "flow_low", "flow_high", "agreement"), np.nan)
    if states is None:
        return {"clusters": 0, "states": 0, "place": "none"} | unknown
    labels, table = states.clusters.labels, states.clusters.table
    own, merged = of_kind(states.table, sought), of_kind(table, sought)
    ends, share = (of_kind(table, origin), of_kind(table, target)), None
    if merged and all(ends):
        share = share_of_passages(labels, *ends, of, n_resamples=n_resamples, seed=seed)
    flow = {"flow": share["value"], "flow_low": share["low"], "flow_high": share["high"]} if share else {}
    place = "state" if own else "cluster" if merged else "none"
    both = xr.align(states.labels, reference.labels, join="inner")
    counted = {"clusters": len(table), "states": len(states.table), "place": place}
    return counted | unknown | flow | {"agreement": adjusted_rand(*both)}


def summarize(table, *, alike=0.5):
    """
    Count in how many settings a state is found, and give the range of the flow.

    Parameters
    ----------
    table : pandas.DataFrame
        One row per setting of a study, the reference first: ``setting``, ``place`` ("state", "cluster" or "none"),
        ``states`` (number of them), ``agreement`` with the reference (adjusted Rand index, NaN where nothing was
        found), and ``flow``, ``flow_low``, ``flow_high`` (NaN where the flow has no value).
    alike : float
        Agreement from which on the points are divided like those of the reference.

    Returns
    -------
    summary : dict
        Numbers of settings: ``settings`` in all; ``own_state``, ``merged`` and ``not_found`` by place;
        ``single_state``, where there is one state in all; ``unlike``, where the agreement is low;
        ``own_state_unlike``, where the agreement is low and the state is its own; ``with_flow``. Names of settings:
        ``where_not_found``, ``where_unlike``, ``where_no_flow``. Extremes: ``states`` (fewest, most), ``flow`` (lowest
        and highest value, or None) and ``widest`` (the setting with the widest interval and its ends, or None).

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
    unlike = ~(table.agreement >= alike)  # NaN, where nothing was found, is unlike too
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
