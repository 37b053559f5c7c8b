"""Names of states by their measured properties: a rule bounds numbers, nothing is typed by hand for one system."""

from dataclasses import replace

import numpy as np
import pandas as pd
import xarray as xr

from soaplens_lite.kinetics._transitions import residence_times
from soaplens_lite.states._records import States


def measure_states(
    states: States,
    values: dict[str, xr.DataArray],
    interval: float,
    *,
    depth: str | None = None,
    n_resamples: int = 1000,
    seed: int = 0,
) -> States:
    """
    Measure the properties that states and their micro-clusters are named by.

    Parameters
    ----------
    states : States
    values : dict of str to xarray.DataArray, dims (frame, atom)
        What is measured of every atom, for instance ``{"mean_lens": delta}``; may cover more frames than the labels.
    interval : float
        Time between frames, in ns.
    depth : str, optional
        Which of the values is a height in Angstrom. The tables then have a column ``depth``: Angstrom below the highest
        of the states that hold at least one point in a hundred.
    n_resamples, seed
        Of the intervals, see `soaplens_lite.kinetics.residence_times`.

    Returns
    -------
    states : States
        The columns of `state_properties` are in its table, and in that of its clusters.
    """
    how = {"depth": depth, "n_resamples": n_resamples, "seed": seed}
    table = _with_columns(states.table, state_properties(states.labels, values, interval, **how))
    if states.clusters is None:
        return replace(states, table=table)
    properties = state_properties(states.clusters.labels, values, interval, **how)
    clusters = replace(states.clusters, table=_with_columns(states.clusters.table, properties))
    return replace(states, table=table, clusters=clusters)


def _with_columns(table, properties):
    """A table with measured properties; those of an earlier measurement are replaced."""
    return table.drop(columns=properties.columns, errors="ignore").join(properties)


def state_properties(
    labels: xr.DataArray,
    values: dict[str, xr.DataArray],
    interval: float,
    *,
    depth: str | None = None,
    n_resamples: int = 1000,
    seed: int = 0,
) -> pd.DataFrame:
    """
    The mean of measured values in every state, how many atoms it holds, and for how long.

    Parameters
    ----------
    labels : xarray.DataArray, dims (frame, atom), int
        States 0 to n_states - 1.
    values, interval, depth, n_resamples, seed
        As in `measure_states`.

    Returns
    -------
    properties : pandas.DataFrame, index state
        ``population`` (share of all points), ``atoms`` (mean number per frame), a column of means for each of the
        values under its name, and the columns of `soaplens_lite.kinetics.residence_times`. Means of a state that is
        never visited are NaN.

    Examples
    --------
    >>> import xarray as xr
    >>> coords = {"frame": [0, 1], "atom": [7, 8]}
    >>> labels = xr.DataArray([[0, 1], [0, 0]], dims=("frame", "atom"), coords=coords)
    >>> number = xr.DataArray([[12, 7], [12, 9]], dims=("frame", "atom"), coords=coords)
    >>> properties = state_properties(labels, {"neighbors": number}, interval=0.1)
    >>> properties[["population", "neighbors"]].values.tolist()
    [[0.75, 11.0], [0.25, 7.0]]
    """
    number = np.bincount(labels.values[labels.values >= 0])
    properties = pd.DataFrame(
        {"population": number / number.sum(), "atoms": number / labels.sizes["frame"]},
        index=pd.RangeIndex(len(number), name="state"),
    ).assign(**{name: means_in_states(labels, measured)[0] for name, measured in values.items()})
    if depth is not None:
        highest = properties[depth][properties["population"] >= 0.01].max()
        properties["depth"] = highest - properties[depth]
    residence = residence_times(labels, len(number), interval, n_resamples=n_resamples, seed=seed)
    return properties.join(residence)


def name_states(states: States, rules: pd.DataFrame) -> States:
    """
    Name states, and their micro-clusters, by measured properties: the first rule that a state meets names it.

    Parameters
    ----------
    states : States
        Measured, see `measure_states`.
    rules : pandas.DataFrame
        One rule per row: ``name``, and for any measured property the bounds ``<property>_from`` (included) and
        ``<property>_below`` (excluded); a missing or NaN bound does not bind. Other columns are for the reader.

    Returns
    -------
    states : States
        The columns ``name`` and ``kind`` of its tables are those of `names_by_rules`; the transitions have the names as
        coordinates.

    Raises
    ------
    KeyError
        If a rule bounds a property that was not measured.
    """
    named = {"table": _renamed(states.table, names_by_rules(states.table, rules))}
    named["kinetics"] = _relabelled(states.kinetics, named["table"])
    if states.clusters is not None:
        table = _renamed(states.clusters.table, names_by_rules(states.clusters.table, rules))
        kinetics = _relabelled(states.clusters.kinetics, table)
        named["clusters"] = replace(states.clusters, table=table, kinetics=kinetics)
    return replace(states, **named)


