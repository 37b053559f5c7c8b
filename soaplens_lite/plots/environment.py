"""
What the two descriptors see around one real atom: LENS its neighbors by identity, SOAP where they sit.
"""

from __future__ import annotations

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.legend_handler import HandlerTuple
from matplotlib.lines import Line2D
from matplotlib.patches import Circle

from soaplens_lite.plots.style import INK, NORMAL, PALE, FittedText, axes_for, styled, wrapped_title

__all__ = ["compare_neighbors", "plot_what_lens_sees", "plot_what_soap_sees", "projected"]

CENTER, STAYED, LEFT, ENTERED = "#d7191c", "#c4c8cc", "#e69f00", "#0072b2"
SPHERE = "#8fd8ea"
DENSITY = LinearSegmentedColormap.from_list("density", ["#ffffff00", "#b9d9e6", "#5a93b5", "#1d3f66"])


def compare_neighbors(before, after):
    """
    Who stayed, who left and who entered between two sets of neighbors.

    Parameters
    ----------
    before, after : array-like of int
        Identities of the neighbors.

    Returns
    -------
    stayed, left, entered : set of int

    Examples
    --------
    >>> compare_neighbors([1, 2, 3], [2, 3, 4])
    ({2, 3}, {1}, {4})
    """
    before, after = ({int(i) for i in np.ravel(ids)} for ids in (before, after))
    return before & after, before - after, after - before


def projected(xyz, tilt=62.0, turn=25.0):
    """
    Positions as seen by an observer who looks down at the surface at an angle.

    Parameters
    ----------
    xyz : array-like, shape (n, 3)
        Positions relative to the center, in Angstrom; z points away from the surface.
    tilt : float
        Angle in degrees between the line of sight and the z axis.
    turn : float
        Rotation about z in degrees, before tilting.

    Returns
    -------
    numpy.ndarray, shape (n, 3)
        x (right), y (up) and depth (towards the observer), in Angstrom.

    Examples
    --------
    >>> projected([[0, 0, 1.0]], tilt=0, turn=0).tolist()
    [[0.0, 0.0, 1.0]]
    """
    a, b = np.radians(turn), np.radians(tilt)
    about_z = np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]])
    about_x = np.array([[1, 0, 0], [0, np.cos(b), np.sin(b)], [0, -np.sin(b), np.cos(b)]])
    return np.asarray(xyz, dtype=float).reshape(-1, 3) @ (about_x @ about_z).T


@styled
def plot_what_lens_sees(center, before, after, r_cut, *, times=None, title=None, ax=None):
    """
    Draw the neighbors of one atom at the two ends of an interval: who stayed, who left, who entered.

    Neighbors differ by color *and* sign: those that leave carry a minus at the first frame, those that
    entered a plus at the second. The LENS that they give is that of this one interval, "raw": nothing is smoothed.

    Parameters
    ----------
    center : int
        The atom, for the title.
    before, after : tuple (ids, xyz)
        Identities (n,) and positions (n, 3) relative to the center, in Angstrom, of the neighbors at t and
        at t + dt.
    r_cut : float
        Radius of the sphere in Angstrom.
    times : tuple of float, optional
        The two times in ns.
    title : str, optional
        Title above the two pictures; "atom 12" by default.
    ax : matplotlib.axes.Axes, optional
        Where to draw. It becomes the invisible frame of the two pictures.

    Returns
    -------
    matplotlib.axes.Axes
    """
    ax = axes_for(ax, 85, 52)
    ax.set_axis_off()
    stayed, left, entered = compare_neighbors(before[0], after[0])
    titles = ("$t$", r"$t+\Delta t$") if times is None else tuple(f"{time:.2f} ns" for time in times)
    signs = ((left, LEFT, "_"), (entered, ENTERED, "+"))
    for place, (ids, xyz), (changed, color, sign), name in zip(
        (0.0, 0.54), (before, after), signs, titles, strict=True
    ):
        part = ax.inset_axes([place, 0.24, 0.46, 0.68])
        colors = [color if int(i) in changed else STAYED for i in ids]
        marks = [sign if int(i) in changed else "" for i in ids]
        _ball(part, xyz, colors, marks, r_cut)
        part.set_title(name, fontsize=NORMAL, pad=1)
    _arrow(ax, (0.455, 0.58), (0.545, 0.58))
    _lens_formula(ax, len(left), len(entered), len(before[0]), len(after[0]))
    kinds = ((CENTER, "", "center"), (STAYED, "", "stayed"), (LEFT, "_", "left"), (ENTERED, "+", "entered"))
    ax.legend(
        handles=[_handle(color, sign) for color, sign, _ in kinds],
        labels=[name for *_, name in kinds],
        loc="upper center",
        bbox_to_anchor=(0.5, 0.13),
        ncols=4 if _shape(ax)[0] > 115 else 2,
        columnspacing=1.0,
        handler_map={tuple: HandlerTuple(ndivide=1)},
    )
    wrapped_title(ax, f"atom {center}" if title is None else title)
    return ax


