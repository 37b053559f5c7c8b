"""
Light on the spheres of `spheres`: from a z-buffer to an image.

Three effects make depth readable on paper: light of the sky that reaches grooves less than ridges,
soft shadows of a lamp at the upper left, and dark outlines where the depth jumps. All are read off
the z-buffer alone, so their cost does not grow with the number of atoms. Lengths are measured in
(median) radii of the spheres: a picture looks the same at any scale.
"""

import numpy as np
from matplotlib.colors import to_rgb

SUPERSAMPLING = 2  # rays per pixel and direction
OUTLINE_COLOR = "#14161c"

# Directions in the camera's frame: x to the right, y up, z towards the viewer.
_LAMP = np.array([-0.55, 0.50, 0.66])
_SKY, _LAMP_STRENGTH, _HIGHLIGHT, _GLOSS = 0.52, 0.76, 0.16, 28.0


def lighting(depth, owner, centers, radii, occlusion):
    """
    Diffuse light (a factor on the color) and highlight (added white) of every ray.

    Sky light falls evenly from the viewer's side, lamp light from the upper left. With *occlusion*
    both are computed for one ray per pixel, which is a quarter of the work and not seen.
    """
    inverse = (1 / radii).astype(np.float32)[owner]
    column, row = centers.astype(np.float32).T[:2]
    x = (np.arange(depth.shape[1], dtype=np.float32) + 0.5 - column[owner]) * inverse
    y = (row[owner] - np.arange(depth.shape[0], dtype=np.float32)[:, None] - 0.5) * inverse
    z = np.sqrt(np.maximum(1 - x**2 - y**2, 0))

    lamp = (_LAMP / np.linalg.norm(_LAMP)).astype(np.float32)
    half = lamp + np.array([0, 0, 1], dtype=np.float32)
    half /= np.linalg.norm(half)
    facing = np.maximum(lamp[0] * x + lamp[1] * y + lamp[2] * z, 0)
    mirrored = np.maximum(half[0] * x + half[1] * y + half[2] * z, 0)
    sky, lit = 0.35 + 0.65 * z, np.float32(1)
    if occlusion:
        coarse = depth[::SUPERSAMPLING, ::SUPERSAMPLING] / SUPERSAMPLING
        unit = np.median(radii) / SUPERSAMPLING
        sky, lit = _finer(owner, _sky_visibility(coarse, unit), _lamp_visibility(coarse, unit, lamp))
    return _SKY * sky + _LAMP_STRENGTH * lit * facing, _HIGHLIGHT * lit * mirrored**_GLOSS


