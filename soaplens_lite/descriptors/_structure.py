"""Simple measures of structure, by which states are ordered and named."""

import numpy as np
import xarray as xr
from MDAnalysis.lib.distances import minimize_vectors, self_capped_distance
from numpy.typing import ArrayLike
from scipy.ndimage import gaussian_filter1d

from soaplens_lite._arguments import check_count, check_positive
from soaplens_lite.descriptors._neighbors import frame_sets, search_method, set_sizes
from soaplens_lite.trajectory._cell import boxed_frames, cell_heights, check_cutoff, periodic_heights
from soaplens_lite.trajectory._select import check_atoms


def radial_distribution(
    trajectory: xr.Dataset, *, r_max: float = 6.0, width: float = 0.05, n_frames: int = 20
) -> xr.DataArray:
    """
    Radial distribution function g(r) over all pairs of atoms, from frames spread evenly over the trajectory.

    g(r) is scaled as if the atoms filled the cell, or the bounding box without a cell. For a slab or a particle this
    changes the height of g(r), not the positions of its maxima and minima.

    Parameters
    ----------
    trajectory : xarray.Dataset
        See `soaplens_lite.trajectory.make_trajectory`.
    r_max : float
        In Angstrom; a periodic cell limits it to half its shortest height. Incomplete bins at the end are left out.
    width : float
        Width of a bin in Angstrom.
    n_frames : int
        Number of frames that are used.

    Returns
    -------
    g : xarray.DataArray, dims (r,)
        Without unit; ``r`` are the centers of the bins in Angstrom.

    Raises
    ------
    ValueError
        If `r_max` or `width` is not positive, `n_frames` is not a whole number above 0, or no bin fits.

    Examples
    --------
    >>> from soaplens_lite.trajectory import make_trajectory
    >>> pair = make_trajectory([[[0, 0, 0], [0, 0, 2.52]]], ["Cu", "Cu"], cell=[20, 20, 20, 90, 90, 90])
    >>> round(float(radial_distribution(pair).idxmax()), 3)
    2.525
    """
    check_positive(r_max=r_max, width=width)
    check_count(n_frames=n_frames)
    chosen = np.unique(np.linspace(0, trajectory.sizes["frame"] - 1, n_frames).astype(int))
    used = trajectory.isel(frame=chosen)
    if used.periodic:
        # A little less than half, as MDAnalysis rounds the cell to float32 and refuses what is above its half.
        r_max = min(r_max, periodic_heights(used).min() / 2 * (1 - 1e-6))
    # Of a bin that ends beyond r_max the pairs are counted in part; a thousandth of a bin is rounding.
    edges = np.arange(int(r_max / width + 1e-3) + 1) * width
    if len(edges) < 2:
        raise ValueError(f"width = {width:g} Angstrom: must be at most r_max, which is {r_max:.4g} Angstrom here")
    counts = np.zeros(len(edges) - 1)
    for positions, box in boxed_frames(used, r_max):
        _, distances = self_capped_distance(positions, r_max, box=box, method=search_method(box))
        counts += np.histogram(distances, edges)[0]
    n_atoms, volume = used.sizes["atom"], _volume(used)
    shells = 4 / 3 * np.pi * np.diff(edges**3)
    ideal = len(chosen) * n_atoms * (n_atoms - 1) / 2 * shells / volume
    return xr.DataArray(
        counts / ideal,
        dims="r",
        coords={"r": ("r", (edges[1:] + edges[:-1]) / 2, {"units": "Angstrom"} | trajectory.positions.attrs)},
        name="g(r)",
    )


