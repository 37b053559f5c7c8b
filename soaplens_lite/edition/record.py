"""
What a notebook leaves behind: numbers, figures and labels in one folder.

A notebook calls `start` once, hands over what it finds as it goes, and calls `Record.finish` in its last
cell. Files are replaced as a whole, so that no reader ever meets half of one.
"""

import math
import os
import re
import warnings
from numbers import Number
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import xarray as xr

from soaplens_lite import disk
from soaplens_lite.progress import progress_bar

from . import provenance, stamps
from .folders import results_folder, state, write_json

RUN_FOLDER = "SOAPLENS_RUN_DIR"
SVG_LIMIT = 3e6  # bytes; above that a browser struggles and points should be rasterized
N_STILLS = 4  # pictures of a movie that a notebook shows
SCREEN = 150  # dots per inch at which a notebook shows a figure that was made for print
OF_THE_RUN = {"run.json", "numbers.json", "notebook.ipynb", "notebook.html", "data.toml"}  # not to be stamped


def plain(value):
    """
    A value as JSON can hold it.

    Parameters
    ----------
    value : number, str, bool, None, array, or lists and dicts of these
        Arrays of numpy, xarray or pandas.

    Returns
    -------
    value : float, int, str, bool, None, list or dict
        Arrays as nested lists, NaN as None, infinities as "inf" and "-inf".

    Raises
    ------
    TypeError
        For anything else.

    Examples
    --------
    >>> plain({"rows": xr.DataArray([[0.5, float("nan")]]), "n": 3})
    {'rows': [[0.5, None]], 'n': 3}
    """
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, xr.DataArray):
        return plain(value.values)
    if hasattr(value, "columns"):  # a table of pandas: one list per column
        return {str(column): plain(value[column]) for column in value}
    if hasattr(value, "tolist"):  # arrays and their scalars
        return plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else str(value)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"{value!r} is a {type(value).__name__}: only numbers, text, lists, dicts and arrays are recorded")


def start(notebook, parameters):
    """
    Begin the record of a notebook.

    The runner says in the environment variable ``SOAPLENS_RUN_DIR`` where the record goes. A notebook that is
    executed by hand writes to ``<results>/<notebook>/interactive``, over what an earlier session left there.

    Parameters
    ----------
    notebook : str
        ``01_cu211`` for instance.
    parameters : dict
        As the notebook uses them.

    Returns
    -------
    record : Record

    Raises
    ------
    FileExistsError
        If the folder holds a complete run, which is never written over.
    OSError
        If it cannot be written to.
    """
    chosen = os.environ.get(RUN_FOLDER)
    folder = Path(chosen) if chosen else results_folder() / notebook / "interactive"
    if state(folder)["status"] == "complete":
        raise FileExistsError(f"{folder} holds a complete run: unset {RUN_FOLDER} to record elsewhere")
    return Record(folder, notebook, parameters)


