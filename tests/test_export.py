"""What other tools open: extended XYZ read back by ASE, and movies read back picture by picture."""

import gzip
import shlex

import imageio_ffmpeg
import matplotlib.pyplot as plt
import MDAnalysis as mda
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from ase.io import read
from PIL import Image

from soaplens_lite.plots import path_movie, plot_stills
from soaplens_lite.plots._movie import HEADER_HEIGHT, MAP_BOX, SIZE
from soaplens_lite.study import movie
from soaplens_lite.study.movie import write_movie
from soaplens_lite.trajectory import flag_states, make_trajectory, study_columns, write_states

pytestmark = pytest.mark.slow  # draws surfaces and movies


@pytest.fixture
def system():
    """Six frames of four atoms of which the last three are analyzed in frames 1 to 4."""
    rng = np.random.default_rng(1)
    trajectory = make_trajectory(
        rng.uniform(0, 9, (6, 4, 3)), ["H", "O", "O", "O"], cell=[9, 9, 9, 90, 90, 90], interval=0.5
    )
    coords = {"frame": [1, 2, 3, 4], "time": ("frame", [0.5, 1.0, 1.5, 2.0]), "atom": [1, 2, 3]}
    states = xr.DataArray(rng.integers(0, 2, (4, 3)), dims=("frame", "atom"), coords=coords)
    lens = xr.DataArray(rng.uniform(0, 1, (4, 3)), dims=("frame", "atom"), coords=coords)
    return trajectory, states, lens


NAMES = pd.DataFrame({"name": ["bulk", "mobile vertex"]})


def test_states_come_back(system, tmp_path):
    """Every second analyzed frame: atoms, cell, values, time, units and names as they were."""
    trajectory, states, lens = system
    columns = {"state": flag_states(states, NAMES), "lens": lens.assign_attrs(units="1")}
    path = write_states(tmp_path / "x.xyz.gz", trajectory, columns, stride=2)
    frames = read(path, index=":", format="extxyz")
    assert [atoms.info["frame"] for atoms in frames] == [1, 3]
    for atoms in frames:
        frame = atoms.info["frame"]
        np.testing.assert_allclose(atoms.positions, trajectory.positions.sel(frame=frame, atom=[1, 2, 3]), atol=6e-4)
        np.testing.assert_array_equal(atoms.arrays["state"], states.sel(frame=frame))
        np.testing.assert_allclose(atoms.arrays["lens"], lens.sel(frame=frame), atol=6e-6)
        assert atoms.arrays["id"].tolist() == [1, 2, 3] and atoms.get_chemical_symbols() == ["O"] * 3
        assert atoms.info["time"] == frame * 0.5 and atoms.pbc.all()
        assert atoms.info["units"] == "pos in Angstrom, time in ns, lens in 1"
        assert atoms.info["state_names"] == "0=bulk, 1=mobile vertex"
        np.testing.assert_allclose(atoms.cell.lengths(), 9)


def test_every_line_is_as_the_format_says(system, tmp_path):
    """Read by hand: number of atoms, a comment line of pairs, then as many columns as Properties announces."""
    trajectory, states, lens = system
    columns = {"state": flag_states(states, NAMES), "lens": lens}
    lines = gzip.decompress(write_states(tmp_path / "x.xyz.gz", trajectory, columns, stride=1).read_bytes())
    lines = lines.decode().splitlines()
    assert len(lines) == 4 * (3 + 2)
    for start in range(0, len(lines), 5):
        assert lines[start] == "3"
        pairs = dict(pair.split("=", 1) for pair in shlex.split(lines[start + 1]))
        assert pairs["Properties"] == "species:S:1:pos:R:3:id:I:1:state:I:1:lens:R:1"
        assert [float(number) for number in pairs["Lattice"].split()] == [9, 0, 0, 0, 9, 0, 0, 0, 9]
        assert pairs["pbc"] == "T T T"
        assert set(pairs) == {"Properties", "Lattice", "pbc", "time", "frame", "units", "state_names"}
        for line in lines[start + 2 : start + 5]:
            symbol, *numbers = line.split()
            assert symbol == "O" and len(numbers) == 3 + 3
            assert [float(number) for number in numbers] and {int(k) for k in numbers[3:5]} <= {0, 1, 2, 3}


def test_what_vmd_reads(system, tmp_path):
    """MDAnalysis reads plain XYZ as VMD does, the first four columns of every line: the same places."""
    trajectory, states, _ = system
    path = write_states(tmp_path / "x.xyz.gz", trajectory, {"state": states}, stride=1)
    plain = tmp_path / "x.xyz"
    plain.write_bytes(gzip.decompress(path.read_bytes()))
    universe = mda.Universe(str(plain))
    assert universe.trajectory.n_frames == 4 and universe.atoms.names.tolist() == ["O"] * 3
    for frame in universe.trajectory:
        expected = trajectory.positions.sel(frame=frame.frame + 1, atom=[1, 2, 3])
        np.testing.assert_allclose(universe.atoms.positions, expected, atol=6e-4)


def test_columns_of_a_study(system):
    """Three components unless there are fewer, under names from 1 on."""
    _, states, lens = system
    for n_components, expected in ((2, ["pc1", "pc2"]), (4, ["pc1", "pc2", "pc3"])):
        scores = xr.concat([lens * k for k in range(n_components)], dim="component")
        columns = study_columns(states, states, lens, scores.transpose("frame", "atom", "component"), soap=states)
        assert list(columns) == ["state", "state_soap", "lens_class", "lens", *expected]
        np.testing.assert_array_equal(columns["pc2"], lens)