def first_minimum(g: xr.DataArray) -> float:
    """
    Distance that separates the first shell of neighbors from the second: the first minimum of g(r).

    Parameters
    ----------
    g : xarray.DataArray, dims (r,)
        As returned by `radial_distribution`.

    Returns
    -------
    r : float
        In Angstrom: the first minimum of the smoothed function after its first maximum.

    Raises
    ------
    ValueError
        If there is no minimum.

    Examples
    --------
    >>> r = np.arange(0, 6, 0.05)
    >>> shells = np.exp(-((r - 2.5) ** 2) / 0.05) + np.exp(-((r - 3.6) ** 2) / 0.05)
    >>> round(first_minimum(xr.DataArray(shells, dims="r", coords={"r": r})), 2)
    3.05
    """
    smooth = gaussian_filter1d(g.values, 1.5)
    rising = np.diff(smooth) > 0
    turns_down = np.flatnonzero(rising[:-1] & ~rising[1:]) + 1
    turns_up = np.flatnonzero(~rising[:-1] & rising[1:]) + 1
    peaks = turns_down[smooth[turns_down] > 0.2 * smooth.max()]
    after = turns_up[turns_up > peaks[0]] if len(peaks) else []
    if len(after) == 0:
        raise ValueError(
            f"g(r) has no minimum after its first maximum up to {float(g.r[-1]):.2f} Angstrom: there are no shells of "
            "neighbors, or they lie at larger distances"
        )
    return float(g.r[after[0]])


def coordination_numbers(trajectory: xr.Dataset, centers: ArrayLike, cutoff: float) -> xr.DataArray:
    """
    Number of neighbors of every center. All atoms of the trajectory count as neighbors.

    Memory does not depend on the number of frames, apart from the result.

    Parameters
    ----------
    trajectory : xarray.Dataset
        See `soaplens_lite.trajectory.make_trajectory`.
    centers : array_like of int, shape (n_centers,)
        Labels of the atoms.
    cutoff : float
        In Angstrom, for instance the `first_minimum` of g(r).

    Returns
    -------
    coordination : xarray.DataArray, dims (frame, atom), shape (n_frames, n_centers), int

    Raises
    ------
    ValueError
        If `cutoff` or `centers` cannot be used.

    Examples
    --------
    >>> from soaplens_lite.trajectory import make_trajectory
    >>> row = make_trajectory([[[0, 0, 0], [1, 0, 0], [2, 0, 0]]], ["Cu"] * 3)
    >>> coordination_numbers(row, [0, 1], 1.5).values.tolist()
    [[1, 2]]
    """
    check_cutoff(trajectory, cutoff)
    centers = check_atoms(trajectory, centers, name="centers")
    frames = frame_sets(trajectory, cutoff, centers, trajectory.atom.values)
    return xr.DataArray(
        np.array([set_sizes(sets, mutual=False) for sets in frames], dtype=np.int64),
        dims=("frame", "atom"),
        coords={"frame": trajectory.frame, "time": trajectory.time, "atom": centers},
        name="coordination number",
        attrs={"cutoff": float(cutoff)},
    )


def heights(trajectory: xr.Dataset, centers: ArrayLike) -> xr.DataArray:
    """
    Heights of the centers relative to the middle of the slab: z minus the mean z of all atoms of the frame.

    Parameters
    ----------
    trajectory : xarray.Dataset
        Of a slab with its normal along z, in one piece along z.
    centers : array_like of int, shape (n_centers,)

    Returns
    -------
    height : xarray.DataArray, dims (frame, atom)
        In Angstrom.
    """
    z = trajectory.positions.sel(xyz="z", drop=True)
    return (z.sel(atom=centers) - z.mean("atom")).rename("height").assign_attrs(units="Angstrom")


def tetrahedral_order(trajectory: xr.Dataset, oxygens: ArrayLike, *, reach: float = 6.0) -> xr.DataArray:
    r"""
    Tetrahedral order q of every oxygen, from its four nearest oxygens.

    .. math:: q_i = 1 - \frac{3}{8} \sum_{j < k} \left(\cos \psi_{jik} + \frac{1}{3}\right)^2

    The sum is over the six pairs of the four nearest neighbors. q is 1 for a perfect tetrahedron, close to 1 in ice,
    and 0 on average for neighbors in random directions. It is independent of SOAP and LENS and can check their results.

    Parameters
    ----------
    trajectory : xarray.Dataset
        See `soaplens_lite.trajectory.make_trajectory`.
    oxygens : array_like of int
        Labels of the atoms that count.
    reach : float
        Radius of the neighbor search in Angstrom; a periodic cell limits it to half its shortest height.

    Returns
    -------
    order : xarray.DataArray, dims (frame, atom)
        From -3 to 1; NaN where there are fewer than four neighbors within reach.

    References
    ----------
    Errington and Debenedetti, Nature 409, 318 (2001).

    Examples
    --------
    >>> from soaplens_lite.trajectory import make_trajectory
    >>> corners = [[0, 0, 0], [1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]
    >>> order = tetrahedral_order(make_trajectory([corners], ["O"] * 5), [0, 1, 2, 3, 4])
    >>> round(order.values[0, 0].item(), 6)
    1.0
    """
    chosen = trajectory.sel(atom=oxygens)
    if trajectory.periodic:
        reach = min(reach, periodic_heights(chosen).min() / 2 * (1 - 1e-6))
    order = [_order_of_frame(positions, box, reach) for positions, box in boxed_frames(chosen, reach)]
    return xr.DataArray(
        np.array(order),
        dims=("frame", "atom"),
        coords={"frame": chosen.frame, "time": chosen.time, "atom": chosen.atom},
        name="tetrahedral order",
    )


