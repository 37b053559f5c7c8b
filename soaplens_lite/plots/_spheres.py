"""
Atoms as shaded spheres, rendered with numpy.

Snapshots need no display, graphics card or scene file. This module computes an exact z-buffer in orthographic
projection: for parallel rays, the sphere that each ray hits first. `shading` computes the light.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.colors import to_rgb, to_rgba_array
from matplotlib.typing import ColorType
from numpy.typing import ArrayLike

from soaplens_lite.plots._shading import OUTLINE_COLOR, SUPERSAMPLING, develop, lighting, outlines, to_linear

VIEWS = {"top": (90.0, 0.0), "side": (0.0, 0.0), "tilted": (40.0, 14.0)}
"""Named views as (elevation, azimuth) in degrees; see `camera`."""

FADED_COLOR = "#f1f2f4"
"""Color towards which atoms without emphasis fade."""

View = str | tuple[float, float] | np.ndarray


@dataclass(frozen=True, eq=False)
class Snapshot:
    """
    A rendered picture, and the data to draw on top of it in Angstrom.

    Attributes
    ----------
    image : ndarray (height, width, 4) of uint8
        RGBA, first row on top. Pixels without atoms are transparent.
    extent : tuple of float
        (left, right, bottom, top) of the image in Angstrom in the frame of the camera, for `imshow`.
    rotation : ndarray (3, 3)
        Rows: the directions right, up and towards the viewer.
    xy : ndarray (n_atoms, 2)
        Projected centers of the atoms in Angstrom.
    seen : ndarray (n_atoms,)
        Visible fraction of the disc of each atom: 0 if hidden or outside of the picture, 1 if fully visible.
    """

    image: np.ndarray
    extent: tuple[float, float, float, float]
    rotation: np.ndarray
    xy: np.ndarray
    seen: np.ndarray


def camera(view: View) -> np.ndarray:
    """
    Rotation into the frame of a camera at infinite distance.

    Parameters
    ----------
    view : str, pair of float, or ndarray (3, 3)
        "top" (along -z, x to the right), "side" (along y, z up) or "tilted". Or (elevation, azimuth) in degrees:
        elevation 90 is the top view and 0 the side view; the azimuth turns the camera counter-clockwise around z. Or
        a rotation matrix, which is returned unchanged.

    Returns
    -------
    rotation : ndarray (3, 3)
        Rows: right, up, towards the viewer. ``points @ rotation.T`` are camera coordinates.

    Raises
    ------
    ValueError
        If the view is unknown or the matrix is not a rotation.

    Examples
    --------
    >>> import numpy as np
    >>> np.allclose(camera("side") @ [0, 0, 1], [0, 1, 0])  # z is up
    True
    """
    allowed = f"must be {', '.join(VIEWS)}, (elevation, azimuth) in degrees or a 3 x 3 rotation"
    if isinstance(view, str) and view not in VIEWS:
        raise ValueError(f"view = {view!r}: {allowed}")
    view = np.asarray(VIEWS[view] if isinstance(view, str) else view, dtype=float)
    if view.shape == (3, 3):
        if not (np.allclose(view @ view.T, np.eye(3), atol=1e-6) and np.linalg.det(view) > 0):
            raise ValueError("view: a 3 x 3 matrix must be a rotation (orthonormal rows, determinant +1)")
        return view
    if view.shape != (2,) or not np.isfinite(view).all():
        raise ValueError(f"view of shape {view.shape}: {allowed}")
    (sin_e, sin_a), (cos_e, cos_a) = np.sin(np.radians(view)), np.cos(np.radians(view))
    return np.array(
        [[cos_a, sin_a, 0.0], [-sin_a * sin_e, cos_a * sin_e, cos_e], [sin_a * cos_e, -cos_a * cos_e, sin_e]]
    )


def facing(direction: ArrayLike) -> tuple[float, float]:
    """
    The view in which a direction points to the viewer.

    Parameters
    ----------
    direction : array_like (3,)
        Any vector with a length above zero.

    Returns
    -------
    view : tuple of float
        Elevation and azimuth in degrees, for `camera`.

    Examples
    --------
    >>> facing([0, 0, 2]), facing([0, -1, 0])  # from the top; from the side
    ((90.0, 0.0), (0.0, 0.0))
    """
    x, y, z = np.asarray(direction, dtype=float) / np.linalg.norm(direction)
    azimuth = np.degrees(np.arctan2(x, -y)) if np.hypot(x, y) > 1e-9 else 0.0
    return float(np.degrees(np.arcsin(np.clip(z, -1, 1)))), float(azimuth)


def project(points: ArrayLike, rotation: Snapshot | View) -> np.ndarray:
    """
    Positions of points on a picture, in Angstrom in the frame of the camera.

    Parameters
    ----------
    points : array_like (..., 3)
        Positions in Angstrom.
    rotation : ndarray (3, 3), Snapshot or view
        A snapshot, or any view that `camera` accepts.

    Returns
    -------
    xy : ndarray (..., 2)

    Examples
    --------
    >>> project([1.0, 2.0, 3.0], "top").tolist()
    [1.0, 2.0]
    """
    rotation = rotation.rotation if isinstance(rotation, Snapshot) else camera(rotation)
    return np.asarray(points, dtype=float) @ rotation[:2].T


def common_bounds(
    positions: ArrayLike, radii: float | ArrayLike, view: View, *, margin: float = 0.5
) -> tuple[float, float, float, float]:
    """
    Smallest window that contains all spheres of one or several frames.

    Snapshots with equal bounds have the same scale and can be compared.

    Parameters
    ----------
    positions : array_like (..., n_atoms, 3)
        Positions in Angstrom, of one or several frames.
    radii : float or array_like (n_atoms,)
        Radii in Angstrom.
    view : str, pair of float, or ndarray (3, 3)
        See `camera`.
    margin : float
        Margin on every side in Angstrom.

    Returns
    -------
    bounds : tuple of float
        (left, right, bottom, top) in Angstrom in the frame of the camera.

    Examples
    --------
    >>> common_bounds([[0, 0, 0], [4, 1, 0]], 1.0, "top", margin=0.0)
    (-1.0, 5.0, -1.0, 2.0)
    """
    xy, reach = project(positions, view), np.asarray(radii, dtype=float)[..., None] + margin
    axes = tuple(range(xy.ndim - 1))
    (left, bottom), (right, top) = (xy - reach).min(axis=axes), (xy + reach).max(axis=axes)
    return float(left), float(right), float(bottom), float(top)


def render_spheres(
    positions: ArrayLike,
    colors: ColorType | Sequence[ColorType] | np.ndarray,
    radii: float | ArrayLike,
    *,
    view: View = "top",
    width: int = 1200,
    bounds: tuple[float, float, float, float] | None = None,
    margin: float = 0.5,
    emphasis: ArrayLike | None = None,
    outline: bool = True,
    occlusion: bool = True,
) -> Snapshot:
    """
    Render atoms as shaded spheres into an image.

    Every pixel shows the sphere that a ray parallel to the view direction hits first. Depth and occlusion are
    therefore exact and do not depend on the order of the atoms.

    Parameters
    ----------
    positions : array_like (n_atoms, 3)
        Positions in Angstrom.
    colors : color, sequence of n_atoms colors, or array_like (n_atoms, 3)
        Opaque colors that matplotlib accepts. One color is used for all atoms.
    radii : float or array_like (n_atoms,)
        Radii in Angstrom.
    view : str, pair of float, or ndarray (3, 3)
        See `camera`.
    width : int
        Width in pixels. The bounds give the height.
    bounds : tuple of float, optional
        (left, right, bottom, top) of the picture in Angstrom in the frame of the camera. None: the smallest window that
        contains all spheres. Use `common_bounds` for several pictures of equal scale.
    margin : float
        Margin around the spheres in Angstrom if no bounds are given.
    emphasis : array_like (n_atoms,) of bool, optional
        Atoms that keep their color; the other atoms fade.
    outline : bool
        Whether to draw dark lines at jumps of the depth.
    occlusion : bool
        Whether other spheres block light: grooves are darker, and spheres cast shadows.

    Returns
    -------
    Snapshot

    Raises
    ------
    ValueError
        If there are no atoms, the numbers of positions, colors and radii differ, coordinates are not finite, or radii,
        width or bounds are not positive.

    Examples
    --------
    >>> snapshot = render_spheres([[0, 0, 0], [0, 0, -5]], "white", 1.0, width=60)
    >>> snapshot.image.shape, snapshot.seen.round(1).tolist()
    ((60, 60, 4), [1.0, 0.0])
    """
    positions, radii, colors = _checked_atoms(positions, radii, colors)
    if emphasis is not None:
        colors = _faded(colors, _checked_emphasis(emphasis, len(positions)))
    rotation = camera(view)
    bounds = common_bounds(positions, radii, rotation, margin=margin) if bounds is None else bounds
    extent, shape = _window(bounds, width)

    step = (extent[1] - extent[0]) / (shape[1] * SUPERSAMPLING)  # Angstrom between rays
    camera_xyz = positions @ rotation.T
    # In units of rays, rows from the top. The depth is relative to its mean because of single precision.
    centers = (camera_xyz - [extent[0], extent[3], camera_xyz[:, 2].mean()]) * [1, -1, 1] / step
    depth, owner = cast(centers, radii / step, (shape[0] * SUPERSAMPLING, shape[1] * SUPERSAMPLING))
    light, gloss = lighting(depth, owner, centers, radii / step, occlusion)
    color = to_linear(colors)[owner] * light[..., None] + gloss[..., None]
    if outline:
        ink = np.full(len(positions), 0.9) if emphasis is None else np.where(emphasis, 0.9, 0.4)
        lines = outlines(depth, np.median(radii) / step) * ink.astype(np.float32)[owner]
        color += lines[..., None] * (to_linear(np.array(to_rgb(OUTLINE_COLOR))) - color)
    image = develop(color, owner >= 0)
    hits = np.bincount(owner[owner >= 0], minlength=len(positions))
    seen = np.minimum(hits / (np.pi * (radii / step) ** 2), 1.0)
    return Snapshot(image, extent, rotation, camera_xyz[:, :2], seen)


def cast(centers, radii, shape):
    """
    The z-buffer: the sphere that each ray hits first, and its depth.

    Parameters
    ----------
    centers : ndarray (n, 3)
        Column, row and depth (growing towards the viewer) in units of the distance between rays.
        The ray of pixel (i, j) passes through column j + 1/2 and row i + 1/2.
    radii : ndarray (n,)
        In the same unit.
    shape : tuple of int
        (rows, columns).

    Returns
    -------
    depth : ndarray of shape *shape*, float32
        -inf for rays that hit no sphere.
    owner : ndarray of shape *shape*, int32
        Index of the sphere, -1 for rays that hit no sphere.
    """
    depth = np.full(shape, -np.inf, dtype=np.float32)
    owner = np.full(shape, -1, dtype=np.int32)
    low = np.maximum(np.ceil(centers[:, :2] - radii[:, None] - 0.5).astype(int), 0)
    high = np.minimum(np.floor(centers[:, :2] + radii[:, None] - 0.5).astype(int) + 1, shape[::-1])
    # Nearest first. The other keys make ties independent of the order of the atoms.
    order = np.lexsort((radii, centers[:, 0], centers[:, 1], -centers[:, 2]))
    for i in order[(low < high).all(axis=1)[order]]:
        (left, top), (right, bottom) = low[i], high[i]
        x = np.arange(left, right, dtype=np.float32) + np.float32(0.5 - centers[i, 0])
        y = np.arange(top, bottom, dtype=np.float32) + np.float32(0.5 - centers[i, 1])
        square = np.float32(radii[i] ** 2) - (y * y)[:, None] - (x * x)[None, :]
        surface = np.sqrt(np.maximum(square, 0)) + np.float32(centers[i, 2])
        window = slice(top, bottom), slice(left, right)
        front = (surface > depth[window]) & (square >= 0)
        np.copyto(depth[window], surface, where=front)
        np.copyto(owner[window], np.int32(i), where=front)
    return depth, owner


def _checked_atoms(positions, radii, colors):
    """Positions (n, 3), radii (n,) and RGB colors (n, 3) as float arrays, or a ValueError."""
    positions = np.asarray(positions, dtype=float)
    if positions.ndim != 2 or positions.shape[1] != 3:
        raise ValueError(f"positions of shape {positions.shape}: must be (n_atoms, 3)")
    n_atoms = len(positions)
    if n_atoms == 0:
        raise ValueError("positions: 0 atoms; select at least one atom")
    if not np.isfinite(positions).all():
        atom = np.flatnonzero(~np.isfinite(positions).all(axis=1))[0]
        raise ValueError(f"positions[{atom}] = {positions[atom]}: coordinates must be finite")
    radii = np.asarray(radii, dtype=float)
    if radii.shape not in ((), (n_atoms,)):
        raise ValueError(f"{radii.size} radii for {n_atoms} atoms: give one radius, or one per atom")
    if not (np.isfinite(radii) & (radii > 0)).all():
        raise ValueError(f"radii down to {np.min(radii):g} Angstrom: must be positive and finite")
    colors = to_rgba_array(colors)
    if len(colors) not in (1, n_atoms):
        raise ValueError(f"{len(colors)} colors for {n_atoms} atoms: give one color, or one per atom")
    if not np.isfinite(colors).all() or (colors[:, 3] < 1).any():
        raise ValueError("colors: must be finite and opaque; use `emphasis` to fade atoms")
    return positions, np.broadcast_to(radii, n_atoms), np.broadcast_to(colors[:, :3], (n_atoms, 3))


def _checked_emphasis(emphasis, n_atoms):
    """The emphasis as a boolean mask, or a ValueError."""
    emphasis = np.asarray(emphasis)
    if emphasis.shape != (n_atoms,) or emphasis.dtype != bool:
        raise ValueError(f"emphasis: {emphasis.dtype} of shape {emphasis.shape}: must be {n_atoms} booleans")
    return emphasis


def _faded(colors, emphasis):
    """Colors in which atoms without emphasis are grey and light."""
    grey = colors @ np.array([0.3, 0.59, 0.11])
    pale = 0.12 * colors + 0.08 * grey[:, None] + 0.80 * np.array(to_rgb(FADED_COLOR))
    return np.where(emphasis[:, None], colors, pale)


def _window(bounds, width):
    """Extent with square pixels around the bounds, and the image's (rows, columns)."""
    bounds = np.asarray(bounds, dtype=float)
    if bounds.shape != (4,) or not np.isfinite(bounds).all() or (bounds[[0, 2]] >= bounds[[1, 3]]).any():
        raise ValueError(f"bounds = {bounds}: must be (left, right, bottom, top), left < right, bottom < top")
    if width != int(width) or width < 1:
        raise ValueError(f"width = {width} pixels: must be a positive whole number")
    left, right, bottom, top = bounds
    pixel = (right - left) / width
    rows = max(int(np.ceil((top - bottom) / pixel - 1e-6)), 1)
    middle = (bottom + top) / 2
    return (left, right, middle - rows * pixel / 2, middle + rows * pixel / 2), (rows, int(width))
