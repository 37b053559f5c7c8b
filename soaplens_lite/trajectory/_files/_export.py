"""Files for other programs: trajectories with states, for OVITO, VMD and ASE."""

import gzip
import io
import re
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pandas as pd
import xarray as xr
from ase import Atoms
from ase.io.extxyz import write_extxyz


def flag_states(labels: xr.DataArray, table: pd.DataFrame) -> xr.DataArray:
    """
    Write the names of the states into the attributes of their labels, for files that other programs read.

    Parameters
    ----------
    labels : xarray.DataArray of int, any shape
        States 0 .. k-1; -1 for none.
    table : pandas.DataFrame, index state, k rows
        With a column ``name``.

    Returns
    -------
    labels : xarray.DataArray of int
        A copy with the attributes ``state_names`` (for people) and ``flag_values`` and ``flag_meanings`` (the CF
        conventions, for programs: one word for each value).

    Examples
    --------
    >>> import pandas as pd, xarray as xr
    >>> labels = flag_states(xr.DataArray([1, 0]), pd.DataFrame({"name": ["bulk", "mobile vertex"]}))
    >>> labels.state_names, labels.flag_meanings, labels.flag_values.tolist()
    ('0=bulk, 1=mobile vertex', 'bulk mobile_vertex', [0, 1])
    """
    names = table["name"].items()
    return labels.assign_attrs(
        state_names=", ".join(f"{state}={name}" for state, name in names),
        flag_values=np.asarray(table.index, dtype=labels.dtype),
        flag_meanings=" ".join(re.sub(r"[^\w.+@-]+", "_", name) for name in table["name"]),
    )


def study_columns(
    lens: xr.DataArray,
    joint: xr.DataArray | None = None,
    lens_class: xr.DataArray | None = None,
    scores: xr.DataArray | None = None,
    *,
    n_components: int = 3,
    **states: xr.DataArray,
) -> dict[str, xr.DataArray]:
    """
    Columns that a study exports for every atom, under their names in the file.

    Parameters
    ----------
    lens : xarray.DataArray, dims (frame, atom), in [0, 1]
    joint, lens_class : xarray.DataArray, dims (frame, atom), int, optional
        States of SOAP&LENS, and classes of LENS alone, both with names by `flag_states`; None if there are none.
    scores : xarray.DataArray, dims (frame, atom, component), optional
        Principal components of SOAP&LENS.
    n_components : int
        Largest number of components in the file.
    **states : xarray.DataArray, dims (frame, atom), int
        States of other descriptors, for instance ``soap=`` those of SOAP alone.

    Returns
    -------
    columns : dict of str to xarray.DataArray, dims (frame, atom)
        ``state``, ``state_NAME`` for each of `states`, ``lens_class``, ``lens``, ``pc1``, ``pc2``, ...

    Examples
    --------
    >>> import xarray as xr
    >>> labels = xr.DataArray([[0]], dims=("frame", "atom"), coords={"frame": [0], "atom": [7]})
    >>> scores = xr.DataArray([[[0.1, 0.2]]], dims=("frame", "atom", "component"))
    >>> list(study_columns(0.5 * labels, labels, labels, scores, soap=labels)), list(study_columns(0.5 * labels))
    (['state', 'state_soap', 'lens_class', 'lens', 'pc1', 'pc2'], ['lens'])
    """
    columns = {"state": joint, **{f"state_{name}": labels for name, labels in states.items()}}
    columns |= {"lens_class": lens_class, "lens": lens}
    if scores is not None:
        first = range(min(n_components, scores.sizes["component"]))
        columns |= {f"pc{k + 1}": scores.isel(component=k).assign_attrs(units="1") for k in first}
    return {name: values for name, values in columns.items() if values is not None}


def write_states(
    path: str | Path, trajectory: xr.Dataset, values: dict[str, xr.DataArray], *, stride: int = 5, provenance: str = ""
) -> Path:
    """
    Write the analyzed atoms and values of each atom as compressed extended XYZ.

    OVITO opens the compressed file, VMD the unpacked one. The comment line of every frame holds the names of the
    columns, the cell, the time, the label of the frame, the units and the names of the states; the column ``id`` is the
    label of the atom. Positions have three decimals and other numbers five, which keeps the file small.

    Parameters
    ----------
    path : path
        Ends in ``.xyz.gz``.
    trajectory : xarray.Dataset
        See `make_trajectory`; aligned with `align` if the particle rotates.
    values : dict of str to xarray.DataArray, each with dims (frame, atom)
        Integers or numbers on the same frames and atoms, for instance states, LENS and principal components. The key
        is the name of the column, the attribute ``units`` its unit ("1" for plain numbers), and the attribute
        ``state_names`` the names of its states, see `flag_states`.
    stride : int
        1 writes every frame, 5 every fifth.
    provenance : str
        What made the values; stands in the comment line of the first frame, without quotes and backslashes (they are
        percent-encoded), as readers of the format disagree about them.

    Returns
    -------
    path : pathlib.Path
        The file, which appears under its name when it is complete.

    Raises
    ------
    ValueError
        If `stride` is not positive or the values are on different frames or atoms.
    """
    path = Path(path)
    if stride < 1:
        raise ValueError(f"stride = {stride} frames: must be at least 1")
    first = next(iter(values.values()))
    for name, array in values.items():
        if not all(np.array_equal(array[dim].values, first[dim].values) for dim in ("frame", "atom")):
            raise ValueError(
                f"{name!r} is not on the frames and atoms of the other values: select the same ones with .sel()"
            )
    about = _about(trajectory, values)
    scratch = path.with_name(path.name + ".new")
    # Without a name and a date in its header, the same data give the same file.
    with open(scratch, "wb") as raw, gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as packed:
        with io.TextIOWrapper(packed, encoding="utf-8") as text:
            for frame in first.frame.values[::stride]:
                atoms = _atoms_of_frame(trajectory, values, first.atom.values, frame)
                atoms.info |= {"time": float(trajectory.time.sel(frame=frame)), "frame": int(frame), **about}
                if provenance:
                    atoms.info["provenance"], provenance = quote(provenance, safe=":,"), ""  # once is enough
                write_extxyz(text, atoms)
    scratch.replace(path)
    return path


def _about(trajectory, values):
    """Part of the comment line that is the same in all frames: units and names of states."""
    given = {name: array.units for name, array in values.items() if "units" in array.attrs}
    own = {"pos": trajectory.positions.attrs, "time": trajectory.time.attrs}
    units = {"pos": "Angstrom", "time": "ns"} | {key: attrs["units"] for key, attrs in own.items() if attrs} | given
    names = {f"{key}_names": array.state_names for key, array in values.items() if "state_names" in array.attrs}
    return {"units": ", ".join(f"{name} in {unit}" for name, unit in units.items()), **names}


def _atoms_of_frame(trajectory, values, members, frame):
    """One frame with its values, as an ASE object."""
    now = trajectory.sel(frame=frame, atom=members)
    atoms = Atoms(numbers=np.zeros(len(members)), positions=now.positions.values.astype(float).round(3))
    atoms.new_array("symbols", now.species.values)  # as ASE writes them; names of beads, too
    if trajectory.periodic:
        atoms.set_cell(now.cell.values)
        atoms.set_pbc(now.pbc.values)
    atoms.new_array("id", np.asarray(members, dtype=int))
    for name, array in values.items():
        atoms.new_array(name, array.sel(frame=frame).values.round(5))
    return atoms
