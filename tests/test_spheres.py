"""Rendering of atoms: geometry against a naive ray caster, light against cases counted by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soaplens_lite.plots import _shading as shading
from soaplens_lite.plots import _spheres as spheres
from soaplens_lite.plots import camera, cast, common_bounds, facing, project, render_spheres

RED, BLUE = "#d02020", "#2020d0"


def naive_cast(centers, radii, shape):
    """The definition, one ray and one sphere at a time."""
    depth, owner = np.full(shape, -np.inf), np.full(shape, -1)
    for i in range(shape[0]):
        for j in range(shape[1]):
            for k, ((x, y, z), r) in enumerate(zip(centers, radii, strict=True)):
                square = r**2 - (j + 0.5 - x) ** 2 - (i + 0.5 - y) ** 2
                if square >= 0 and z + square**0.5 > depth[i, j]:
                    depth[i, j], owner[i, j] = z + square**0.5, k
    return depth, owner


def random_scene(seed, n_atoms=12):
    """A few overlapping spheres of different sizes and colors."""
    rng = np.random.default_rng(seed)
    return rng.uniform(0, 8, (n_atoms, 3)), rng.uniform(0, 1, (n_atoms, 3)), rng.uniform(0.5, 2, n_atoms)


@pytest.mark.parametrize("seed", range(6))
def test_z_buffer_is_that_of_a_naive_ray_caster(seed):
    """Every ray finds the same sphere at the same depth, also for spheres that the window cuts."""
    rng = np.random.default_rng(seed)
    centers, radii = rng.uniform(-4, 34, (15, 3)), rng.uniform(0.3, 9, 15)
    depth, owner = cast(centers, radii, (22, 30))
    naive_depth, naive_owner = naive_cast(centers, radii, (22, 30))
    assert (naive_owner < 0).any() and len(np.unique(naive_owner)) > 4
    np.testing.assert_array_equal(owner, naive_owner)
    hit = owner >= 0
    np.testing.assert_array_equal(np.isneginf(depth), ~hit)
    # A sphere that a ray grazes has a vertical flank, on which single precision shows.
    np.testing.assert_allclose(depth[hit], naive_depth[hit], atol=2e-3)


def test_one_sphere_covers_its_disc():
    """The opaque area is pi r^2: r = 2 Angstrom, pixels of 5/400 Angstrom."""
    snapshot = render_spheres([[1.0, -3.0, 7.0]], RED, 2.0, width=400, margin=0.5)
    assert snapshot.image.shape == (400, 400, 4)
    area = snapshot.image[..., 3].sum() / 255 * (5 / 400) ** 2
    assert area == pytest.approx(np.pi * 2**2, rel=5e-4)


def test_pixels_are_square_and_to_scale():
    """The width is as asked for, the height follows, and a sphere is as wide as its diameter."""
    snapshot = render_spheres([[0, 0, 0]], RED, 1.0, width=300, bounds=(-3, 3, -2, 2.005))
    # 6 Angstrom in 300 pixels are 0.02 Angstrom; 4.005 Angstrom need 201 pixels, centered on 0.0025.
    assert snapshot.image.shape[:2] == (201, 300)
    np.testing.assert_allclose(snapshot.extent, (-3, 3, 0.0025 - 2.01, 0.0025 + 2.01))
    covered = np.flatnonzero((snapshot.image[..., 3] > 0).any(axis=0))
    assert (covered[0], covered[-1]) == (100, 199)


def test_nearer_sphere_hides_the_farther_one():
    """Two spheres in line: only the nearer one is seen, from either side."""
    positions, colors = [[0, 0, 0], [0, 0, 5]], [RED, BLUE]
    from_top = render_spheres(positions, colors, 1.0, width=60)
    from_below = render_spheres(positions, colors, 1.0, width=60, view=np.diag([1.0, -1.0, -1.0]))
    assert from_top.seen == pytest.approx([0, 1], abs=0.01)
    assert from_below.seen == pytest.approx([1, 0], abs=0.01)
    red, _, blue = from_top.image[30, 30, :3].astype(int)
    assert blue > red + 100
    red, _, blue = from_below.image[30, 30, :3].astype(int)
    assert red > blue + 100


@given(seed=st.integers(0, 1000), data=st.data())
@settings(max_examples=15, deadline=None)
def test_order_of_atoms_does_not_matter(seed, data):
    """The same picture, byte by byte, however the atoms are ordered."""
    positions, colors, radii = random_scene(seed)
    order = np.array(data.draw(st.permutations(range(len(positions)))))
    image = render_spheres(positions, colors, radii, view="tilted", width=90).image
    again = render_spheres(positions[order], colors[order], radii[order], view="tilted", width=90).image
    np.testing.assert_array_equal(image, again)


def test_ties_do_not_depend_on_order():
    """Two equal spheres at one depth meet in a plane on which every ray is a tie."""
    positions, colors = np.array([[0.0, 0, 0], [1.0, 0, 0]]), np.array([[1.0, 0, 0], [0, 0, 1.0]])
    kwargs = {"radii": 1.0, "width": 65, "view": np.eye(3), "bounds": (-1.125, 2.125, -1.125, 1.125)}
    image = render_spheres(positions, colors, **kwargs).image
    np.testing.assert_array_equal(image, render_spheres(positions[::-1], colors[::-1], **kwargs).image)


def test_picture_moves_with_the_atoms():
    """Shifting all atoms changes only the extent (numbers are binary fractions, so exactly)."""
    positions, colors, radii = random_scene(3)
    positions, radii = np.round(positions * 64) / 64, np.round(radii * 64) / 64
    same = {"colors": colors, "radii": radii, "view": np.eye(3), "width": 128}
    first = render_spheres(positions, bounds=(0, 8, 0, 8), **same)
    second = render_spheres(positions + [16, -8, 4], bounds=(16, 24, -8, 0), **same)
    np.testing.assert_array_equal(first.image, second.image)
    assert second.extent == (16, 24, -8, 0)


def test_picture_does_not_depend_on_the_unit_of_length():
    """A scene twice as large looks the same: light and lines are measured in radii."""
    positions, colors, radii = random_scene(4)
    same = {"view": np.eye(3), "width": 128}
    first = render_spheres(positions, colors, radii, bounds=(0, 8, 0, 8), **same)
    second = render_spheres(2 * positions, colors, 2 * radii, bounds=(0, 16, 0, 16), **same)
    np.testing.assert_array_equal(first.image, second.image)


def test_empty_pixels_are_transparent():
    """And those of an atom are not."""
    image = render_spheres([[0, 0, 0]], RED, 1.0, width=50).image
    assert image[0, 0, 3] == 0 and image[25, 25, 3] == 255


def test_rim_of_a_pixel_is_mixed_from_what_its_rays_hit():
    """Half-covered pixels keep the sphere's own color: alpha carries the share, no dark or white fringe."""
    image = render_spheres([[0, 0, 0]], "white", 1.0, width=101, outline=False, occlusion=False).image
    rim = (image[..., 3] > 0) & (image[..., 3] < 255)
    assert rim.sum() > 50
    assert image[rim][:, :3].min() > 90  # the least light of the sky; a fringe would be near OUTLINE_COLOR