def _finer(owner, *coarse):
    """
    Quantities that are known for one ray per pixel, for every ray.

    Rays at a rim that hit another sphere than their pixel's first ray take the value of a
    neighboring pixel on their own sphere, so that no light leaks across the rim.
    """
    known = owner[::SUPERSAMPLING, ::SUPERSAMPLING]
    fine = [np.repeat(np.repeat(c, SUPERSAMPLING, axis=0), SUPERSAMPLING, axis=1) for c in coarse]
    first = np.repeat(np.repeat(known, SUPERSAMPLING, axis=0), SUPERSAMPLING, axis=1)
    rows, columns = np.nonzero((owner != first) & (owner >= 0))
    for down, right in ((0, 1), (1, 0), (1, 1), (0, -1), (-1, 0), (-1, 1), (1, -1)):
        i = np.clip(rows // SUPERSAMPLING + down, 0, known.shape[0] - 1)
        j = np.clip(columns // SUPERSAMPLING + right, 0, known.shape[1] - 1)
        same = known[i, j] == owner[rows, columns]
        for values, source in zip(fine, coarse, strict=True):
            values[rows[same], columns[same]] = source[i[same], j[same]]
        rows, columns = rows[~same], columns[~same]
    return fine


def _looking(depth, reach):
    """
    How much the surroundings of every pixel rise, as a function of the displacement.

    Returns
    -------
    rise : callable
        ``rise(dx, dy)``: mean slope from every pixel to the one dx to the right and dy up (rounded to
        whole pixels), -inf where that is empty; None for steps of no length or beyond the image.
    """
    pad = min(int(np.ceil(reach)) + 1, max(depth.shape))
    padded = np.pad(depth, pad, mode="edge")  # so that what a window cuts gets no outline there
    floor = np.where(np.isfinite(depth), depth, np.float32(0))
    n_rows, n_columns = depth.shape

    def rise(dx, dy):
        dx, dy = int(np.rint(dx)), int(np.rint(dy))
        if (dx, dy) == (0, 0) or max(abs(dx), abs(dy)) > pad:
            return None
        there = padded[pad - dy : pad - dy + n_rows, pad + dx : pad + dx + n_columns]
        return (there - floor) * np.float32(1 / np.hypot(dx, dy))

    return rise


def _sky_visibility(depth, radius, *, reach=4.7, n_directions=14, n_steps=7):
    """
    Share of the sky that each pixel sees above the horizon of its surroundings.

    In every direction the steepest rise within *reach* radii is the horizon; a horizon at angle h
    hides sin(h)^2 of that direction's light, when the sky is brightest overhead.
    """
    rise = _looking(depth, reach * radius)
    hidden = np.zeros_like(depth)
    # A quarter of a step off the axes, along which the edges of crystals often lie.
    for angle in 2 * np.pi * (np.arange(n_directions) + 0.25) / n_directions:
        horizon = np.zeros_like(depth)
        for distance in reach * radius * np.linspace(0.22, 1, n_steps) ** 1.7:
            slope = rise(distance * np.cos(angle), distance * np.sin(angle))
            if slope is not None:
                np.maximum(horizon, slope, out=horizon)
        horizon *= horizon
        hidden += horizon / (1 + horizon)
    return 1 - hidden / n_directions


def _lamp_visibility(depth, radius, lamp, *, reach=5.5, n_steps=22, softness=0.35):
    """
    Share of the lamp that each pixel sees: 0 in full shadow, with soft rims.

    The way to the lamp is walked for *reach* radii; what rises above it shades.
    """
    rise = _looking(depth, reach * radius)
    across = np.hypot(lamp[0], lamp[1])
    cover = np.zeros_like(depth)
    for distance in radius * np.linspace(0.2, reach, n_steps):
        slope = rise(distance * lamp[0] / across, distance * lamp[1] / across)
        if slope is not None:
            np.maximum(cover, slope - lamp[2] / across, out=cover)
    return 1 - np.minimum(cover / np.float32(softness), 1)


def outlines(depth, radius, *, thickness=0.085, weak=0.6, strong=2.0):
    """
    Opacity of the outline at every ray, from the depth that is lost within a line's thickness.

    Lines lie on the nearer side, so that they never widen a silhouette. Falls below *weak* radii draw
    nothing (the flank of a sphere falls, too), falls above *strong* radii draw a full line.
    """
    reach = max(round(thickness * radius), 1)
    rise = _looking(depth, reach)
    fall = np.zeros_like(depth)
    for angle in np.arange(8) * np.pi / 4:
        dx, dy = np.rint(reach * np.cos(angle)), np.rint(reach * np.sin(angle))
        slope = rise(dx, dy)
        if slope is not None:
            np.maximum(fall, -np.hypot(dx, dy) * slope, out=fall)
    return np.clip((fall / np.float32(radius) - weak) / (strong - weak), 0, 1)


def develop(color, hit, background):
    """Average rays to pixels with premultiplied alpha and encode as 8-bit sRGB."""
    rows, columns = (n // SUPERSAMPLING for n in hit.shape)
    blocks = (rows, SUPERSAMPLING, columns, SUPERSAMPLING)
    alpha = hit.reshape(blocks).mean(axis=(1, 3), dtype=np.float32)[..., None]
    color = (color * hit[..., None]).reshape(*blocks, 3).mean(axis=(1, 3))
    # Transparent pixels carry the rim's color: viewers that resample without premultiplying show no fringe.
    behind = to_linear(np.array(to_rgb(OUTLINE_COLOR if background is None else background)))
    if background is None:
        color = np.where(alpha > 0, color / np.maximum(alpha, 1e-6), behind)
    else:
        color, alpha = color + (1 - alpha) * behind, np.ones_like(alpha)
    image = np.concatenate([_to_srgb(color), alpha], axis=2)
    return np.rint(255 * np.clip(image, 0, 1)).astype(np.uint8)


def to_linear(srgb):
    """sRGB values in [0, 1] as light intensities."""
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4).astype(np.float32)


def _to_srgb(linear):
    """Light intensities as sRGB values; what is brighter than white stays white."""
    linear = np.clip(linear, 0, 1)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
