"""State tables: names and colors keyed by state, which every picture reads."""

import numpy as np
import pandas as pd

from soaplens_lite.plots.palette import STATE_COLORS, color_of, numbered_color

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


def with_style(table, names, colors=STATE_COLORS):
    """
    Put names and their colors in front of a table of states.

    Parameters
    ----------
    table : pandas.DataFrame, index state
    names : sequence of str
        One per state.
    colors : mapping of str to color
        By name; from `soaplens_lite.plots.state_colors`, or one's own.

    Returns
    -------
    styled : pandas.DataFrame, index state
        ``name`` and ``color``, then the columns of `table`.

    Examples
    --------
    >>> with_style(pd.DataFrame({"atoms": [99]}), ["edge"]).columns.tolist()
    ['name', 'color', 'atoms']
    """
    names = list(names)
    styled = table.rename_axis("state")
    styled.insert(0, "name", names)
    styled.insert(1, "color", [color_of(name, colors) for name in names])
    return styled


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
    A published matrix and the table of its states.

    Parameters
    ----------
    entry : mapping
        ``states``, names in the order of the rows, and ``matrix``, in percent.
    colors : mapping of str to color
        As for `with_style`.

    Returns
    -------
    matrix : numpy.ndarray, shape (n_states, n_states), in [0, 1]
    table : pandas.DataFrame, index state

    Examples
    --------
    >>> matrix, table = published_matrix({"states": ["slow", "fast"], "matrix": [[99, 1], [10, 90]]})
    >>> matrix[1, 0].item(), table.name[1]
    (0.1, 'fast')
    """
    names = entry["states"]
    table = with_style(pd.DataFrame(index=pd.RangeIndex(len(names), name="state")), names, colors)
    return np.asarray(entry["matrix"], dtype=float) / 100, table
