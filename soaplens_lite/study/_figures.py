"""
The standard sets of panels, as functions that draw them: of a labelling, of LENS, and of the path of one atom.

A panel is ``draw(ax=ax)``; what saves and shows it is the study.
"""

from functools import partial

from soaplens_lite import plots
from soaplens_lite.study.pages import DEFAULT_SIZES, SIZES


def state_panels(states, *, cut=None, highlight=None, title=None, leaves=None, components=(0, 1)):
    """
    Dendrogram, map, chord diagram and transition matrix of a labelling.

    Parameters
    ----------
    states : States
        With colors in its table.
    cut : float, optional
        Correlation distance of the cut; without one, no line is drawn.
    highlight : sequence of int, optional
        States to emphasize.
    title : str, optional
        Of the map and the chord diagram.
    leaves : pandas.DataFrame, optional
        Names and colors of the leaves of the dendrogram. Default: each cluster as the state that it became.
    components : tuple of int
        Principal components of the map.

    Returns
    -------
    panels : dict of str to callable
        By kind of picture. Without a tree or scores there is no dendrogram or map.
    """
    marked, panels = highlight or None, {}
    if states.tree is not None:
        leaves = _leaves(states) if leaves is None else leaves
        panels["dendrogram"] = partial(plots.plot_dendrogram, states.tree, leaves, cut=cut)
    if states.scores is not None:
        options = {"highlight": marked, "title": title, "components": components}
        panels["map"] = partial(plots.plot_map, states.scores, states.labels, states.table, **options)
    options = {"highlight": marked, "title": title}
    panels["chord"] = partial(plots.plot_chord, states.kinetics["counts"], states.table, **options)
    matrix = partial(plots.plot_matrix, states.kinetics, states.table, highlight=marked)
    return panels | {"transition_matrix": matrix}


def _leaves(states):
    """Names and colors of the leaves of a dendrogram."""
    if states.clusters is None:
        return states.table
    return states.table.iloc[states.clusters.table["state"]].reset_index(drop=True)


def cluster_panels(states, *, cut=None):
    """
    Map, dendrogram and transition matrix of the micro-clusters, which have numbers for names.

    Parameters
    ----------
    states : States
    cut : float, optional

    Returns
    -------
    panels : dict of str to callable
    """
    clusters, table = states.clusters, plots.cluster_table(len(states.clusters.table))
    return {
        "map": partial(plots.plot_map, states.scores, clusters.labels, table),
        "dendrogram": partial(plots.plot_dendrogram, states.tree, table, cut=cut),
        "transition_matrix": partial(plots.plot_matrix, clusters.kinetics, table, intervals=False),
    }


def published_panel(published, colors, title, emphasized=()):
    """
    A published matrix, marked as what it is.

    Parameters
    ----------
    published : dict
        ``states`` and ``matrix`` of ``published.toml``.
    colors : dict of str to str
    title : str
        Where the numbers come from.
    emphasized : collection of str
        Names of states to emphasize.

    Returns
    -------
    draw : callable
    """
    kinetics, table = plots.published_matrix(published, colors)
    marked = [state for state, name in table["name"].items() if name in emphasized]
    return partial(plots.plot_matrix, kinetics, table, highlight=marked or None, title=title)


def snapshot_panels(labels, table, *, trajectory, frame, **options):
    """
    Snapshots in the colors of the states.

    Parameters
    ----------
    labels : xarray.DataArray, dims (frame, atom), int
    table : pandas.DataFrame, index state
    trajectory : xarray.Dataset
    frame : int or dict of str to int
        Label of a frame; several by the names of the moments, each with its time for a title.
    **options
        Of `soaplens_lite.plots.state_snapshot`: at least ``radius``.

    Returns
    -------
    panels : dict of str to callable
        ``snapshot``, or ``snapshot_<moment>`` for each of several.
    """
    if not isinstance(frame, dict):
        shot = plots.state_snapshot(trajectory, labels.sel(frame=frame), table, **options)
        return {"snapshot": partial(plots.plot_snapshot, **shot)}
    panels = {}
    for moment, at_frame in frame.items():
        shot = plots.state_snapshot(trajectory, labels.sel(frame=at_frame), table, **options)
        title = f"{float(trajectory.time.sel(frame=at_frame)):.1f} ns"
        panels[f"snapshot_{moment}"] = partial(plots.plot_snapshot, **shot, title=title)
    return panels


def path_panels(trajectory, labels, table, scores, path, missing, **options):
    """
    The path of one atom on the map, and three stations of it.

    Parameters
    ----------
    trajectory : xarray.Dataset
    labels : xarray.DataArray, dims (frame, atom), int
    table : pandas.DataFrame, index state
    scores : xarray.DataArray, dims (frame, atom, component)
    path : dict or None
        ``atom``, ``frames`` and ``stations``, all as labels; None if there is no such path.
    missing : str
        What is said in place of the pictures without a path.
    **options
        Of `soaplens_lite.plots.journey_snapshot`: at least ``radius``.

    Returns
    -------
    panels : dict of str to callable
    """
    kinds = ["map", *(f"snapshot_{number}" for number in (1, 2, 3))]
    if path is None:
        return dict.fromkeys(kinds, partial(plots.plot_note, missing))
    frames, stations = path["frames"], path["stations"]
    on_map = partial(plots.plot_journey_map, scores, path["atom"], frames, table, labels, examples=stations)
    return {"map": on_map} | {
        f"snapshot_{number}": plots.journey_snapshot(trajectory, labels, table, **path, number=number, **options)
        for number in (1, 2, 3)
    }


def flows_panel(states, chosen, missing, title=None):
    """
    The chord diagram of the transitions into and out of one state alone.

    Parameters
    ----------
    states : States
    chosen : sequence of int
        The first one is shown, all are emphasized; without any, `missing` is said.
    missing : str
    title : str, optional
        Default: ``flows of the fast state`` for instance.

    Returns
    -------
    draw : callable
    """
    if not chosen:
        return partial(plots.plot_note, missing)
    flows = plots.flows_of(states.kinetics["counts"], chosen[0])
    title = title or f"flows of the {states.table['name'][chosen[0]]} state"
    return partial(plots.plot_chord, flows, states.table, self_transitions=False, highlight=chosen, title=title)


def lens_panel(delta, classes, called):
    """
    LENS of all atoms against time, with its classes.

    Parameters
    ----------
    delta : xarray.DataArray, dims (frame, atom)
    classes : States
        As `soaplens_lite.lens_classes` returns it.
    called : str
        ``atom``, or ``molecule``.

    Returns
    -------
    draw : callable
    """
    borders = classes.table["lens_from"].iloc[1:].to_numpy()
    return partial(plots.plot_lens_series, delta, classes.labels, classes.table, thresholds=borders, called=called)


def sizes_of(name, kinds, given=None):
    """
    Sizes of the panels of a figure.

    Parameters
    ----------
    name : str
        Of the figure.
    kinds : iterable of str
        Of its panels.
    given : dict of str to (width, height), optional
        In mm, by kind; the others have the size that stands in `pages`.

    Returns
    -------
    sizes : dict of str to (width, height)

    Examples
    --------
    >>> sizes_of("fig3a", ["map", "transition_matrix_published", "snapshot_end"], {"map": (50, 50)})
    {'map': (50, 50), 'transition_matrix_published': (105, 105), 'snapshot_end': (60, 68)}
    """
    known = DEFAULT_SIZES | SIZES.get(name, {}) | (given or {})
    return {kind: known[next(base for base in known if kind.startswith(base))] for kind in kinds}
