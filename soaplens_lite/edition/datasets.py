"""
From a data set to its trajectory, whatever tier it is of and whatever format it has.

Notebooks open their data here and nowhere else, so that a study runs on a sample, on the paper's own files and on a
trajectory of the reader's alike.
"""

from soaplens_lite.hdf5 import read_hdf5
from soaplens_lite.integrity import check_even
from soaplens_lite.trajectory import read_trajectory

from . import DataError, own, registry


def find(name):
    """
    A data set by its id in the registry, or by the file that describes it.

    Parameters
    ----------
    name : str
        ``cu211-sample`` for instance, or the path of a TOML file, see `soaplens_lite.edition.own`.

    Returns
    -------
    data_set : soaplens_lite.edition.registry.DataSet
        Its files are here and verified.

    Raises
    ------
    DataError
        If there is none, or a file of it is missing or differs.
    """
    return own.load(name) if own.is_description(name) else registry.fetch(name)


def open_data_set(data_set, n_frames=0):
    """
    Read the trajectory of a data set.

    Parameters
    ----------
    data_set : soaplens_lite.edition.registry.DataSet
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
        If the trajectory cannot be read, or is not evenly spaced in time where its times come from the file.

    Examples
    --------
    >>> open_data_set(find("cu211-sample"), n_frames=2).sizes["atom"]
    1804
    """
    options = {"interval": data_set.interval, "periodic": data_set.periodic, "n_frames": n_frames}
    if data_set.tier == own.TIER:
        options |= {"cell": data_set.cell, "elements": data_set.elements}
    try:
        if data_set.topology is None:
            return read_hdf5(data_set.trajectory, name=data_set.group, **options)
        if data_set.tier == own.TIER and "interval" not in data_set.stated:
            trajectory = read_trajectory(data_set.topology, data_set.trajectory, **options | {"interval": None})
            check_even(trajectory.time.values, trajectory.source)
        return read_trajectory(data_set.topology, data_set.trajectory, **options)
    except (OSError, ValueError) as error:
        raise DataError(f"{data_set.id}: {error}") from None


def published_title(data_set):
    """
    What to call published numbers where they stand beside numbers measured on a data set.

    Parameters
    ----------
    data_set : soaplens_lite.edition.registry.DataSet

    Returns
    -------
    text : str

    Examples
    --------
    >>> published_title(registry.data_sets()["cu211-sample"])
    'published (another trajectory: 600 K, 0.3 ns)'
    >>> published_title(registry.data_sets()["cu211-paper"])
    'published'
    """
    if data_set.tier == "paper":
        return "published"
    for other in registry.data_sets().values():
        if (other.study, other.tier) == (data_set.study, "paper"):
            return f"published (another trajectory: {other.temperature:g} K, {other.interval:g} ns)"
    return "published (another trajectory)"


def convert(source, target, **options):
    """
    Write a trajectory in another format, see `soaplens_lite.convert.convert`.

    Parameters
    ----------
    source, target : path
    **options

    Returns
    -------
    paths : list of pathlib.Path

    Raises
    ------
    DataError
        If that cannot be done; nothing has been written then.
    """
    from soaplens_lite import convert  # takes a second, which runs have no use for

    try:
        return convert.convert(source, target, **options)
    except (OSError, ValueError) as error:
        raise DataError(str(error)) from None


def introduce(data_set):
    """
    What a reader has to know of the data before looking at results.

    Parameters
    ----------
    data_set : soaplens_lite.edition.registry.DataSet

    Returns
    -------
    text : str
        Markdown.
    """
    if data_set.tier == own.TIER:
        return (
            f"**These are your data**: {data_set.title}. {data_set.n_frames} frames every {data_set.interval:g} ns, "
            f"{data_set.n_centers} of {data_set.n_atoms} atoms analyzed (`{data_set.centers}`). What the text says of "
            "the bundled simulation, of its system and of what is seen in it, is not said of them, and the published "
            "numbers beside yours are those of the paper's system."
        )
    if data_set.tier == "paper":
        remarks = "".join(f"\n- {remark}" for remark in (*data_set.differs_from_paper, *data_set.remarks))
        return (
            f"**These are the paper's own data**: {data_set.title}. What the text says of the bundled simulation is "
            f"not said of them.\n{remarks}"
        )
    return "In what these data are not the paper's:\n\n- " + "\n- ".join(data_set.differs_from_paper)