@styled
def plot_what_soap_sees(xyz, spectrum, r_cut, *, sigma=1.0, title=None, ax=None):
    """
    Draw what SOAP is made of: the density that the neighbors leave, all alike, and the spectrum that
    describes it.

    Parameters
    ----------
    xyz : array-like, shape (n, 3)
        Positions of the neighbors relative to the center, in Angstrom. Nothing tells one from another.
    spectrum : array-like, shape (m,)
        SOAP spectrum of the center, each pair of radial functions n, n' once. Drawn as the square root of the
        magnitude, with the sign of the component.
    r_cut : float
        Radius of the sphere in Angstrom.
    sigma : float
        Width in Angstrom of the Gaussian that stands for an atom.
    title : str, optional
        Title above the two pictures.
    ax : matplotlib.axes.Axes, optional
        Where to draw. It becomes the invisible frame of the two pictures.

    Returns
    -------
    matplotlib.axes.Axes
    """
    ax = axes_for(ax, 85, 52)
    ax.set_axis_off()
    width, height = _shape(ax)
    if width > 1.35 * height:
        ball, plot, arrow = [0.0, 0.14, 0.5, 0.78], [0.66, 0.3, 0.34, 0.55], ((0.48, 0.53), (0.545, 0.53))
    else:
        ball, plot, arrow = [0.1, 0.44, 0.8, 0.5], [0.14, 0.12, 0.84, 0.25], ((0.5, 0.445), (0.5, 0.385))
    part, right = ax.inset_axes(ball), axes_for(ax.inset_axes(plot))
    _density(part, projected(xyz), r_cut, 0.5 * sigma)
    part.set_title("positions, identities erased", fontsize=NORMAL, pad=1)
    spectrum = np.asarray(spectrum)
    # On the square-root scale the small components are seen beside the few large ones.
    right.vlines(np.arange(len(spectrum)), 0, np.sign(spectrum) * np.sqrt(np.abs(spectrum)), color="#1d3f66", lw=0.5)
    right.axhline(0, color=INK, lw=0.4)
    right.set(xlim=(-0.02 * len(spectrum), len(spectrum)), yticks=[0], xlabel=r"SOAP component ($n \leq n'$)")
    right.set_ylabel(r"$\pm\sqrt{|\mathbf{p}_i|}$")
    right.locator_params(axis="x", nbins=4)
    _arrow(ax, *arrow)
    if title:
        wrapped_title(ax, title)
    return ax


def _shape(ax):
    """Width and height in points of the axes as they are now, before a layout moves them."""
    scale = 72 / ax.get_figure(root=True).dpi
    return ax.bbox.width * scale, ax.bbox.height * scale


