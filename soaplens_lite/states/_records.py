"""What an analysis finds, as two records of labelled data, and as a tree that NetCDF can hold."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr


@dataclass(frozen=True)
class Clusters:
    """
    Micro-clusters: what a clustering finds before clusters are merged into states.

    Attributes
    ----------
    labels : xarray.DataArray, dims (frame, atom), int
        Cluster of every point, ordered as states are.
    table : pandas.DataFrame, index cluster
        ``name``, ``kind`` and measured properties of each cluster, and ``state``, the state that it became.
    kinetics : xarray.Dataset, dims (origin, target)
        Transitions between the clusters, see `soaplens_lite.kinetics.transitions`.
    memberships : xarray.DataArray, dims (frame, atom, membership), float32, or None
        Probability that a point belongs to each cluster. Clusters stand in the order of `labels`; clusters that hold no
        point follow.
    was_noise : xarray.DataArray, dims (frame, atom), bool
        Points that were noise before the soft assignment.
    n_nearest : int
        Points without usable memberships, which went to the cluster of the nearest clustered point.
    """

    labels: xr.DataArray
    table: pd.DataFrame
    kinetics: xr.Dataset
    memberships: xr.DataArray | None
    was_noise: xr.DataArray
    n_nearest: int


@dataclass(frozen=True)
class States:
    """
    Microscopic states: where every atom is in every frame, what the states are, and how they exchange atoms.

    Attributes
    ----------
    labels : xarray.DataArray, dims (frame, atom), int
        State of every point, from 0; -1 means no state.
    table : pandas.DataFrame, index state
        ``name`` (unique), ``kind`` (the rule that gave the name), ``color``, and measured properties.
    kinetics : xarray.Dataset, dims (origin, target)
        Transitions with the names of the states as coordinates, see `soaplens_lite.kinetics.transitions`.
    tree : numpy.ndarray, shape (n - 1, 4), or None
        SciPy linkage of the micro-clusters, or of the states where nothing was merged.
    clusters : Clusters or None
        None where the states were not found by clustering.
    scores : xarray.DataArray, dims (frame, atom, component), or None
        Principal components of the points that were clustered.
    """

    labels: xr.DataArray
    table: pd.DataFrame
    kinetics: xr.Dataset
    tree: np.ndarray | None = None
    clusters: Clusters | None = None
    scores: xr.DataArray | None = None


def to_tree(states: States) -> "xr.DataTree":
    """
    States as a tree of labelled data, which NetCDF files hold and other programs read.

    Parameters
    ----------
    states : States

    Returns
    -------
    tree : xarray.DataTree
        ``labels``, ``scores`` and ``tree``; below it ``table`` and ``kinetics``, both with the names of the states as
        coordinates, and ``clusters`` with the same for the micro-clusters.

    Examples
    --------
    >>> labels = xr.DataArray([[0], [1]], dims=("frame", "atom"), coords={"frame": [0, 1], "atom": [7]})
    >>> kinetics = xr.Dataset({"counts": (("origin", "target"), [[0, 1], [0, 0]])},
    ...                       coords={"origin": ["edge", "fast"], "target": ["edge", "fast"]})
    >>> table = pd.DataFrame({"name": ["edge", "fast"], "lens": [0.0, 0.5]}, index=pd.RangeIndex(2, name="state"))
    >>> tree = to_tree(States(labels, table, kinetics))
    >>> int(tree["kinetics/counts"].sel(origin="edge", target="fast")), float(tree["table/lens"].sel(state="fast"))
    (1, 0.5)
    """
    data = xr.Dataset({"labels": states.labels})
    data = data if states.scores is None else data.assign(scores=states.scores)
    data = data if states.tree is None else data.assign(tree=(("merge", "linkage"), states.tree))
    nodes = {"/": data, "/table": _stored(states.table), "/kinetics": states.kinetics}
    if (clusters := states.clusters) is not None:
        data = xr.Dataset({"labels": clusters.labels, "was_noise": clusters.was_noise})
        data = data if clusters.memberships is None else data.assign(memberships=clusters.memberships)
        nodes |= {"/clusters": data.assign_attrs(n_nearest=clusters.n_nearest)}
        nodes |= {"/clusters/table": _stored(clusters.table), "/clusters/kinetics": clusters.kinetics}
    return xr.DataTree.from_dict(nodes)


def from_tree(tree: "xr.DataTree") -> States:
    """
    The states that `to_tree` made a tree of.

    Parameters
    ----------
    tree : xarray.DataTree

    Returns
    -------
    states : States
    """
    data, clusters = tree.to_dataset(), None
    if "clusters" in tree:
        node = tree["clusters"].to_dataset()
        parts = _restored(tree["clusters/table"]), tree["clusters/kinetics"].to_dataset(inherit=False)
        n_nearest = int(node.attrs["n_nearest"])
        clusters = Clusters(node["labels"], *parts, node.get("memberships"), node["was_noise"], n_nearest)
    parts = _restored(tree["table"]), tree["kinetics"].to_dataset(inherit=False)
    linkage = data["tree"].values if "tree" in data else None
    return States(data["labels"], *parts, linkage, clusters, data.get("scores"))


def _stored(table):
    """A table as a dataset along its index, ``state`` or ``cluster``, with the names as coordinates."""
    of = table.index.name
    columns = {name: (of, _storable(values)) for name, values in table.items() if name != "name"}
    return xr.Dataset(columns, coords={of: table["name"].to_numpy().astype(str)})


def _storable(values):
    """A column as an array that NetCDF can hold: numbers as they are, everything else as text."""
    array = values.to_numpy()
    return array if array.dtype.kind in "biuf" else array.astype(str)


def _restored(node):
    """The table that `_stored` put away."""
    data = node.to_dataset(inherit=False)
    (of,) = data.dims
    columns = {"name": data[of].values} | {str(name): values.values for name, values in data.items()}
    return pd.DataFrame(columns, index=pd.RangeIndex(data.sizes[of], name=of))