class Record:
    """
    The record of one execution of a notebook; made by `start`.

    Attributes
    ----------
    folder : pathlib.Path
        Holds ``numbers.json``, ``figures/``, ``movies/``, ``exports/`` and ``labels.nc``.
    draws : dict of str to callable
        What draws each panel, for figures composed of several.
    """

    def __init__(self, folder, notebook, parameters):
        self.folder = Path(folder)
        (self.folder / "figures").mkdir(parents=True, exist_ok=True)
        self.draws = {}
        self._content = {
            "notebook": notebook,
            "parameters": plain(parameters),
            "complete": False,
            "numbers": {},
            "figures": {},
            "movies": {},
            "exports": {},
            "provenance": provenance.stamp_of_run(self.folder, notebook, plain(parameters)),
        }
        self._write()

    def __repr__(self):
        return f"Record of {self._content['notebook']} in {self.folder}"

    def _write(self):
        write_json(self.folder / "numbers.json", self._content)

    @property
    def numbers(self):
        """What was recorded so far: value, unit and note of every name."""
        return self._content["numbers"]

    def stamp(self, panel):
        """
        What a file of this run carries inside itself to say where it came from.

        Parameters
        ----------
        panel : str
            Name of the panel, movie or table.

        Returns
        -------
        stamp : dict
            See `soaplens_lite.edition.provenance.stamp_of_run`.
        """
        return {"panel": panel, **self._content["provenance"]}

    def number(self, name, value, unit="", note=""):
        """
        Record a number, or an array of numbers, under a name.

        Parameters
        ----------
        name : str
            Lower-case words joined by ``_`` or ``.``; a name that was recorded before is replaced.
        value : number, str, bool, array, list or dict
        unit : str
            Empty for plain numbers.
        note : str
            What a reader of the number alone has to know.
        """
        _check_name(name)
        self._content["numbers"][name] = {"value": plain(value), "unit": unit, "note": note}
        self._write()

    def panel(self, name, draw, size=(90, 70)):
        """
        Draw one panel and save it as PNG (200 dpi) and SVG.

        Parameters
        ----------
        name : str
            The paper's panel and what it shows: ``fig2b_transition_matrix``.
        draw : callable
            Called as ``draw(ax=ax)``; remembered for `compose`.
        size : tuple of float
            Width and height in mm.

        Returns
        -------
        figure : matplotlib.figure.Figure
            Closed, so that a notebook shows it once: as the value of the cell's last line.
        """
        from soaplens_lite.plots.style import MM

        _check_name(name)
        with mpl.rc_context({"svg.hashsalt": name}):
            figure, ax = plt.subplots(figsize=(size[0] * MM, size[1] * MM), layout="constrained")
            try:
                draw(ax=ax)
                files = self._save(figure, name, (".png", ".svg"), dpi=200)
            finally:
                plt.close(figure)
        figure.set_dpi(SCREEN)
        self.draws[name] = draw
        self._content["figures"][name] = files
        self._write()
        return figure

    def compose(self, name, layout, **options):
        """
        Compose remembered panels to one lettered figure; save it as PNG (300 dpi) and PDF.

        Parameters
        ----------
        name : str
            ``fig2`` for instance.
        layout, **options
            Handed on to `soaplens_lite.plots.compose.compose`.

        Returns
        -------
        figure : matplotlib.figure.Figure
            Closed, as in `panel`.
        """
        from soaplens_lite.plots.compose import compose

        _check_name(name)
        with mpl.rc_context({"svg.hashsalt": name}):
            figure = compose(self.draws, layout, **options)
            try:
                files = self._save(figure, name, (".png", ".pdf"), dpi=300)
            finally:
                plt.close(figure)
        figure.set_dpi(SCREEN)
        self._content["figures"][name] = files
        self._write()
        return figure

    def _save(self, figure, name, endings, dpi):
        """Save a figure in several formats; names of the files, relative to the folder."""
        paths = [self.folder / "figures" / f"{name}{ending}" for ending in endings]
        for path in paths:
            with disk.whole(path) as scratch:
                figure.savefig(scratch, dpi=dpi, metadata=stamps.figure_metadata(self.stamp(name), path.suffix))
            if path.suffix == ".svg" and path.stat().st_size > SVG_LIMIT:
                warnings.warn(
                    f"{path.name} has {path.stat().st_size / 1e6:.1f} MB: draw clouds of points with rasterized=True",
                    stacklevel=3,
                )
        return [path.relative_to(self.folder).as_posix() for path in paths]

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
        from soaplens_lite.export import write_movie

        _check_name(name)
        (self.folder / "movies").mkdir(exist_ok=True)
        kept, stills = set(np.linspace(0, n_pictures - 1, N_STILLS).round().astype(int).tolist()), []

        def watched(bar):
            for k, picture in enumerate(pictures):
                if k in kept:
                    stills.append(picture)
                yield picture
                bar.update()

        with progress_bar(name, total=n_pictures, unit="picture") as bar:
            path = write_movie(self.folder / "movies" / name, watched(bar))
        self._content["movies"][name] = [path.relative_to(self.folder).as_posix()]
        self._write()
        print(f"The movie is movies/{path.name} of this run: {n_pictures} pictures, {_size(path)}.")
        return stills

    def export(self, trajectory, columns, *, stride):
        """
        Save the trajectory with values of its atoms for other programs, in ``exports/<notebook>.xyz.gz``.

        Parameters
        ----------
        trajectory : xarray.Dataset
        columns : dict of str to xarray.DataArray
            See `soaplens_lite.export.write_states`.
        stride : int
            Every how many frames one is written; 0 for no file.

        Returns
        -------
        path : pathlib.Path or None
        """
        from soaplens_lite.export import write_states

        if not stride:
            print("export_stride = 0: nothing is exported.")
            return None
        name = self._content["notebook"]
        (self.folder / "exports").mkdir(exist_ok=True)
        path = write_states(self.folder / "exports" / f"{name}.xyz.gz", trajectory, columns, stride=stride)
        self._content["exports"][name] = [path.relative_to(self.folder).as_posix()]
        self._write()
        print(f"Every {stride}. frame is in exports/{path.name} of this run: {_size(path)}.")
        return path

    def labels(self, **arrays):
        """
        Save labelled arrays, per frame and atom for instance, in ``labels.nc``.

        Parameters
        ----------
        **arrays : xarray.DataArray
            On the same frames and atoms.

        Returns
        -------
        path : pathlib.Path

        Raises
        ------
        ValueError
            If their frames or atoms differ: cut them to what they share first.
        """
        try:
            named = [array.rename(name) for name, array in arrays.items()]
            data = xr.merge(named, join="exact", compat="no_conflicts", combine_attrs="override").copy()
        except (ValueError, xr.MergeError) as error:
            raise ValueError(f"labels of {', '.join(arrays)} are not on the same frames and atoms: {error}") from None
        data.attrs = {"provenance": stamps.as_text(self.stamp("labels"))}
        for variable in data.variables.values():
            variable.attrs = _attributes(variable.attrs)
        path = self.folder / "labels.nc"
        with disk.whole(path) as scratch:
            data.to_netcdf(scratch, engine="h5netcdf", encoding={name: {"zlib": True} for name in arrays})
        return path

    def finish(self):
        """
        Declare the record complete; the last call of a notebook.

        Without it a run does not count as complete, however well its cells went. Movies and tables that the notebook
        wrote to the folder itself are stamped now.
        """
        for path in sorted(self.folder.rglob("[!.]*")):
            if path.is_file() and path.name not in OF_THE_RUN and not path.name.endswith(stamps.SIDECAR):
                if stamps.read(path) is None:
                    stamps.write(path, self.stamp(path.name.split(".")[0]))
        self._content["complete"] = True
        self._write()
        print(f"{len(self._content['figures'])} figures and {len(self._content['numbers'])} numbers are recorded.")


def _size(path):
    """Size of a file in words."""
    return f"{path.stat().st_size / 1e6:.1f} MB"


def _check_name(name):
    """Names are file names and keys: refuse what would be neither."""
    if not re.fullmatch(r"[a-z0-9]+([._-][a-z0-9]+)*", name):
        raise ValueError(f"name {name!r}: must be lower-case letters and digits in words joined by _ - or .")


def _attributes(attrs):
    """Attributes as NetCDF can hold them: numbers, text and arrays as they are, truth values and the rest as text."""
    return {
        key: value if isinstance(value, Number | str | np.ndarray) and not isinstance(value, bool) else str(value)
        for key, value in attrs.items()
        if value is not None
    }