def test_projected_center_lies_on_its_atom():
    """What is drawn at an atom's projected position hits the atom."""
    positions = np.array([[0, 0, 0], [9, 1, 2], [3, 8, 5.0]])
    colors = np.eye(3)
    snapshot = render_spheres(positions, colors, 1.0, view="tilted", width=200)
    np.testing.assert_allclose(project(positions, snapshot), snapshot.xy)
    left, right, _, top = snapshot.extent
    columns, rows = ((snapshot.xy - [left, top]) * [1, -1] * snapshot.image.shape[1] / (right - left)).astype(int).T
    assert snapshot.image[rows, columns, :3].argmax(axis=1).tolist() == [0, 1, 2]


def test_emphasis_fades_the_others():
    """Emphasised atoms keep every pixel, others lose saturation."""
    positions, colors = [[0, 0, 0], [6, 0, 0]], [RED, RED]
    full = render_spheres(positions, colors, 1.0, width=160).image.astype(int)
    some = render_spheres(positions, colors, 1.0, width=160, emphasis=[True, False]).image.astype(int)
    np.testing.assert_array_equal(some[:, :80], full[:, :80])
    saturation = np.ptp(some[..., :3], axis=2)[:, 80:].max() / np.ptp(full[..., :3], axis=2)[:, 80:].max()
    assert saturation < 0.4