def test_the_same_data_give_the_same_file(system, tmp_path):
    """No date and no name in the compressed file; nothing else is left in the folder."""
    trajectory, states, _ = system
    one = write_states(tmp_path / "one.xyz.gz", trajectory, {"state": states})
    other = write_states(tmp_path / "other.xyz.gz", trajectory, {"state": states})
    assert one.read_bytes() == other.read_bytes()
    assert gzip.decompress(one.read_bytes()).startswith(b"3\nLattice=")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.xyz.gz", "other.xyz.gz"]


def test_values_must_fit(system, tmp_path):
    """Other frames or a stride of zero are refused before a file is there."""
    trajectory, states, lens = system
    with pytest.raises(ValueError, match="'lens' is not on the frames"):
        write_states(tmp_path / "x.xyz.gz", trajectory, {"state": states, "lens": lens.isel(frame=slice(1, None))})
    with pytest.raises(ValueError, match="stride = 0 frames: must be at least 1"):
        write_states(tmp_path / "x.xyz.gz", trajectory, {"state": states}, stride=0)
    assert not list(tmp_path.iterdir())


def test_gif_where_mp4_cannot_be(tmp_path, monkeypatch):
    """Three pictures of one color each come back in their order."""
    monkeypatch.setattr(movie.importlib.util, "find_spec", lambda name: None)
    images = [np.full((8, 9, 3), color, dtype=np.uint8) for color in ((250, 0, 0), (0, 250, 0), (0, 0, 250))]
    path = write_movie(tmp_path / "movie", images, frames_per_second=10)
    assert path.name == "movie.gif"
    with Image.open(path) as opened:
        assert opened.n_frames == 3
        for k, image in enumerate(images):
            opened.seek(k)
            np.testing.assert_allclose(np.asarray(opened.convert("RGB"))[4, 4], image[4, 4], atol=8)


@pytest.fixture
def path_pictures(system):
    """Pictures of the way of an atom, for the frames that are given."""
    trajectory, states, lens = system
    scores = xr.concat([lens, lens**2], dim="component").transpose("frame", "atom", "component")
    table = pd.DataFrame({"name": ["slow", "fast"], "color": ["#dcd8ea", "#ec0299"]})

    def pictures(frames, **settings):
        shown = {"atom": 2, "frames": frames, "radius": 1.0, "n_jobs": 1, **settings}
        return list(path_movie(trajectory, scores, states, table, **shown))

    return pictures


def test_the_movie_follows_the_atom(path_pictures):
    """One picture for each frame, all of one size; both halves move, and what stands below them does not."""
    pictures = path_pictures([1, 2, 4])
    assert len(pictures) == 3 and {picture.shape for picture in pictures} == {(720, 1280, 3)}
    for one, other in zip(pictures, pictures[1:], strict=False):
        moved = (one != other).any(axis=2)
        assert moved[100:550, :700].any() and moved[100:500, 860:].any()
        assert not moved[620:].any()
        # The numbers beside the axes of the map keep their places.
        assert not moved[60:, 740:820].any()


def test_the_marker_has_the_color_of_the_state(system, path_pictures):
    """The disc beside the atom's name, in each picture."""
    _, states, _ = system
    x, y = MAP_BOX[0] * SIZE[0], (1 - HEADER_HEIGHT) * SIZE[1]
    own = states.sel(atom=2).values
    assert set(own) == {0, 1}
    for picture, state in zip(path_pictures([1, 2, 3, 4]), own, strict=True):
        expected = [(0xDC, 0xD8, 0xEA), (0xEC, 0x02, 0x99)][state]
        np.testing.assert_allclose(picture[round(y), round(x)], expected, atol=3)


def test_stills_stand_in_rows_of_two():
    """Red, green and blue: two above, one below, the fourth place stays white."""
    images = [np.full((9, 16, 3), color, dtype=np.uint8) for color in ((250, 0, 0), (0, 250, 0), (0, 0, 250))]
    figure, ax = plt.subplots(figsize=(3.2, 1.8), dpi=50)
    ax.set_position([0, 0, 1, 1])
    plot_stills(images, ax=ax)
    figure.canvas.draw()
    seen = np.asarray(figure.canvas.buffer_rgba())[:, :, :3]
    plt.close(figure)
    quarters = [seen[22, 40], seen[22, 120], seen[67, 40], seen[67, 120]]
    np.testing.assert_allclose(quarters, [(250, 0, 0), (0, 250, 0), (0, 0, 250), (255, 255, 255)], atol=2)


def test_mp4_plays_back(tmp_path):
    """Odd sides become even; as many pictures come back as were written, in their colors."""
    images = [np.full((33, 47, 3), color, dtype=np.uint8) for color in ((200, 30, 30), (30, 200, 30), (30, 30, 200))]
    path = write_movie(tmp_path / "movie.gif", images * 4, frames_per_second=10)
    assert path.name == "movie.mp4"
    frames = imageio_ffmpeg.read_frames(str(path))
    width, height = next(frames)["size"]
    assert (width, height) == (48, 34)
    back = [np.frombuffer(frame, dtype=np.uint8).reshape(height, width, 3) for frame in frames]
    assert len(back) == 12
    for image, seen in zip(images, back, strict=False):
        np.testing.assert_allclose(seen[15, 20].astype(float), image[15, 20], atol=25)
