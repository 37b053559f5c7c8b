"""
Find a data set, read its trajectory, and tell about it.

Notebooks read their data here and nowhere else, so that a study runs on a sample, on the paper's own files and on a
trajectory of the reader's.
"""

import warnings
from os import PathLike

import pandas as pd

from soaplens_lite.study import DataError, bundled, suggest
from soaplens_lite.study.settings import settings
from soaplens_lite.trajectory._files import _convert
from soaplens_lite.trajectory._files._frame import check_even
from soaplens_lite.trajectory._files._hdf5 import read_hdf5
from soaplens_lite.trajectory._read import read_trajectory

from ._download import in_bytes
from ._fetch import fetch, look, verify_file
from ._own import describe
from ._registry import OWN_TIER, data_sets, read_toml
from ._statement import HOW_TO_STATE, is_description, read_statement


def find(name):
    """
    A data set by its id in the registry, or by the TOML file that describes it.

    Parameters
    ----------
    name : str
        ``cu211-sample`` for instance, or the path of a TOML file, see `read_statement`.

    Returns
    -------
    data_set : DataSet
        Its files are here and verified.

    Raises
    ------
    DataError
        If there is none, or a file of it is missing or differs.
    """
    return describe(read_statement(name)) if is_description(name) else fetch(name)


def open_data_set(data_set, n_frames=0):
    """
    Read the trajectory of a data set.

    Parameters
    ----------
    data_set : DataSet
        As `find` gives it.
    n_frames : int
        Only so many frames from the start; 0 reads all.

    Returns
    -------
    trajectory : xarray.Dataset
        See `soaplens_lite.trajectory.make_trajectory`. Positions are as they are stored.

    Raises
    ------
    DataError
        If the trajectory cannot be read, or its times come from the file and are not even.

    Examples
    --------
    >>> open_data_set(find("cu211-sample"), n_frames=2).sizes["atom"]
    1804
    """
    if data_set.tier == OWN_TIER and n_frames == 1:
        return data_set.first  # it was read when the data were described
    try:
        with warnings.catch_warnings():
            if data_set.tier == OWN_TIER:  # What is doubtful was confirmed when the data were described.
                warnings.filterwarnings("ignore", message=".*state it, by elements")
            trajectory = _read(data_set, n_frames)
    except (OSError, ValueError) as error:
        raise DataError(f"{data_set.id}: {error}") from None
    if data_set.tier == OWN_TIER:
        trajectory = trajectory.assign(species=data_set.first.species).assign_attrs(data_set.first.attrs)
    return trajectory


def _read(data_set, n_frames):
    """The trajectory in its files."""
    options, paths = {"interval": data_set.interval, "periodic": data_set.periodic, "n_frames": n_frames}, None
    if is_own := data_set.tier == OWN_TIER:
        options |= {name: getattr(data_set, name) for name in ("cell", "start", "stop", "stride")}
        options, paths = options | {"interval": data_set.file_interval}, data_set.parts
    if data_set.topology is None:
        return read_hdf5(data_set.trajectory, name=data_set.group, **options)
    options |= {"confirmed": None}  # no look: data of the registry are known, the user's were looked at when described
    paths = paths or data_set.trajectory
    if not is_own or {"interval"} & {*data_set.stated, *data_set.confirmed}:
        return read_trajectory(data_set.topology, paths, **options)
    trajectory = read_trajectory(data_set.topology, paths, **options | {"interval": None})
    check_even(trajectory.time.values, trajectory.source)
    numbers = data_set.start + data_set.stride * trajectory.frame.values
    return trajectory.assign_coords(time=trajectory.time.copy(data=numbers * data_set.file_interval))


