"""What the two descriptors use of one real atom: LENS the identities of its neighbors, SOAP their positions."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.legend_handler import HandlerTuple
from matplotlib.lines import Line2D
from matplotlib.patches import Circle
from numpy.typing import ArrayLike

from soaplens_lite.plots._style import INK, NORMAL, PALE, FittedText, axes_for, styled, wrapped_title

CENTER_COLOR, STAYED_COLOR, LEFT_COLOR, ENTERED_COLOR = "#d7191c", "#c4c8cc", "#e69f00", "#0072b2"
SPHERE_COLOR = "#8fd8ea"
DENSITY_COLORMAP = LinearSegmentedColormap.from_list("density", ["#ffffff00", "#b9d9e6", "#5a93b5", "#1d3f66"])


def compare_neighbors(before: ArrayLike, after: ArrayLike) -> tuple[set[int], set[int], set[int]]:
    """
    Neighbors that stayed, left and entered between two frames.

    Parameters
    ----------
    before, after : array-like of int
        Indices of the neighbors at the two frames.

    Returns
    -------
    stayed : set of int
    left : set of int
    entered : set of int

    Examples
    --------
    >>> compare_neighbors([1, 2, 3], [2, 3, 4])
    ({2, 3}, {1}, {4})
    """
    before, after = ({int(i) for i in np.ravel(ids)} for ids in (before, after))
    return before & after, before - after, after - before


def projected(xyz: ArrayLike, tilt: float = 62.0, turn: float = 25.0) -> np.ndarray:
    """
    Positions in the frame of an observer who looks down at the surface at an angle.

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
def plot_what_lens_sees(
    center: int,
    before: tuple[ArrayLike, ArrayLike],
    after: tuple[ArrayLike, ArrayLike],
    r_cut: float,
    *,
    times: tuple[float, float] | None = None,
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """
    Draw the neighbors of one atom at both ends of an interval: those that stayed, left and entered.

    Color and sign distinguish the neighbors: a minus at the first frame marks those that leave, a plus at the second
    frame those that entered. The LENS value is that of this interval ("raw"), without smoothing.

    Parameters
    ----------
    center : int
        Index of the atom, for the title.
    before, after : tuple (ids, xyz)
        Neighbors at t and at t + dt: indices (n,), and positions (n, 3) relative to the center in Angstrom.
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

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> xyz = np.eye(3)
    >>> ax = plot_what_lens_sees(7, ([1, 2, 3], xyz), ([3, 4], xyz[:2]), 6.0, ax=Figure().subplots())
    >>> ax.get_title(), [text.get_text() for text in ax.get_legend().get_texts()]
    ('atom 7', ['center', 'stayed', 'left', 'entered'])
    """
    ax = axes_for(ax, 85, 52)
    ax.set_axis_off()
    stayed, left, entered = compare_neighbors(before[0], after[0])
    titles = ("$t$", r"$t+\Delta t$") if times is None else tuple(f"{time:.2f} ns" for time in times)
    signs = ((left, LEFT_COLOR, "_"), (entered, ENTERED_COLOR, "+"))
    for place, (ids, xyz), (changed, color, sign), name in zip(
        (0.0, 0.54), (before, after), signs, titles, strict=True
    ):
        part = ax.inset_axes([place, 0.24, 0.46, 0.68])
        colors = [color if int(i) in changed else STAYED_COLOR for i in ids]
        marks = [sign if int(i) in changed else "" for i in ids]
        _ball(part, xyz, colors, marks, r_cut)
        part.set_title(name, fontsize=NORMAL, pad=1)
    _arrow(ax, (0.455, 0.58), (0.545, 0.58))
    _lens_formula(ax, len(left), len(entered), len(before[0]), len(after[0]))
    kinds = (
        (CENTER_COLOR, "", "center"),
        (STAYED_COLOR, "", "stayed"),
        (LEFT_COLOR, "_", "left"),
        (ENTERED_COLOR, "+", "entered"),
    )
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
def plot_what_soap_sees(
    xyz: ArrayLike,
    spectrum: ArrayLike,
    r_cut: float,
    *,
    sigma: float = 1.0,
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """
    Draw the density of the neighbors, which are all identical to SOAP, and the spectrum that describes it.

    Parameters
    ----------
    xyz : array-like, shape (n, 3)
        Positions of the neighbors relative to the center, in Angstrom.
    spectrum : array-like, shape (m,)
        SOAP spectrum of the center with each pair of radial functions n, n' once. The plot shows the square root of
        the magnitude with the sign of the component.
    r_cut : float
        Radius of the sphere in Angstrom.
    sigma : float
        Width in Angstrom of the Gaussian of an atom.
    title : str, optional
        Title above the two pictures.
    ax : matplotlib.axes.Axes, optional
        Where to draw. It becomes the invisible frame of the two pictures.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> ax = plot_what_soap_sees(np.eye(3), [0.9, -0.1, 0.4], 6.0, ax=Figure().subplots())
    >>> [part.get_title() for part in ax.child_axes]
    ['positions, identities erased', '']
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
    # The square root makes the many small components visible beside the few large ones.
    right.vlines(np.arange(len(spectrum)), 0, np.sign(spectrum) * np.sqrt(np.abs(spectrum)), color="#1d3f66", lw=0.5)
    right.axhline(0, color=INK, lw=0.4)
    right.set(xlim=(-0.02 * len(spectrum), len(spectrum)), yticks=[0], xlabel=r"SOAP component ($n \leq n'$)")
    right.set_ylabel(r"$\pm\sqrt{|\mathbf{p}_i|}$")
    right.locator_params(axis="x", nbins=4)
    _arrow(ax, *arrow)
    wrapped_title(ax, title)
    return ax


def _shape(ax):
    """Width and height of the axes in points, before the layout changes them."""
    scale = 72 / ax.get_figure(root=True).dpi
    return ax.bbox.width * scale, ax.bbox.height * scale


def _arrow(ax, tail, head):
    """Arrow between two parts of a panel, in axes fractions."""
    style = {"arrowstyle": "-|>", "lw": 1.0, "color": INK, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", head, tail, xycoords="axes fraction", arrowprops=style)


def _lens_formula(ax, n_left, n_entered, n_before, n_after):
    """The formula of LENS with the counted numbers, as wide as the panel allows."""
    share = (n_left + n_entered) / (n_before + n_after) if n_before + n_after else 0.0
    text = rf"raw $\delta$ = ({n_left} + {n_entered}) / ({n_before} + {n_after}) = {share:.2f}"
    ax.set(xlim=(0, 1), ylim=(0, 1))
    ax.add_artist(
        FittedText(0.5, 0.175, text, cell=(1.0, 0.08), reference=text.replace("$\\delta$", "d"), largest=NORMAL)
    )


def _density(part, flat, r_cut, width):
    """The density of identical atoms inside the sphere, and the atoms as points."""
    side = np.linspace(-r_cut, r_cut, 121)
    # *width* is half of sigma: with sigma itself the projection would blur all details.
    density = sum(
        (np.exp(-((side[None, :] - x) ** 2 + (side[:, None] - y) ** 2) / (2 * width**2)) for x, y, _ in flat),
        start=np.zeros((len(side), len(side))),
    )
    image = part.imshow(
        density, extent=(-r_cut, r_cut) * 2, origin="lower", cmap=DENSITY_COLORMAP, rasterized=True, zorder=1
    )
    image.set_clip_path(Circle((0, 0), r_cut, transform=part.transData))
    _frame_ball(part, r_cut, face="none")
    part.plot(flat[:, 0], flat[:, 1], ".", ms=1.6, color="white", mew=0, zorder=3)
    part.plot(0, 0, "o", ms=5, mfc=CENTER_COLOR, mec=INK, mew=0.4, zorder=4)


def _ball(part, xyz, colors, marks, r_cut):
    """Neighbors as discs with their signs. Near discs cover far ones; far discs are paler."""
    _frame_ball(part, r_cut)
    view = projected(np.vstack([np.reshape(xyz, (-1, 3)), np.zeros(3)]))
    colors, marks = [*colors, CENTER_COLOR], [*marks, ""]
    for rank, atom in enumerate(np.argsort(view[:, 2], kind="stable")):
        x, y, depth = view[atom]
        near = 0.5 + 0.5 * np.clip(depth / r_cut, -1, 1)
        changed = colors[atom] != STAYED_COLOR
        edge = str(0.62 - 0.5 * near)
        height, alpha = 2 + rank / 1000, 1 if changed else 0.55 + 0.4 * near
        disc = Circle((x, y), 0.72 + 0.2 * near, fc=colors[atom], ec=edge, lw=0.5, alpha=alpha, zorder=height)
        part.add_patch(disc)
        if marks[atom]:
            ink = "white" if colors[atom] == ENTERED_COLOR else "black"
            # The sign fits its disc at panel widths up to 85 mm.
            part.plot(x, y, marks[atom], color=ink, ms=3.0, mew=0.8, zorder=height)


def _frame_ball(part, r_cut, face=SPHERE_COLOR):
    """The sphere of radius r_cut at equal scales, without axes."""
    part.set_axis_off()
    part.set_aspect("equal")
    reach = r_cut + 1.5
    part.set(xlim=(-reach, reach), ylim=(-reach, reach))
    if face != "none":
        part.add_patch(Circle((0, 0), r_cut, fc=face, alpha=0.25, lw=0, zorder=0))
    part.add_patch(Circle((0, 0), r_cut, fill=False, ec="#2b8aa3", lw=0.8, zorder=5))


def _handle(color, sign):
    """Legend entry: a disc with its sign."""
    disc = Line2D([], [], ls="", marker="o", ms=5, mfc=color, mec=PALE, mew=0.4)
    ink = "white" if color == ENTERED_COLOR else "black"
    return (disc, Line2D([], [], ls="", marker=sign, ms=3.4, mew=0.9, color=ink)) if sign else (disc,)