def _order_of_frame(positions, cell, reach):
    """Tetrahedral order of all atoms in one frame, shape (n_atoms,)."""
    pairs, distances = self_capped_distance(positions, reach, box=cell, method=search_method(cell))
    center, neighbor = np.concatenate([pairs, pairs[:, ::-1]]).T
    nearest_first = np.lexsort((np.tile(distances, 2), center))
    center, neighbor = center[nearest_first], neighbor[nearest_first]
    number = np.bincount(center, minlength=len(positions))
    enough = np.flatnonzero(number >= 4)
    first = (np.cumsum(number) - number)[enough]
    four = neighbor[first[:, None] + np.arange(4)]
    vectors = positions[four] - positions[enough, None]
    if cell is not None:
        vectors = minimize_vectors(vectors.reshape(-1, 3), cell).reshape(-1, 4, 3)
    vectors = vectors / np.linalg.norm(vectors, axis=2, keepdims=True)
    low, high = np.triu_indices(4, k=1)
    cosines = np.einsum("apx,apx->ap", vectors[:, low], vectors[:, high])
    order = np.full(len(positions), np.nan)
    order[enough] = 1 - 3 / 8 * np.sum((cosines + 1 / 3) ** 2, axis=1)
    return order


def slab_middle(trajectory: xr.Dataset, centers: ArrayLike, order: xr.DataArray) -> xr.DataArray:
    r"""
    Middle of an ordered slab that shares a periodic cell with a less ordered phase.

    A plain mean is not defined along a periodic axis. The circular mean is: the middle is the direction of
    :math:`\sum_i (q_i - \bar q)\, e^{2 \pi i z_i / L}`.

    Parameters
    ----------
    trajectory : xarray.Dataset
        Periodic, the interfaces normal to z.
    centers : array_like of int
        Labels.
    order : xarray.DataArray, dims (frame, atom)
        Order of these atoms, high within the slab, for instance `tetrahedral_order`. NaN does not count.

    Returns
    -------
    middle : xarray.DataArray, dims (frame)
        z in Angstrom, in every frame.

    Raises
    ------
    ValueError
        If the system is not periodic.
    """
    if not trajectory.periodic:
        raise ValueError(
            f"{trajectory.source}: is not periodic; the middle of a slab is defined along z of a periodic cell"
        )
    z = trajectory.positions.sel(xyz="z", drop=True).sel(atom=centers, frame=order.frame)
    length = _heights_along_z(trajectory).sel(frame=order.frame)
    weight = (order - order.mean("atom")).fillna(0)
    angle = 2 * np.pi * z / length
    middle = np.arctan2((weight * np.sin(angle)).sum("atom"), (weight * np.cos(angle)).sum("atom"))
    return (middle * length / (2 * np.pi) % length).rename("middle of the slab").assign_attrs(units="Angstrom")


