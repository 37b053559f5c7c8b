"""What data there are, in words: how large, under which licence, whether here and intact."""

from typing import NamedTuple

from .registry import accepted, data_sets, verify_file
from .sources import data_folder, local_folder, look
from .transfer import in_bytes


class Status(NamedTuple):
    """Whether a data set is here; `state` is "intact", "not here" or "damaged", `faults` say what is wrong."""

    state: str
    size: int | None
    faults: list


def status(data_set):
    """
    Whether the files of a data set are here and are what they must be; no server is asked.

    Parameters
    ----------
    data_set : registry.Sample or registry.Published

    Returns
    -------
    status : Status
    """
    if data_set.tier == "sample":
        faults = [fault for fault in map(verify_file, data_set.files) if fault]
        return Status("damaged" if faults else "intact", sum(file.size for file in data_set.files), faults)
    file = data_set.trajectory_file
    found, faults = look({file.published: accepted(file)})
    if found:
        return Status("intact", found[file.published].path.stat().st_size, [])
    return Status("damaged" if faults else "not here", file.size, faults)


def table(*, folder=None):
    """
    All data sets, one line each.

    Parameters
    ----------
    folder : path, optional
        Of the registry.

    Returns
    -------
    text : str
    """
    rows = [("id", "tier", "size", "state", "licence")]
    for data_set in data_sets(folder=folder).values():
        state, size, _ = status(data_set)
        rows.append((data_set.id, data_set.tier, in_bytes(size), state, data_set.licence))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


def describe(data_set):
    """
    Everything that is known of one data set.

    Parameters
    ----------
    data_set : registry.Sample or registry.Published

    Returns
    -------
    text : str
    """
    state, size, faults = status(data_set)
    atoms = f"{data_set.n_atoms} atoms" if data_set.n_atoms else "as many atoms as the file has"
    frames = f"{data_set.n_frames} frames" if data_set.n_frames else "as many frames as the file has,"
    rows = [
        ("title", data_set.title),
        ("study", data_set.study),
        ("tier", data_set.tier),
        ("frames", f"{frames} every {data_set.interval:g} ns"),
        ("atoms", f"{atoms} ({', '.join(data_set.species)}), {data_set.n_centers} analyzed: {data_set.centers}"),
        ("cell", "periodic" if data_set.periodic else "none"),
        ("temperature", f"{data_set.temperature:g} K"),
        ("licence", data_set.licence),
        ("source", data_set.source),
        *(("differs", text) for text in data_set.differs_from_paper),
        *(("remark", text) for text in getattr(data_set, "remarks", ())),
        *(("file", _where(data_set, file)) for file in data_set.files),
        ("size", in_bytes(size)),
        ("state", state),
        *(("fault", fault) for fault in faults),
    ]
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"{name:<{width}}  {text}" for name, text in [("id", data_set.id), *rows])


def _where(data_set, file):
    """Where a file is, or would be."""
    if data_set.tier == "sample":
        return str(file.path)
    found, _ = look({file.published: accepted(file)})
    places = [folder for folder in (local_folder(), data_folder()) if folder]
    return str(found[file.published].path if found else f"{file.path.name}, sought in {', '.join(map(str, places))}")


def report(chosen, *, wanted=True):
    """
    Whether data sets are here and intact, for a command that ends with an exit code.

    Parameters
    ----------
    chosen : iterable of registry.Sample or registry.Published
    wanted : bool
        Whether files are at fault that were not fetched yet.

    Returns
    -------
    text : str
        One line for each, with its faults below.
    all_intact : bool
    """
    lines, all_intact = [], True
    for data_set in chosen:
        state, _, faults = status(data_set)
        all_intact &= state == "intact" or (state == "not here" and not wanted)
        lines += [f"{data_set.id}: {state}", *(f"  {fault}" for fault in faults)]
    return "\n".join(lines), all_intact