def published(study):
    """
    Numbers that the authors published about a study, to compare with measured ones.

    They come from the paper's trajectories. Numbers measured on other trajectories neither confirm nor refute them.

    Parameters
    ----------
    study : str
        ``cu211``, ``au309``, ``icewater`` or ``cost``.

    Returns
    -------
    numbers : dict
        As in ``data_registry/published.toml``; percentages.

    Raises
    ------
    DataError
        If the study is not known.

    Examples
    --------
    >>> published("cu211")["text"]["edge_to_fast"]
    0.1
    """
    numbers = read_toml(bundled("data_registry") / "published.toml")
    if study not in numbers:
        raise DataError(f"study = {study!r}: nothing published is known about it; {suggest(study, numbers)}")
    return numbers[study]


def published_title(data_set):
    """
    Title of published numbers that stand beside numbers measured on a data set.

    Parameters
    ----------
    data_set : DataSet

    Returns
    -------
    text : str

    Examples
    --------
    >>> published_title(data_sets()["cu211-sample"])
    'published (another trajectory: 600 K, 0.3 ns)'
    >>> published_title(data_sets()["icewater-authors"])
    'published (not known to be this trajectory)'
    >>> published_title(data_sets()["cu211-paper"])
    'published'
    """
    if data_set.tier == "paper":
        return "published"
    if data_set.tier == "authors":
        return "published (not known to be this trajectory)"
    for other in data_sets().values():
        if (other.study, other.tier) == (data_set.study, "paper"):
            return f"published (another trajectory: {other.temperature:g} K, {other.interval:g} ns)"
    return "published (another trajectory)"


def convert(source, target, *, selection=None, n_frames=0, name=None, **stated):
    """
    Write a trajectory in another format, see `soaplens_lite.trajectory.convert`.

    Parameters
    ----------
    source : path or sequence of path
        Parts of a trajectory, or one TOML file that describes it, see `read_statement`.
    target : path
    selection : str, optional
        Atoms to write. Default: all.
    n_frames : int
        Only so many of the chosen frames; 0 for all.
    name : str, optional
        Of the trajectory in an HDF5 target.
    **stated
        As for `read_statement`.

    Returns
    -------
    paths : list of pathlib.Path

    Raises
    ------
    DataError
        If that is not possible. Nothing has been written then.
    """
    sources = [source] if isinstance(source, str | PathLike) else list(source)
    described = sources[0] if len(sources) == 1 and is_description(sources[0]) else None
    statement = read_statement(described, **({} if described else {"trajectory": sources}), **stated)
    taken = ("group", "interval", "periodic", "cell", "elements", "beads", "start", "stop", "stride", "confirmed")
    options = {key: getattr(statement, key) for key in taken}
    options |= {"topology": statement.topology and statement.topology.path, "length_unit": statement.length_unit or 1.0}
    options |= {"selection": selection or "all", "n_frames": n_frames, "name": name}
    try:
        with warnings.catch_warnings(record=True, action="always") as told:
            paths = _convert.convert(statement.parts, target, **options)
    except (OSError, ValueError) as error:
        raise DataError(str(error)) from None
    for warning in told:
        text = str(warning.message).replace("by elements = {name: symbol}", HOW_TO_STATE["elements"])
        warnings.warn(text, warning.category, stacklevel=2)
    return paths


def introduce(data_set):
    """
    What a reader has to know about the data before looking at results.

    Parameters
    ----------
    data_set : DataSet

    Returns
    -------
    text : str
        Markdown.
    """
    if data_set.tier == OWN_TIER:
        return (
            f"**These are your data**: {data_set.title}. {data_set.n_frames} frames every {data_set.interval:g} ns, "
            f"{data_set.n_centers} of {data_set.n_atoms} atoms analyzed (`{data_set.centers}`). The text describes the "
            "bundled simulation and not yours. The published numbers beside yours are those of the paper's system."
        )
    if data_set.tier == "paper":
        remarks = "".join(f"\n- {remark}" for remark in (*data_set.differs_from_paper, *data_set.remarks))
        return (
            f"**These are the paper's own data**: {data_set.title}. The text describes the bundled simulation, "
            f"which is another one.\n{remarks}"
        )
    differs = "How these data differ from the paper's:\n\n- " + "\n- ".join(data_set.differs_from_paper)
    if data_set.tier == "authors":
        known = "".join(f"\n- {remark}" for remark in data_set.remarks)
        return (
            f"**These data were published by the paper's group**: {data_set.title} ({data_set.terms}). The text "
            f"describes the bundled simulation, which is another one.\n\n{differs}\n\nWhat is known of them:\n{known}"
        )
    return differs