def test_outline_darkens_the_rim_only():
    """Alpha and the middle of a sphere stay; the rim gets the outline's color."""
    plain = render_spheres([[0, 0, 0]], "white", 1.0, width=200, outline=False).image
    lined = render_spheres([[0, 0, 0]], "white", 1.0, width=200, outline=True).image
    np.testing.assert_array_equal(plain[..., 3], lined[..., 3])
    np.testing.assert_array_equal(plain[60:140, 60:140], lined[60:140, 60:140])
    row = lined[100, lined[100, :, 3] == 255, 0]
    assert row[0] < 100 and row[-1] < 100


def test_no_outline_where_the_window_cuts():
    """A sphere that goes on beyond the picture has no rim there."""
    args = [[0, 0, 0]], "white", 1.0
    whole = render_spheres(*args, width=220, bounds=(-1.1, 1.1, -1.1, 1.1), occlusion=False).image
    cut = render_spheres(*args, width=100, bounds=(-0.5, 0.5, -0.5, 0.5), occlusion=False).image
    assert whole[110, 11, 0] < 100  # the rim is 10 pixels from the border
    np.testing.assert_array_equal(cut, whole[60:160, 60:160])


def test_flat_ground_sees_the_whole_sky():
    """No horizon rises above a plane, and a pixel at the foot of a high wall sees half of the sky."""
    flat = np.zeros((40, 40), dtype=np.float32)
    assert (shading._sky_visibility(flat, 3.0) == 1).all()
    wall = flat.copy()
    wall[:, :20] = 1e4
    visible = shading._sky_visibility(wall, 3.0)
    np.testing.assert_allclose(visible[20, 20], 0.5, atol=0.01)
    assert visible[20, 39] == 1  # beyond the reach of 4.7 radii


def test_shadow_ends_where_the_lamp_appears_over_the_wall():
    """Lamp at the left, 45 degrees high: a wall of height 8 shades the next 8 pixels."""
    depth = np.zeros((5, 40), dtype=np.float32)
    depth[:, :10] = 8
    lamp = np.array([-1, 0, 1], dtype=np.float32) / np.sqrt(2)
    lit = shading._lamp_visibility(depth, 4.0, lamp, n_steps=200, softness=1e-6)[2]
    assert lit[:10].tolist() == [1] * 10
    assert (lit[10:17] == 0).all() and (lit[18:] == 1).all()


def test_occlusion_darkens_what_lies_deep():
    """The same atom is darker at the bottom of a well than on open ground; without occlusion it is not."""
    ring = [[2.2 * np.cos(a), 2.2 * np.sin(a), 2.5] for a in np.arange(8) * np.pi / 4]

    def brightness(positions, occlusion):
        full = render_spheres(positions, "white", 1.0, width=161, bounds=(-4, 4, -4, 4), occlusion=occlusion)
        return full.image[75:86, 75:86, :3].mean()

    assert brightness([[0, 0, 0], *ring], True) < 0.75 * brightness([[0, 0, 0]], True)
    assert brightness([[0, 0, 0], *ring], False) == brightness([[0, 0, 0]], False)


@given(st.floats(-180, 180), st.floats(-360, 360))
def test_cameras_are_rotations(elevation, azimuth):
    """Rows are orthonormal and right-handed for any angles."""
    rotation = camera((elevation, azimuth))
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(rotation) == pytest.approx(1)
    np.testing.assert_array_equal(camera(rotation), rotation)


