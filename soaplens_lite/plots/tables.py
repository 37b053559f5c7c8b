"""State tables: names and colors keyed by state, which every picture reads."""

import numpy as np
import pandas as pd
import xarray as xr

from soaplens_lite.plots.palette import STATE_COLORS, color_states, numbered_color

# From few neighbors (warm) to the twelve of a close packing (cold); light in the middle, dark at both ends.
COORDINATION_COLORS = {
    6: "#b3125a",
    7: "#e8501e",
    8: "#fb9a32",
    9: "#fde04a",
    10: "#9fd356",
    11: "#2fa89a",
    12: "#3a63ad",
}


def cluster_table(n_clusters):
    """
    A state table for micro-clusters, which have numbers for names.

    Parameters
    ----------
    n_clusters : int

    Returns
    -------
    table : pandas.DataFrame, index state

    Examples
    --------
    >>> cluster_table(2).name.tolist()
    ['1', '2']
    """
    colors = [numbered_color(k) for k in range(n_clusters)]
    names = [str(k + 1) for k in range(n_clusters)]
    return pd.DataFrame({"name": names, "color": colors}, index=pd.RangeIndex(n_clusters, name="state"))


def coordination_table():
    """
    A state table for coordination numbers 6 to 12; the ends stand for all below and above.

    Returns
    -------
    table : pandas.DataFrame
        Indexed by coordination number.

    Examples
    --------
    >>> coordination_table().name.tolist()
    ['≤6', '7', '8', '9', '10', '11', '≥12']
    """
    low, high = min(COORDINATION_COLORS), max(COORDINATION_COLORS)
    names = [f"≤{k}" if k == low else f"≥{k}" if k == high else str(k) for k in COORDINATION_COLORS]
    return pd.DataFrame({"name": names, "color": COORDINATION_COLORS.values()}, index=list(COORDINATION_COLORS))


def published_matrix(entry, colors=STATE_COLORS):
    """
    A published matrix, and the table of its states.

    Parameters
    ----------
    entry : mapping
        ``states``, names in the order of the rows, and ``matrix``, in percent.
    colors : mapping of str to color
        As for `soaplens_lite.plots.color_states`.

    Returns
    -------
    kinetics : xarray.Dataset, dims (origin, target)
        ``matrix``, in [0, 1].
    table : pandas.DataFrame, index state

    Examples
    --------
    >>> kinetics, table = published_matrix({"states": ["slow", "fast"], "matrix": [[99, 1], [10, 90]]})
    >>> float(kinetics.matrix.sel(origin="fast", target="slow")), table.name[1]
    (0.1, 'fast')
    """
    names = list(entry["states"])
    table = pd.DataFrame({"name": names, "kind": names}, index=pd.RangeIndex(len(names), name="state"))
    matrix = np.asarray(entry["matrix"], dtype=float) / 100
    kinetics = xr.Dataset({"matrix": (("origin", "target"), matrix)}, coords={"origin": names, "target": names})
    return kinetics, color_states(table, colors)
