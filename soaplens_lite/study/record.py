"""
What a notebook leaves in the folder of its run: numbers, figures, tables, movies, exports and results.

Files are replaced in one step, so that nobody reads an incomplete one. `numbers.json` is written once: when the
notebook finishes, or when its process ends earlier.
"""

import atexit
import re
import warnings
from functools import partial

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np

from soaplens_lite import _disk as disk
from soaplens_lite._progress import progress_bar
from soaplens_lite.study.run import provenance, stamps
from soaplens_lite.study.run.folders import state, write_json
from soaplens_lite.study.settings import settings
from soaplens_lite.study.values import plain, shape_of

MAX_SVG_BYTES = 3e6  # above that a browser struggles: points should be rasterized
N_STILLS = 4  # pictures of a movie that a notebook shows
SCREEN_DPI = 150  # at which a notebook shows a figure that was made for print
NOT_STAMPED = {"run.json", "numbers.json", "notebook.ipynb", "notebook.html", "data.toml"}


class Record:
    """
    The record of one execution of a notebook.

    The runner says in the environment variable ``SOAPLENS_RUN_DIR`` where the record goes. A notebook that is
    executed by hand, or by papermill, writes to a folder of its parameters, see `provenance.folder_by_hand`, over what
    an earlier session with the same ones left there.

    Parameters
    ----------
    notebook : str
        ``01_cu211`` for instance.
    parameters : dict
        As the notebook uses them.

    Raises
    ------
    FileExistsError
        If the folder holds a complete run, which is never written over.
    OSError
        If the folder cannot be written to.

    Attributes
    ----------
    folder : pathlib.Path
        Holds ``numbers.json``, ``results.nc``, ``figures/``, ``tables/``, ``movies/`` and ``exports/``.
    draws : dict of str to callable
        The function that draws each panel, for figures composed of several.
    content : dict
        What ``numbers.json`` will hold: ``parameters``, ``numbers``, ``figures``, ``panels``, ``tables``, ``movies``,
        ``exports``, ``learned``, ``provenance``, and whether the record is ``complete``.
    """

    def __init__(self, notebook, parameters):
        self.folder, self.draws = settings().run_dir or provenance.folder_by_hand(notebook, parameters), {}
        if state(self.folder)["status"] == "complete":
            raise FileExistsError(f"{self.folder} holds a complete run: unset SOAPLENS_RUN_DIR to record elsewhere")
        (self.folder / "figures").mkdir(parents=True, exist_ok=True)
        (self.folder / "numbers.json").unlink(missing_ok=True)  # of an earlier session
        self.content = {
            "notebook": notebook,
            "parameters": plain(parameters),
            "complete": False,
            "numbers": {},
            "learned": [],
            **{kind: {} for kind in ("figures", "panels", "tables", "movies", "exports")},
            "provenance": provenance.stamp_of_run(self.folder, notebook, plain(parameters)),
        }
        atexit.register(self.write)

    def __repr__(self):
        return f"Record of {self.content['notebook']} in {self.folder}"

    def write(self):
        """Write ``numbers.json``; called once, by `finish` or at the end of the process."""
        atexit.unregister(self.write)
        if self.folder.is_dir():
            write_json(self.folder / "numbers.json", self.content)

    @property
    def numbers(self):
        """What was recorded so far: value, unit and note of every name."""
        return self.content["numbers"]

    def stamp(self, name):
        """
        The provenance that a file of this run carries inside itself.

        Parameters
        ----------
        name : str
            Of the panel, movie or table.

        Returns
        -------
        stamp : dict
            See `soaplens_lite.study.run.provenance.stamp_of_run`.
        """
        return {"panel": name, **self.content["provenance"]}

    def number(self, name, value, unit="", note=""):
        """
        Record a number, an answer (True, False), a short text, a list of these, or a table under a name.

        Parameters
        ----------
        name : str
            Lower-case words joined by ``_`` or ``.``; a name that was recorded before is replaced.
        value : number, str, bool, None, list, array of one dimension, dict or pandas.DataFrame
            ``{"value": ..., "low": ..., "high": ...}`` is a number with its 95 % interval; any other dict is a table
            and has lists of the same length.
        unit : str
            Empty for plain numbers.
        note : str
            What a reader of the number alone has to know.

        Raises
        ------
        ValueError
            If the value is deeper than that: what reads many runs relies on these four shapes.
        """
        check_name(name)
        value = plain(value)
        if not shape_of(value):
            raise ValueError(f"{name} = {value}: must be a value, an interval, a list of values, or a table of lists")
        self.numbers[name] = {"value": value, "unit": unit, "note": note}

    def panel(self, name, plot, *args, size=(90, 70), **kwargs):
        """
        Draw one panel and save it as PNG (200 dpi) and SVG.

        Parameters
        ----------
        name : str
            The paper's panel and what it shows: ``fig2b_transition_matrix``.
        plot : callable
            Called as ``plot(*args, **kwargs, ax=ax)``; remembered for `compose`.
        size : tuple of float
            Width and height in mm.
        *args, **kwargs
            For `plot`.

        Returns
        -------
        figure : matplotlib.figure.Figure
            Closed, so that a notebook shows it once: as the value of the cell's last line.
        """
        from soaplens_lite.plots import MM

        check_name(name)
        draw = partial(plot, *args, **kwargs)
        with mpl.rc_context({"svg.hashsalt": name}):
            figure, ax = plt.subplots(figsize=(size[0] * MM, size[1] * MM), layout="constrained")
            try:
                draw(ax=ax)
                self._save(figure, name, (".png", ".svg"), dpi=200)
            finally:
                plt.close(figure)
        self.draws[name] = draw
        kind = getattr(draw.func, "__name__", "").removeprefix("_").removeprefix("plot_")
        self.content["panels"][name] = {"kind": kind, "title": draw.keywords.get("title")}
        return figure

    def compose(self, name, layout, **options):
        """
        Compose remembered panels to one lettered figure; save it as PNG (300 dpi) and PDF.

        Parameters
        ----------
        name : str
            ``fig2`` for instance.
        layout, **options
            See `soaplens_lite.plots.compose`.

        Returns
        -------
        figure : matplotlib.figure.Figure
            Closed, as in `panel`.
        """
        from soaplens_lite.plots import compose

        check_name(name)
        with mpl.rc_context({"svg.hashsalt": name}):
            figure = compose(self.draws, layout, **options)
            try:
                self._save(figure, name, (".png", ".pdf"), dpi=300)
            finally:
                plt.close(figure)
        return figure

    def _save(self, figure, name, endings, dpi):
        """Save a figure in several formats, and make it ready for the screen."""
        paths = [self.folder / "figures" / f"{name}{ending}" for ending in endings]
        for path in paths:
            with disk.whole(path) as scratch:
                figure.savefig(scratch, dpi=dpi, metadata=stamps.figure_metadata(self.stamp(name), path.suffix))
            size = path.stat().st_size
            if path.suffix == ".svg" and size > MAX_SVG_BYTES:
                warnings.warn(
                    f"{path.name} has {size / 1e6:.1f} MB: draw clouds of points with rasterized=True", stacklevel=4
                )
        figure.set_dpi(SCREEN_DPI)
        self.content["figures"][name] = [self._relative(path) for path in paths]

    def _relative(self, path):
        return path.relative_to(self.folder).as_posix()

    def save_table(self, name, frame, notes=()):
        """
        Save a table as CSV and LaTeX in ``tables/``, and return it.

        Parameters
        ----------
        name : str
            ``tables1`` for instance.
        frame : pandas.DataFrame
            The index is the first column.
        notes : sequence of str
            Lines below the table.
        """
        check_name(name)
        (self.folder / "tables").mkdir(exist_ok=True)
        written = {".csv": frame.to_csv(), ".tex": frame.to_latex(escape=True, multicolumn_format="c")}
        for ending, text in written.items():
            with disk.whole(self.folder / "tables" / f"{name}{ending}") as scratch:
                scratch.write_text(text, "utf-8")
        self.content["tables"][name] = {
            "files": [f"tables/{name}{ending}" for ending in written],
            "header_rows": frame.columns.nlevels,
            "notes": list(notes),
        }
        return frame

    def movie(self, name, pictures, n_pictures):
        """
        Save a movie in ``movies/`` while its pictures are being drawn, with a progress bar.

        Parameters
        ----------
        name : str
            ``movie_s1`` for instance.
        pictures : iterable of numpy.ndarray, each of shape (height, width, 3), uint8
            All of the same size.
        n_pictures : int
            How many there will be.

        Returns
        -------
        stills : list of numpy.ndarray
            Up to four of the pictures, evenly apart: what a notebook shows of the movie.
        """
        from soaplens_lite.study.movie import write_movie

        check_name(name)
        (self.folder / "movies").mkdir(exist_ok=True)
        kept, stills = set(np.linspace(0, n_pictures - 1, N_STILLS).round().astype(int).tolist()), []

        def watched(bar):
            for k, picture in enumerate(pictures):
                if k in kept:
                    stills.append(picture)
                yield picture
                bar.update()

        with progress_bar(name, total=n_pictures, unit="picture") as bar:
            comment = stamps.as_text(self.stamp(name))
            path = write_movie(self.folder / "movies" / name, watched(bar), comment=comment)
        self.content["movies"][name] = [self._relative(path)]
        print(f"The movie is movies/{path.name} of this run: {n_pictures} pictures, {_megabytes(path)}.")
        return stills

    def export(self, trajectory, columns, *, stride):
        """
        Save the trajectory with values of its atoms for other programs, in ``exports/<notebook>.xyz.gz``.

        Parameters
        ----------
        trajectory : xarray.Dataset
        columns : dict of str to xarray.DataArray
            See `soaplens_lite.trajectory.write_states`.
        stride : int
            Every how many frames one is written; 0 for no file.

        Returns
        -------
        path : pathlib.Path or None
        """
        from soaplens_lite.trajectory._files._export import write_states

        if not stride:
            print("export_stride = 0: nothing is exported.")
            return None
        name = self.content["notebook"]
        (self.folder / "exports").mkdir(exist_ok=True)
        path = self.folder / "exports" / f"{name}.xyz.gz"
        write_states(path, trajectory, columns, stride=stride, provenance=stamps.as_text(self.stamp(name)))
        self.content["exports"][name] = [self._relative(path)]
        print(f"Every {stride}. frame is in exports/{path.name} of this run: {_megabytes(path)}.")
        return path

    def finish(self):
        """
        Declare the record complete; the last call of a notebook.

        Without it a run does not count as complete, even if all of its cells went well. Files that the notebook wrote
        to the folder itself get their provenance now.
        """
        for path in sorted(self.folder.rglob("[!.]*")):
            if path.is_file() and path.name not in NOT_STAMPED and not path.name.endswith(stamps.SIDECAR):
                if stamps.read(path) is None:
                    stamps.write(path, self.stamp(path.name.split(".")[0]))
        self.content["complete"] = True
        self.write()
        print(f"{len(self.content['figures'])} figures and {len(self.numbers)} numbers are recorded.")


def check_name(name):
    """
    Refuse a name that could not be the name of a file.

    Parameters
    ----------
    name : str

    Raises
    ------
    ValueError
        If it is anything but lower-case words.
    """
    if not re.fullmatch(r"[a-z0-9]+([._-][a-z0-9]+)*", name):
        raise ValueError(f"name {name!r}: must be lower-case letters and digits in words joined by _ - or .")


def _megabytes(path):
    return f"{path.stat().st_size / 1e6:.1f} MB"