def test_named_views():
    """Top looks down z with x to the right; side along y with z up; the azimuth goes counter-clockwise."""
    np.testing.assert_allclose(camera("top"), np.eye(3), atol=1e-12)
    np.testing.assert_allclose(camera("side"), [[1, 0, 0], [0, 0, 1], [0, -1, 0]], atol=1e-12)
    # From -y counter-clockwise by 90 degrees the camera stands at +x and has y to its right.
    np.testing.assert_allclose(camera((0, 90)), [[0, 1, 0], [0, 0, 1], [1, 0, 0]], atol=1e-12)
    assert set(spheres.VIEWS) == {"top", "side", "tilted"}


def test_common_bounds_hold_all_frames():
    """The window is the extreme of centers, radii and margin over all frames."""
    frames = [[[0, 0, 0], [4, 1, 9]], [[-2, 0, 0], [4, 3, -9]]]
    # left: -2 - 1 - 0.5; right: 4 + 2 + 0.5; bottom: 0 - 1 - 0.5 or 1 - 2 - 0.5; top: 3 + 2 + 0.5
    bounds = common_bounds(frames, [1.0, 2.0], "top")
    assert bounds == pytest.approx((-3.5, 6.5, -1.5, 5.5))
    for frame in frames:
        image = render_spheres(frame, RED, [1.0, 2.0], bounds=bounds, width=80).image
        assert not image[[0, -1], :, 3].any() and not image[:, [0, -1], 3].any()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"positions": np.empty((0, 3))}, "positions: 0 atoms"),
        ({"positions": np.zeros((2, 2))}, r"positions of shape \(2, 2\)"),
        ({"positions": [[0, 0, 0], [0, np.nan, 0]]}, r"positions\[1\] = .*nan"),
        ({"radii": [1.0, 1.0, 1.0]}, "3 radii for 2 atoms"),
        ({"radii": 0.0}, "radii down to 0 Angstrom"),
        ({"radii": [1.0, np.nan]}, "radii down to nan"),
        ({"colors": [RED] * 3}, "3 colors for 2 atoms"),
        ({"colors": [(1, 0, 0, 0.5)] * 2}, "colors: "),
        ({"emphasis": [True]}, r"emphasis: bool of shape \(1,\)"),
        ({"emphasis": [0, 1]}, "emphasis: int64"),
        ({"width": 0}, "width = 0 pixels"),
        ({"width": 10.5}, "width = 10.5 pixels"),
        ({"bounds": (1, 0, 0, 1)}, r"bounds = \[1. 0. 0. 1.\]"),
        ({"bounds": (0, 1, 0, np.inf)}, "bounds = .*inf"),
        ({"view": "front"}, "view = 'front'.*top, side, tilted"),
        ({"view": np.ones((3, 3))}, "view: .*rotation"),
        ({"view": np.diag([1.0, 1.0, -1.0])}, "view: .*rotation"),
        ({"view": (1.0, 2.0, 3.0)}, r"view of shape \(3,\)"),
    ],
)
def test_bad_input_is_named(change, message):
    """Errors name the parameter and what was given."""
    given = {"positions": [[0, 0, 0], [3, 0, 0]], "colors": RED, "radii": 1.0, **change}
    with pytest.raises(ValueError, match=message):
        render_spheres(given.pop("positions"), given.pop("colors"), given.pop("radii"), **given)


@given(direction=st.tuples(*[st.floats(-9, 9)] * 3).filter(lambda xyz: np.linalg.norm(xyz) > 0.1))
def test_what_faces_the_viewer_is_in_the_middle(direction):
    """In the view that a direction faces, a point on it lies over the origin and towards the viewer."""
    seen = camera(facing(direction)) @ direction
    np.testing.assert_allclose(seen, [0, 0, np.linalg.norm(direction)], atol=1e-6)
