"""The pictures of a study: every one is drawn, saved under the paper's name and shown in one call."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from IPython.display import display

from soaplens_lite import plots
from soaplens_lite.kinetics._visits import movie_frames
from soaplens_lite.study import _figures
from soaplens_lite.study.pages import PAGES

if TYPE_CHECKING:
    import numpy as np
    import xarray as xr

    from soaplens_lite.states._records import States


class Pictures:
    """What `soaplens_lite.study.Study` draws; see there for the attributes."""

    def panel(
        self, name: str, plot: Callable, *args: object, size: tuple[float, float] = (90, 70), **kwargs: object
    ) -> None:
        """Draw, save and show one panel; see `soaplens_lite.study.record.Record.panel`."""
        display(self.record.panel(name, plot, *args, size=size, **kwargs))

    def figure(
        self,
        name: str,
        states: States,
        *,
        snapshot: dict | None = None,
        published: str | None = None,
        highlight: Sequence[int] | None = None,
        sizes: dict[str, tuple[float, float]] | None = None,
        **options: object,
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
        sizes : dict of str to (width, height), optional
            In mm, by kind of panel, where they differ from those of `soaplens_lite.study.pages`.
        **options
            ``cut``, ``title``, ``leaves``, ``components``; see `soaplens_lite.study._figures.state_panels`.
        """
        states = self.color(states)
        panels = _figures.state_panels(states, highlight=highlight, **options)
        if published:
            names = set(states.table["name"].iloc[highlight or []])
            given = self.published[published], self.colors, self.published_title, names
            panels["transition_matrix_published"] = _figures.published_panel(*given)
        if snapshot:
            panels |= _figures.snapshot_panels(states.labels, states.table, **snapshot)
        self._show(name, panels, sizes)

    def clusters_figure(
        self,
        name: str,
        states: States,
        *,
        cut: float | None = None,
        sizes: dict[str, tuple[float, float]] | None = None,
    ) -> None:
        """Draw, save and show map, dendrogram and transition matrix of the micro-clusters, see `figure`."""
        self._show(name, _figures.cluster_panels(states, cut=cut), sizes)

    def lens_figure(
        self,
        name: str,
        delta: xr.DataArray,
        classes: States,
        *,
        called: str = "atom",
        sizes: dict[str, tuple[float, float]] | None = None,
        **options: object,
    ) -> None:
        """Draw, save and show LENS against time, and then what `figure` draws of its classes."""
        series = _figures.lens_panel(delta, self.color(classes), called)
        self._show(name, {"lens_series": series}, sizes)
        self.figure(name, classes, sizes=sizes, **options)

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
            The first one is shown; without any, `missing` is said.
        missing : str
        title : str, optional
            Default: ``flows of the fast state`` for instance.
        size : tuple of float
            Width and height in mm.
        """
        self.panel(name, _figures.flows_panel(self.color(states), chosen, missing, title), size=size)

    def path_figure(
        self,
        name: str,
        trajectory: xr.Dataset,
        states: States,
        path: dict | None,
        *,
        missing: str,
        labels: xr.DataArray | None = None,
        sizes: dict[str, tuple[float, float]] | None = None,
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
        labels : xarray.DataArray, optional
            In place of the labels of the states, lasting states for instance.
        sizes : dict of str to (width, height), optional
        **options
            Of `soaplens_lite.plots.journey_snapshot`: ``radius``, ``view``, ``room``, ``fade``.
        """
        states, labels = self.color(states), states.labels if labels is None else labels
        given = trajectory, labels, states.table, states.scores, path, missing
        self._show(name, _figures.path_panels(*given, **options), sizes)

    def path_movie(
        self,
        name: str,
        trajectory: xr.Dataset,
        states: States,
        path: dict | None,
        *,
        missing: str,
        labels: xr.DataArray | None = None,
        **options: object,
    ) -> None:
        """
        Save a movie of the path of one atom, ``movie_frames`` pictures of it, and show four of them.

        Parameters
        ----------
        name : str
            ``movie_s1`` for instance; the panel of the four pictures is ``<name>_stills``.
        trajectory, states, path, missing, labels
            As for `path_figure`.
        **options
            Of `soaplens_lite.plots.journey_movie`: ``radius``, ``view``, ``called``.
        """
        n_frames, panel = self.parameters["movie_frames"], f"{name}_stills"
        if path is None or not n_frames:
            text = f"{missing}: no movie" if path is None else "movie_frames = 0: no movie"
            self.panel(panel, plots.plot_note, text, size=(170, 96))
            return
        states, labels = self.color(states), states.labels if labels is None else labels
        frames = movie_frames(labels.frame, path["frames"], n_frames)
        options |= {"atom": path["atom"], "frames": frames, "n_jobs": self.parameters["n_jobs"]}
        pictures = plots.journey_movie(trajectory, states.scores, labels, states.table, **options)
        self.panel(panel, plots.plot_stills, self.movie(name, pictures, len(frames)), size=(170, 96))

    def _show(self, name, panels, sizes):
        """Draw, save and show the panels of a figure."""
        for kind, size in _figures.sizes_of(name, panels, sizes).items():
            self.panel(f"{name}_{kind}", panels[kind], size=size)

    def color(self, states: States) -> States:
        """
        States with the colors of the study in their tables.

        Parameters
        ----------
        states : States

        Returns
        -------
        states : States
        """
        clusters = states.clusters
        if clusters is not None:
            clusters = replace(clusters, table=plots.color_states(clusters.table, self.colors))
        return replace(states, table=plots.color_states(states.table, self.colors), clusters=clusters)

    def note(self, name: str, text: str, size: tuple[float, float] = (90, 70)) -> None:
        """
        Say in a panel's place why there is no picture.

        Parameters
        ----------
        name : str
            Of the panel.
        text : str
        size : tuple of float
            Width and height in mm.
        """
        self.panel(name, plots.plot_note, text, size=size)

    def compose(self, name: str) -> None:
        """
        Compose panels that were drawn before to a page of the paper, save and show it.

        Parameters
        ----------
        name : str
            ``fig1`` for instance: one of `soaplens_lite.study.pages.PAGES`. A panel that was not drawn becomes a note.
        """
        page = PAGES[name]
        display(self.record.compose(name, page.rows, width_mm=page.width_mm, options=page.options))

    def movie(self, name: str, pictures: Iterable[np.ndarray], n_pictures: int) -> list[np.ndarray]:
        """Save a movie, return some of its pictures; see `soaplens_lite.study.record.Record.movie`."""
        return self.record.movie(name, pictures, n_pictures)