def status(data_set):
    """
    Whether the files of a data set are here and verified. No server is asked.

    Parameters
    ----------
    data_set : DataSet
        Of the registry.

    Returns
    -------
    state : {"intact", "not here", "damaged"}
    size : int or None
        In bytes.
    faults : list of str
    """
    sizes = [file.size for file in data_set.files]
    if data_set.trajectory_file.published is None:
        faults = [fault for fault in map(verify_file, data_set.files) if fault]
        return "damaged" if faults else "intact", sum(sizes), faults
    found, faults = look({file.published: file.git_blob for file in data_set.files})
    if len(found) == len(data_set.files):
        return "intact", sum(path.stat().st_size for path in found.values()), []
    return "damaged" if faults else "not here", None if None in sizes else sum(sizes), faults


def list_table(*, folder=None):
    """
    All data sets of the registry: tier, size, state and licence.

    Parameters
    ----------
    folder : path, optional
        Of the registry.

    Returns
    -------
    table : pandas.DataFrame
        Index: ids.
    """
    rows = {}
    for data_set in data_sets(folder=folder).values():
        state, size, _ = status(data_set)
        rows[data_set.id] = (data_set.tier, in_bytes(size), state, data_set.terms)
    return pd.DataFrame.from_dict(rows, orient="index", columns=["tier", "size", "state", "licence"])


def details(data_set):
    """
    Everything that is known about a data set of the registry.

    Parameters
    ----------
    data_set : DataSet

    Returns
    -------
    text : str
        One line each.
    """
    state, size, faults = status(data_set)
    atoms = f"{data_set.n_atoms} atoms" if data_set.n_atoms else "as many atoms as the file has"
    frames = f"{data_set.n_frames} frames" if data_set.n_frames else "as many frames as the file has,"
    rows = [
        ("id", data_set.id),
        ("title", data_set.title),
        ("study", data_set.study),
        ("tier", data_set.tier),
        ("frames", f"{frames} every {data_set.interval:g} ns"),
        ("atoms", f"{atoms} ({', '.join(data_set.species)}), {data_set.n_centers} analyzed: {data_set.centers}"),
        ("cell", "periodic" if data_set.periodic else "none"),
        ("temperature", f"{data_set.temperature:g} K"),
        ("licence", data_set.terms),
        ("source", data_set.source),
        *(("differs", text) for text in data_set.differs_from_paper),
        *(("remark", text) for text in data_set.remarks),
        *(("file", _where(file)) for file in data_set.files),
        ("size", in_bytes(size)),
        ("state", state),
        *(("fault", fault) for fault in faults),
    ]
    return "\n".join(f"{name:<11}  {text}" for name, text in rows)


def verify(chosen, *, must_be_here=True):
    """
    Whether data sets are here and intact, for a command with an exit code.

    Parameters
    ----------
    chosen : iterable of DataSet
    must_be_here : bool
        Whether it is a fault that files were not fetched yet.

    Returns
    -------
    text : str
        One line for each, with its faults below.
    all_intact : bool
    """
    lines, all_intact = [], True
    for data_set in chosen:
        state, _, faults = status(data_set)
        all_intact &= state == "intact" or (state == "not here" and not must_be_here)
        lines += [f"{data_set.id}: {state}", *(f"  {fault}" for fault in faults)]
    return "\n".join(lines), all_intact


def _where(file):
    """Where a file is, or where it was looked for."""
    if file.published is None:
        return str(file.path)
    found, _ = look({file.published: file.git_blob})
    places = [str(folder) for folder in (settings().data, settings().data_folder) if folder]
    return str(found.get(file.published) or f"{file.path.name}, looked for in {', '.join(places)}")
