"""The pictures of a study: every one is drawn, saved under the paper's name and shown in one call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from IPython.display import Markdown, Video, display

from soaplens_lite import plots
from soaplens_lite.kinetics import movie_frames
from soaplens_lite.study import pages, tables
from soaplens_lite.study.record import Record

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from soaplens_lite.states import States


class Pictures(Record):
    """A record that draws: the standard sets of panels, pages and movies of `soaplens_lite.study.Study`."""

    def panel(
        self, name: str, plot: Callable, *args: object, size: tuple[float, float] = (90, 70), **kwargs: object
    ) -> None:
        """Draw, save and show one panel; see `soaplens_lite.study.record.Record.panel`."""
        display(super().panel(name, plot, *args, size=size, **kwargs))

    def note(self, name: str, text: str, size: tuple[float, float] = (90, 70)) -> None:
        """Say in place of the panel `name` why there is no picture."""
        self.panel(name, plots.plot_note, text, size=size)

    def figure(
        self,
        name: str,
        states: States,
        *,
        snapshot: dict | None = None,
        published: str | None = None,
        highlight: Sequence[int] | None = None,
        cut: float | None = None,
        title: str | None = None,
        leaves: pd.DataFrame | None = None,
    ) -> None:
        """
        Draw, save and show the standard set of panels of a labelling.

        The panels are ``<name>_dendrogram``, ``_map``, ``_chord``, ``_transition_matrix``,
        ``_transition_matrix_published`` and ``_snapshot``, as far as there is something to draw.

        Parameters
        ----------
        name : str
            The paper's figure: ``fig1c``.
        states : States
        snapshot : dict, optional
            ``trajectory``, ``frame`` (a label, or several by moment: ``{"before": 10, "end": 400}``), ``radius``, and
            what else `soaplens_lite.plots.state_snapshot` takes.
        published : str, optional
            Key of a matrix in `published`: ``"soap"``.
        highlight : sequence of int, optional
            States to emphasize.
        cut : float, optional
            Correlation distance of the cut; without one, no line is drawn.
        title : str, optional
            Of the map and the chord diagram.
        leaves : pandas.DataFrame, optional
            Names and colors of the leaves of the dendrogram. Default: each cluster as the state that it became.
        """
        states, show = self.color(states), partial(self._show, name)
        look, table, kinetics = {"highlight": highlight or None}, states.table, states.kinetics
        if states.tree is not None:
            show(
                "dendrogram", plots.plot_dendrogram, states.tree, _leaves(states) if leaves is None else leaves, cut=cut
            )
        if states.scores is not None:
            show("map", plots.plot_map, states.scores, states.labels, table, **look, title=title)
        show("chord", plots.plot_chord, kinetics["counts"], table, **look, title=title)
        show("transition_matrix", plots.plot_matrix, kinetics, table, **look)
        if published:
            matrix, listed = plots.published_matrix(self.published[published], self.colors)
            marked = listed.index[listed["name"].isin(table["name"].iloc[highlight or []])].tolist()
            look = {"highlight": marked or None, "title": self.published_title}
            show("transition_matrix", plots.plot_matrix, matrix, listed, **look, suffix="published")
        if snapshot:
            self._snapshots(name, states, **snapshot)

    def _snapshots(self, name, states, trajectory, frame, **options):
        """Snapshots in the colors of the states, each of several with its moment in its name and its time above."""
        for moment, at_frame in frame.items() if isinstance(frame, dict) else [("", frame)]:
            shot = plots.state_snapshot(trajectory, states.labels.sel(frame=at_frame), states.table, **options)
            time = trajectory.time.sel(frame=at_frame)
            digits = ".1f" if time >= 1 else ".3g"
            title = f"{float(time):{digits}} {plots.unit_of(time, 'ns')}" if moment else None
            self._show(name, "snapshot", plots.plot_snapshot, **shot, title=title, suffix=moment)

    def clusters_figure(self, name: str, states: States, *, cut: float | None = None) -> None:
        """Draw, save and show map, dendrogram and transition matrix of the micro-clusters, see `figure`."""
        clusters, table = states.clusters, plots.cluster_table(len(states.clusters.table))
        self._show(name, "map", plots.plot_map, states.scores, clusters.labels, table)
        self._show(name, "dendrogram", plots.plot_dendrogram, states.tree, table, cut=cut)
        self._show(name, "transition_matrix", plots.plot_matrix, clusters.kinetics, table, intervals=False)

    def lens_figure(
        self, name: str, delta: xr.DataArray, classes: States, *, called: str = "atom", **options: object
    ) -> None:
        """Draw, save and show LENS against time, and then what `figure` draws of its classes."""
        table = self.color(classes).table
        self._show(name, "lens_series", plots.plot_lens_series, delta, classes.labels, table, called=called)
        self.figure(name, classes, **options)

    def stability_figure(
        self, name: str, found: dict[str, xr.Dataset], *, title: str, described: dict[str, Sequence[str]] | None = None
    ) -> None:
        """
        Draw, save and show which states rotations of the points find again, and say it in words.

        Parameters
        ----------
        name : str
            Of the panel.
        found : dict of str to xarray.Dataset
            By kind of data ("SOAP", "SOAP&LENS"), see `soaplens_lite.states.stability`.
        title : str
        described : dict of str to sequence of str, optional
            What each state is called, in place of its name.
        """
        size = (170, 34 + 4.6 * sum(each.sizes["state"] for each in found.values()))
        self.panel(name, plots.plot_stability, found, described=described, title=title, size=size)
        display(Markdown(tables.stability_text(found, described)))

    def flows_panel(
        self,
        name: str,
        states: States,
        chosen: Sequence[int],
        *,
        missing: str,
        title: str | None = None,
        size: tuple[float, float] = (80, 80),
    ) -> None:
        """
        Draw, save and show the flows into and out of one state alone.

        Parameters
        ----------
        name : str
            Of the panel.
        states : States
        chosen : sequence of int
            The first one is shown, all are emphasized; without any, `missing` is said.
        missing : str
        title : str, optional
            Default: ``flows of the fast state`` for instance.
        size : tuple of float
            Width and height in mm.
        """
        if not chosen:
            return self.note(name, missing, size)
        flows = plots.flows_of(states.kinetics["counts"], chosen[0])
        title = title or f"flows of the {states.table['name'][chosen[0]]} state"
        options = {"self_transitions": False, "highlight": chosen, "title": title, "size": size}
        return self.panel(name, plots.plot_chord, flows, self.color(states).table, **options)

    def path_figure(
        self,
        name: str,
        trajectory: xr.Dataset,
        states: States,
        path: dict | None,
        *,
        missing: str,
        **options: object,
    ) -> None:
        """
        Draw, save and show the path of one atom: on the map, and at three stations.

        Parameters
        ----------
        name : str
            The paper's figure: ``fig2c``.
        trajectory : xarray.Dataset
        states : States
        path : dict or None
            ``atom``, ``frames`` and ``stations``, all as labels; None if there is no such path.
        missing : str
            What is said in place of the pictures without a path.
        **options
            Of `soaplens_lite.plots.path_snapshot`: ``radius``, ``view``, ``room``, ``fade``.
        """
        table, labels = self.color(states).table, states.labels
        draw = partial(plots.plot_note, missing)
        if path is not None:
            along = states.scores, path["atom"], path["frames"], table, labels
            draw = partial(plots.plot_path_map, *along, examples=path["stations"])
        self._show(name, "map", draw)
        for number in (1, 2, 3):
            if path is not None:
                draw = plots.path_snapshot(trajectory, labels, table, **path, number=number, **options)
            self._show(name, "snapshot", draw, suffix=str(number))

    def path_movie(
        self,
        name: str,
        trajectory: xr.Dataset,
        states: States,
        path: dict | None,
        *,
        missing: str,
        **options: object,
    ) -> None:
        """
        Save a movie of the path of one atom, ``movie_frames`` pictures of it, and show it and four of them.

        Parameters
        ----------
        name : str
            ``movie_s1`` for instance; the panel of the four pictures is ``<name>_stills``.
        trajectory, states, path, missing
            As for `path_figure`.
        **options
            Of `soaplens_lite.plots.path_movie`: ``radius``, ``view``, ``called``.
        """
        n_frames = self.parameters["movie_frames"]
        draw = plots.plot_note, f"{missing}: no movie" if path is None else "movie_frames = 0: no movie"
        if path is not None and n_frames:
            table, labels = self.color(states).table, states.labels
            frames = movie_frames(labels.frame, path["frames"], n_frames)
            options |= {"atom": path["atom"], "frames": frames, "n_jobs": self.parameters["n_jobs"]}
            pictures = plots.path_movie(trajectory, states.scores, labels, table, **options)
            draw = plots.plot_stills, self.movie(name, pictures, len(frames))
        self.panel(f"{name}_stills", *draw, size=(170, 96))
        self.content["panels"][f"{name}_stills"]["movie"] = name
        for path in self.content["movies"].get(name, []):
            if path.endswith(".mp4"):  # a page shows it, wherever the page is moved to
                attributes = f'controls loop aria-label="movie {name}"'
                display(Video(str(self.folder / path), embed=True, width=800, html_attributes=attributes))

    def _show(self, figure, kind, plot, *args, suffix="", **options):
        """Draw, save and show a panel of a standard set."""
        name = "_".join(filter(None, [figure, kind, suffix]))
        self.panel(name, plot, *args, size=pages.size_of(figure, kind), **options)

    def color(self, states: States) -> States:
        """States with the colors of the study in their tables."""
        clusters = states.clusters
        if clusters is not None:
            clusters = replace(clusters, table=plots.color_states(clusters.table, self.colors))
        return replace(states, table=plots.color_states(states.table, self.colors), clusters=clusters)

    def compose(self, name: str) -> None:
        """
        Compose panels that were drawn before to a page of the paper, save and show it.

        Parameters
        ----------
        name : str
            ``fig1`` for instance: a page of ``pages.toml``. A panel that was not drawn becomes a note.
        """
        layout, options = pages.composition(name)
        display(super().compose(name, layout, **options))


def _leaves(states):
    """Names and colors of the leaves of a dendrogram: of the states, or of each cluster as the state it became."""
    if states.clusters is None:
        return states.table
    return states.table.iloc[states.clusters.table["state"]].reset_index(drop=True)
