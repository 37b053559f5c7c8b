"""How the joint vector chi is built: the SOAP spectrum of a frame, followed by LENS of the next interval."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, PowerNorm
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from soaplens_lite.plots._palette import text_color_on
from soaplens_lite.plots._style import INK, NORMAL, SMALL, FittedText, axes_for, styled, wrapped_title

SPECTRUM_COLORMAP = LinearSegmentedColormap.from_list("spectrum", ["#f5f7fa", "#9db8d2", "#3f6d9e", "#12294d"])
LENS_COLORMAP = LinearSegmentedColormap.from_list("lens", ["#f4eef4", "#f29ccb", "#ec0299", "#6d0047"])

ARROW_STYLE = {"arrowstyle": "-|>,head_width=0.2", "lw": 0.9, "color": INK, "shrinkA": 0, "shrinkB": 0}


@styled
def plot_chi(
    spectra_rows: ArrayLike,
    delta_rows: ArrayLike,
    times: ArrayLike,
    *,
    smoothed: bool = False,
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    r"""
    Draw rows of the joint data as strips of color: p(t) | delta(t -> t + dt) = chi(t).

    Parameters
    ----------
    spectra_rows : array-like, shape (n, m)
        SOAP spectra of one atom at n frames.
    delta_rows : array-like, shape (n,)
        LENS of this atom in the interval after each of these frames.
    times : array-like, shape (n,)
        Times of the frames, in ns.
    smoothed : bool
        True: the header says that LENS was smoothed over time.
    title : str, optional
        Title above the rows.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        If spectra, LENS values and times do not have the same number of rows.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> ax = plot_chi([[1.0, 0.5], [0.9, 0.6]], [0.0, 0.2], [0.3, 0.6], ax=Figure().subplots())
    >>> [text.get_text() for text in ax.texts if "components" in text.get_text()]
    ["2 components ($n \\leq n'$)", '2 + 1 components, LENS not to scale']
    """
    spectra, delta = np.asarray(spectra_rows, dtype=float), np.asarray(delta_rows, dtype=float)
    if spectra.ndim != 2 or not len(spectra) == len(delta) == len(times):
        raise ValueError(
            f"{len(spectra)} spectra, {len(delta)} LENS values, {len(times)} times: must be equal in number"
        )
    ax = axes_for(ax, 85, 45)
    ax.set_axis_off()
    n = len(spectra)
    ax.set(xlim=(0, 100.5), ylim=(n - 0.3, -0.85))
    # The square root makes the many small components visible beside the few large ones.
    shown = np.sqrt(np.abs(spectra))
    norm = PowerNorm(0.8, 0, shown.max() or 1.0)
    for row in range(n):
        _time(ax, row, times[row], row + 1)
        _strip(ax, shown[row], (25, 52), row, norm)
        _lens(ax, (59, 68), row, delta[row])
        _strip(ax, shown[row], (76, 95), row, norm)
        _lens(ax, (95, 100), row, delta[row], write=False)
        ax.text(63.5, row + 0.4, rf"$t_{row + 1} \to t_{row + 2}$", ha="center", va="center", fontsize=SMALL)
        ax.text(55.5, row, "+", ha="center", va="center_baseline", fontsize=9)
        ax.annotate("", (75, row), (69.5, row), arrowprops=ARROW_STYLE)
    _intervals(ax, n)
    heads = (
        (38.5, r"SOAP  $\mathbf{p}_i^{\,t}$"),
        (63.5, rf"{'smoothed ' * smoothed}LENS  $\delta_i^{{\,t+\Delta t}}$"),
        (88, r"$\mathbf{\chi}_i^{\,t}$"),
    )
    for x, text in heads:
        ax.text(x, -0.6, text, ha="center", va="center", fontsize=NORMAL)
    _scale(ax, n, spectra.shape[1])
    wrapped_title(ax, title)
    return ax


def _scale(ax, n, m):
    """Below the columns: their number of components."""
    for x, text in ((38.5, rf"{m} components ($n \leq n'$)"), (88, f"{m} + 1 components, LENS not to scale")):
        ax.text(x, n - 0.5, text, ha="center", va="center", fontsize=SMALL, color=INK)


def _strip(ax, values, span, row, norm):
    """A spectrum as a strip of color."""
    extent = (*span, row + 0.26, row - 0.26)
    ax.imshow(
        values[None, :],
        extent=extent,
        aspect="auto",
        cmap=SPECTRUM_COLORMAP,
        norm=norm,
        interpolation="nearest",
        rasterized=True,
    )
    ax.add_patch(Rectangle((span[0], row - 0.26), span[1] - span[0], 0.52, fill=False, ec=INK, lw=0.5))


def _lens(ax, span, row, value, write=True):
    """A LENS value as a colored cell, with its number."""
    color = LENS_COLORMAP(float(np.clip(value, 0, 1)))
    ax.add_patch(Rectangle((span[0], row - 0.26), span[1] - span[0], 0.52, fc=color, ec=INK, lw=0.5, zorder=3))
    if write:
        x = (span[0] + span[1]) / 2
        cell = (0.9 * (span[1] - span[0]), 0.4)
        ax.add_artist(
            FittedText(x, row, f"{value:.2f}", cell=cell, largest=SMALL, color=text_color_on(color), zorder=4)
        )


def _time(ax, row, time, number):
    """Time of a row, on the time arrow at the left."""
    ax.plot(3, row, "o", ms=3, color=INK, zorder=3)
    text = FittedText(14, row, f"$t_{number}$ = {time:.2f} ns", cell=(19, 0.5), reference="t3 = 9.99 ns", largest=SMALL)
    ax.add_artist(text)


def _intervals(ax, n):
    """The time arrow, and the interval between neighboring frames."""
    for row in range(n - 1):
        ax.text(5, row + 0.5, r"$\Delta t$", ha="left", va="center", fontsize=SMALL)
    ax.annotate("", (3, n - 0.35), (3, -0.3), arrowprops=ARROW_STYLE)
