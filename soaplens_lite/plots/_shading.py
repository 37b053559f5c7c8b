"""
Light on rendered spheres: from the z-buffer of `spheres` to an image.

Three effects make depth visible: light of the sky, which is weaker in grooves; soft shadows of a lamp at the upper
left; and dark outlines at jumps of the depth. They are computed from the z-buffer alone, so that their cost does not
depend on the number of atoms. The unit of length is the median radius of the spheres, so that a picture looks the
same at any scale.
"""

import numpy as np
from matplotlib.colors import to_rgb

SUPERSAMPLING = 2  # rays per pixel and direction
OUTLINE_COLOR = "#14161c"

# Directions in the frame of the camera: x to the right, y up, z towards the viewer.
_LAMP = np.array([-0.55, 0.50, 0.66])
_SKY, _LAMP_STRENGTH, _HIGHLIGHT, _GLOSS = 0.52, 0.76, 0.16, 28.0


def lighting(depth, owner, centers, radii, occlusion):
    """
    Diffuse light (a factor on the color) and highlight (added white) of every ray.

    Sky light comes from all directions of the viewer's side, lamp light from the upper left. Occlusion is computed for
    one ray per pixel, which takes a quarter of the time and makes no visible difference.
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
    Expand quantities of one ray per pixel to all rays.

    At a rim, a ray can hit another sphere than the first ray of its pixel. It then takes the value of a neighboring
    pixel on its own sphere.
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
    Slope from every pixel to the pixels around it, as a function of the displacement.

    Returns
    -------
    rise : callable
        ``rise(dx, dy)``: mean slope from every pixel to the pixel dx to the right and dy up (rounded to integers).
        -inf if that pixel is empty. None for a displacement of zero or beyond the image.
    """
    pad = min(int(np.ceil(reach)) + 1, max(depth.shape))
    padded = np.pad(depth, pad, mode="edge")  # no outline where the window cuts a sphere
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
    Fraction of the sky that is visible from each pixel.

    In every direction the steepest slope within *reach* radii is the horizon. A horizon at angle h hides the fraction
    sin(h)^2 of the light from that direction, for a sky that is brightest at the zenith.
    """
    rise = _looking(depth, reach * radius)
    hidden = np.zeros_like(depth)
    # The offset of a quarter of a step avoids the axes, along which edges of crystals often lie.
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
    Fraction of the lamp that is visible from each pixel: 0 in full shadow, with a soft transition.

    A pixel is in the shadow if a sphere within *reach* radii lies above the straight line to the lamp.
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
    Opacity of the outline at every ray, from the drop of the depth within the thickness of a line.

    Lines lie on the nearer sphere, so that silhouettes do not grow. Drops below *weak* radii have no line, because
    the surface of a sphere also drops; drops above *strong* radii have a fully opaque line.
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


def develop(color, hit):
    """Average rays to pixels with premultiplied alpha and encode as 8-bit sRGB."""
    rows, columns = (n // SUPERSAMPLING for n in hit.shape)
    blocks = (rows, SUPERSAMPLING, columns, SUPERSAMPLING)
    alpha = hit.reshape(blocks).mean(axis=(1, 3), dtype=np.float32)[..., None]
    color = (color * hit[..., None]).reshape(*blocks, 3).mean(axis=(1, 3))
    # Transparent pixels have the color of the outline, so that viewers that resample the image show no fringe.
    color = np.where(alpha > 0, color / np.maximum(alpha, 1e-6), to_linear(np.array(to_rgb(OUTLINE_COLOR))))
    image = np.concatenate([_to_srgb(color), alpha], axis=2)
    return np.rint(255 * np.clip(image, 0, 1)).astype(np.uint8)


def to_linear(srgb):
    """SRGB values in [0, 1] as light intensities."""
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4).astype(np.float32)


def _to_srgb(linear):
    """Light intensities as sRGB values, clipped at white."""
    linear = np.clip(linear, 0, 1)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