def names_by_rules(table: pd.DataFrame, rules: pd.DataFrame) -> pd.DataFrame:
    """
    The name that the rules give to every row of a table of measured properties.

    Parameters
    ----------
    table : pandas.DataFrame, index state
    rules : pandas.DataFrame
        See `name_states`.

    Returns
    -------
    names : pandas.DataFrame, index state
        ``name``, unique: the second state of a rule has the number 2 behind its name ("face", "face 2"); ``kind``, the
        name of the rule alone ("face" for both). A state that meets no rule is "state k", and its kind is empty.

    Raises
    ------
    KeyError
        If a rule bounds a property that is not in the table.

    Examples
    --------
    >>> table = pd.DataFrame({"mean_coordination": [9.1, 7.0, 3.0, 8.9]})
    >>> rules = pd.DataFrame({"name": ["edge", "face"], "mean_coordination_from": [6, 8],
    ...                       "mean_coordination_below": [8, 9.5]})
    >>> names = names_by_rules(table, rules)
    >>> names["name"].tolist(), names["kind"].tolist()
    (['face', 'edge', 'state 2', 'face 2'], ['face', 'edge', '', 'face'])
    """
    kinds = [
        next((rule["name"] for _, rule in rules.iterrows() if _meets(row, rule)), "") for _, row in table.iterrows()
    ]
    return pd.DataFrame({"name": _unique_names(kinds), "kind": kinds}, index=table.index)


def unnamed(n_states: int, *, of: str = "state") -> pd.DataFrame:
    """
    The table of states that no rule has named yet.

    Parameters
    ----------
    n_states : int
    of : {"state", "cluster"}
        The name of the index, with which the names begin.

    Returns
    -------
    table : pandas.DataFrame, index `of`
        ``name`` ("state 0", ...) and ``kind`` (empty).
    """
    index = pd.RangeIndex(n_states, name=of)
    return pd.DataFrame({"name": [f"{of} {k}" for k in index], "kind": ""}, index=index)


def of_kind(table: pd.DataFrame, kind: str) -> list[int]:
    """
    The states that a rule named.

    Parameters
    ----------
    table : pandas.DataFrame, index state
        With a column ``kind``.
    kind : str

    Returns
    -------
    states : list of int

    Examples
    --------
    >>> of_kind(pd.DataFrame({"name": ["bulk", "edge", "edge 2"], "kind": ["bulk", "edge", "edge"]}), "edge")
    [1, 2]
    """
    return [int(state) for state in table.index[table["kind"] == kind]]


def shares_among_states(labels: xr.DataArray, table: pd.DataFrame, points: xr.DataArray) -> pd.Series:
    """
    Which states one labelling gives to the points that another one picks out.

    Parameters
    ----------
    labels : xarray.DataArray, dims (frame, atom), int
    table : pandas.DataFrame, index state
        With a column ``name``.
    points : xarray.DataArray, dims (frame, atom), bool
        On the same frames and atoms.

    Returns
    -------
    shares : pandas.Series, index name
        Of the points, for each of the states that hold any; empty without points.

    Examples
    --------
    >>> import xarray as xr
    >>> labels, points = (xr.DataArray(x, dims=("frame", "atom")) for x in ([[0, 1, 1]], [[True, True, True]]))
    >>> shares_among_states(labels, pd.DataFrame({"name": ["bulk", "edge"]}), points).round(2).to_dict()
    {'bulk': 0.33, 'edge': 0.67}
    """
    chosen = pd.Series(labels.values[points.values])
    shares = chosen.value_counts(normalize=True).reindex(table.index).dropna()
    return shares.rename(index=table["name"])


def _meets(row, rule):
    """Whether a state's row lies within all bounds of a rule."""
    for key, bound in rule.items():
        if key.endswith("_from") and pd.notna(bound) and not row[key.removesuffix("_from")] >= bound:
            return False
        if key.endswith("_below") and pd.notna(bound) and not row[key.removesuffix("_below")] < bound:
            return False
    return True


def _unique_names(kinds):
    """Names that differ: the kind, with a number from its second state on; "state k" without a kind."""
    owners, names = {}, []
    for state, kind in enumerate(kinds):
        owners[kind] = owners.get(kind, 0) + 1
        names.append(f"state {state}" if not kind else kind if owners[kind] == 1 else f"{kind} {owners[kind]}")
    return names


def _renamed(table, names):
    """A table with other names, in front of the measured properties."""
    rest = table.drop(columns=["name", "kind", "color"], errors="ignore")
    return names.join(rest).rename_axis(table.index.name)


def _relabelled(kinetics, table):
    """Transitions with the names of a table as coordinates."""
    names = table["name"].to_numpy().astype(str)
    return kinetics.assign_coords(origin=names, target=names)


def means_in_states(labels: xr.DataArray, values: xr.DataArray) -> tuple[np.ndarray, np.ndarray]:
    """
    Mean of a measured value in every state.

    Parameters
    ----------
    labels : xarray.DataArray, dims (frame, atom), int
        -1 means no state.
    values : xarray.DataArray, dims (frame, atom)
        May cover more frames and atoms than `labels`.

    Returns
    -------
    means : numpy.ndarray, shape (n_states,)
        NaN for a state that is never visited.
    number : numpy.ndarray of int, shape (n_states,)
        Points in each state.
    """
    values = values.sel(frame=labels.frame, atom=labels.atom).transpose(*labels.dims).values.ravel()
    states = labels.values.ravel()
    valid = states >= 0
    number = np.bincount(states[valid])
    sums = np.bincount(states[valid], weights=values[valid])
    return np.divide(sums, number, out=np.full(len(number), np.nan), where=number > 0), number