def distance_from_middle(trajectory: xr.Dataset, centers: ArrayLike, middle: xr.DataArray) -> xr.DataArray:
    """
    Signed distance along z from a moving plane to the nearest image of every center.

    Parameters
    ----------
    trajectory : xarray.Dataset
        Periodic.
    centers : array_like of int
        Labels.
    middle : xarray.DataArray, dims (frame)
        z of the plane, as returned by `slab_middle`.

    Returns
    -------
    distance : xarray.DataArray, dims (frame, atom)
        In Angstrom, from minus half to half of the height of the cell.

    Examples
    --------
    >>> from soaplens_lite.trajectory import make_trajectory
    >>> pair = make_trajectory([[[0, 0, 1], [0, 0, 9]]], ["O", "O"], cell=[10, 10, 10, 90, 90, 90])
    >>> distance_from_middle(pair, [0, 1], xr.DataArray([0.0], dims="frame", coords={"frame": [0]})).values.tolist()
    [[1.0, -1.0]]
    """
    z = trajectory.positions.sel(xyz="z", drop=True).sel(atom=centers, frame=middle.frame)
    length = _heights_along_z(trajectory).sel(frame=middle.frame)
    distance = (z - middle + length / 2) % length - length / 2
    return distance.transpose("frame", "atom").rename("distance from the middle").assign_attrs(units="Angstrom")


def profile(values: xr.DataArray, position: xr.DataArray, *, width: float = 1.0) -> xr.DataArray:
    """
    Mean of a value in layers, for instance across an interface.

    Parameters
    ----------
    values : xarray.DataArray, dims (frame, atom)
        Numbers, or booleans, whose mean is a share. NaN does not count.
    position : xarray.DataArray, dims (frame, atom)
        In Angstrom; may cover more frames and atoms than `values`.
    width : float
        Thickness of a layer in Angstrom; position 0 is the center of a layer.

    Returns
    -------
    means : xarray.DataArray, dims (position,)
        ``position`` are the centers of the layers in Angstrom; NaN for empty layers.

    Examples
    --------
    >>> coords = {"frame": [0], "atom": [0, 1, 2]}
    >>> z = xr.DataArray([[0.1, 0.3, 0.9]], dims=("frame", "atom"), coords=coords)
    >>> q = xr.DataArray([[1.0, 2.0, 5.0]], dims=("frame", "atom"), coords=coords)
    >>> profile(q, z).values.tolist()
    [1.5, 5.0]
    """
    place = position.sel(frame=values.frame, atom=values.atom).values.ravel()
    numbers = values.values.ravel().astype(float)
    known = np.isfinite(numbers)
    layer = np.round(place / width).astype(int)
    lowest, n_layers = layer.min(), np.ptp(layer) + 1
    count = np.bincount(layer[known] - lowest, minlength=n_layers)
    total = np.bincount(layer[known] - lowest, weights=numbers[known], minlength=n_layers)
    means = np.divide(total, count, out=np.full(n_layers, np.nan), where=count > 0)
    middles = ("position", (lowest + np.arange(n_layers)) * width, {"units": "Angstrom"})
    return xr.DataArray(means, dims="position", coords={"position": middles}, name=values.name)


def falls_below(values: xr.DataArray, level: float) -> float:
    """
    Position at which a profile first falls below a level.

    Parameters
    ----------
    values : xarray.DataArray, dims (position,)
        As returned by `profile`; NaN is skipped.
    level : float

    Returns
    -------
    position : float
        Interpolated between the two layers; NaN if the profile does not cross the level.

    Examples
    --------
    >>> falls_below(xr.DataArray([1.0, 0.8, 0.2], dims="position", coords={"position": [0, 1, 2]}), 0.5)
    1.5
    """
    known = values.dropna("position")
    below = np.flatnonzero(known.values < level)
    if len(below) == 0 or below[0] == 0:
        return float("nan")
    pair = known.isel(position=[below[0], below[0] - 1])
    return float(np.interp(level, pair.values, pair.position.values))


def _heights_along_z(trajectory):
    """Height of the cell along the normal of its face ab in every frame, dims (frame)."""
    return xr.DataArray(cell_heights(trajectory.cell.values)[:, 2], dims="frame", coords={"frame": trajectory.frame})


def _volume(trajectory):
    """Mean volume in cubic Angstrom: of the cell, or of the bounding box without one."""
    if trajectory.periodic:
        return float(np.abs(np.linalg.det(trajectory.cell.values)).mean())
    return float(np.prod(np.ptp(trajectory.positions.values, axis=1) + 1, axis=1).mean())