def _arrow(ax, tail, head):
    """Arrow between the parts of a panel, in fractions of its frame."""
    style = {"arrowstyle": "-|>", "lw": 1.0, "color": INK, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", head, tail, xycoords="axes fraction", arrowprops=style)


def _lens_formula(ax, n_left, n_entered, n_before, n_after):
    """LENS with the counted numbers put in, as wide as the panel allows."""
    share = (n_left + n_entered) / (n_before + n_after) if n_before + n_after else 0.0
    text = rf"raw $\delta$ = ({n_left} + {n_entered}) / ({n_before} + {n_after}) = {share:.2f}"
    ax.set(xlim=(0, 1), ylim=(0, 1))
    ax.add_artist(
        FittedText(0.5, 0.175, text, cell=(1.0, 0.08), reference=text.replace("$\\delta$", "d"), largest=NORMAL)
    )


def _density(part, flat, r_cut, width):
    """The density that identical atoms leave, inside the sphere, with the atoms as points."""
    side = np.linspace(-r_cut, r_cut, 121)
    # Half of SOAP's width comes in: at the full one the projection would blur everything.
    density = sum(
        (np.exp(-((side[None, :] - x) ** 2 + (side[:, None] - y) ** 2) / (2 * width**2)) for x, y, _ in flat),
        start=np.zeros((len(side), len(side))),
    )
    image = part.imshow(density, extent=(-r_cut, r_cut) * 2, origin="lower", cmap=DENSITY, rasterized=True, zorder=1)
    image.set_clip_path(Circle((0, 0), r_cut, transform=part.transData))
    _frame_ball(part, r_cut, face="none")
    part.plot(flat[:, 0], flat[:, 1], ".", ms=1.6, color="white", mew=0, zorder=3)
    part.plot(0, 0, "o", ms=5, mfc=CENTER, mec=INK, mew=0.4, zorder=4)


def _ball(part, xyz, colors, marks, r_cut):
    """Neighbors as discs, near ones above far ones, far ones paler, with their signs."""
    _frame_ball(part, r_cut)
    view = projected(np.vstack([np.reshape(xyz, (-1, 3)), np.zeros(3)]))
    colors, marks = [*colors, CENTER], [*marks, ""]
    for rank, atom in enumerate(np.argsort(view[:, 2], kind="stable")):
        x, y, depth = view[atom]
        near = 0.5 + 0.5 * np.clip(depth / r_cut, -1, 1)
        changed = colors[atom] != STAYED
        edge = str(0.62 - 0.5 * near)
        height, alpha = 2 + rank / 1000, 1 if changed else 0.55 + 0.4 * near
        disc = Circle((x, y), 0.72 + 0.2 * near, fc=colors[atom], ec=edge, lw=0.5, alpha=alpha, zorder=height)
        part.add_patch(disc)
        if marks[atom]:
            ink = "white" if colors[atom] == ENTERED else "black"
            # A sign is as large as its disc at a panel width of 85 mm and below.
            part.plot(x, y, marks[atom], color=ink, ms=3.0, mew=0.8, zorder=height)


def _frame_ball(part, r_cut, face=SPHERE):
    """The sphere of radius r_cut, equal scales, nothing else."""
    part.set_axis_off()
    part.set_aspect("equal")
    room = r_cut + 1.5
    part.set(xlim=(-room, room), ylim=(-room, room))
    if face != "none":
        part.add_patch(Circle((0, 0), r_cut, fc=face, alpha=0.25, lw=0, zorder=0))
    part.add_patch(Circle((0, 0), r_cut, fill=False, ec="#2b8aa3", lw=0.8, zorder=5))


def _handle(color, sign):
    """Legend entry: a disc with a sign on it."""
    disc = Line2D([], [], ls="", marker="o", ms=5, mfc=color, mec=PALE, mew=0.4)
    ink = "white" if color == ENTERED else "black"
    return (disc, Line2D([], [], ls="", marker=sign, ms=3.4, mew=0.9, color=ink)) if sign else (disc,)
