"""The notebook for the user's own data, on few frames: fast particles are found, labels say the user's units."""

import gzip
import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from soaplens_lite.cli import main
from soaplens_lite.study import data
from soaplens_lite.study.run import notebooks

pytestmark = pytest.mark.notebook

SHORT = {"n_max": 3, "l_max": 2, "lens_window": 5, "bootstrap": 100, "export_stride": 20, "n_jobs": 1}


def test_the_sample_is_what_the_recipe_makes():
    """Positions to the 0.01 Angstrom of the file."""
    path = Path(__file__).parents[1] / "data_registry" / "recipes" / "hydrogen" / "make.py"
    spec = importlib.util.spec_from_file_location("make_hydrogen", path)
    recipe = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(recipe)
    frames, atoms = recipe.hopping_crystal()
    sample = data.open_data_set(data.fetch("hydrogen-sample"))
    assert list(atoms.symbols) == sample.species.values.tolist()
    np.testing.assert_allclose(sample.positions, frames, atol=0.0051)


def test_it_is_listed_but_no_part_of_the_paper():
    """`soaplens notebooks` and JupyterLab have it; `make reproduce` does not run it."""
    assert "06_your_trajectory" in notebooks.names() and "06_your_trajectory" not in notebooks.of_paper()


def rows_of(table):
    """Rows of a recorded table by their first column."""
    first, *others = table.values()
    return dict(zip(first, zip(*others, strict=True), strict=True))


# ------------------------------------------------------------------------------------- the sample of the registry


@pytest.fixture(scope="module")
def run(run_notebook):
    """40 frames of hydrogen in palladium."""
    return run_notebook("06_your_trajectory", SHORT | {"frames": 40})


def test_the_planted_atoms_are_fast(numbers):
    """All 12 hydrogen atoms, which come last in the file, and no palladium."""
    assert numbers["lens.fast_particles"] == list(range(256, 268))
    number, fast, mean, lowest, _ = rows_of(numbers["lens.by_name"])["species H"]
    _, _, _, _, highest = rows_of(numbers["lens.by_name"])["species Pd"]
    assert (number, fast) == (12, 12) and mean > lowest > 2 * highest


def test_the_cutoff_lies_behind_the_first_shell(numbers):
    """Of palladium: between 2.84 and 4.02 Angstrom."""
    assert 2.9 < numbers["r_cut"] < 3.9 and numbers["joint.n_states"] > 1


def test_panels_and_results(run_folder, check_figures):
    """Every panel that the notebook draws; results hold LENS and the states."""
    kinds = ("map", "dendrogram", "chord", "transition_matrix", "snapshot_last")
    panels = [f"{name}_{kind}" for name in ("soap", "joint") for kind in kinds]
    panels += [f"dynamics_{kind}" for kind in ("lens_series", "chord", "transition_matrix", "snapshot_last")]
    check_figures(run_folder, ["radial_distribution", *panels], [])
    recorded = json.loads((run_folder / "numbers.json").read_text())
    assert {recorded["numbers"][name]["unit"] for name in ("interval", "r_cut")} == {"ns", "Angstrom"}


# ------------------------------------------------------------------------------- beads in the units of their model


def write_beads(folder):
    """64 beads A on a cubic lattice of one sigma, and 6 beads B that hop between its gaps."""
    rng, n, spacing = np.random.default_rng(3), 4, 1.12
    lattice = spacing * np.stack(np.meshgrid(*[np.arange(n)] * 3), axis=-1).reshape(-1, 3)
    gaps, lines = rng.permutation(n**3)[:6], []
    for frame in range(30):
        for k in np.flatnonzero(rng.random(6) < 0.5):
            gaps[k] = rng.choice(np.setdiff1d(np.arange(n**3), gaps))
        places = np.concatenate([lattice, lattice[gaps] + spacing / 2]) + rng.normal(0, 0.02, (n**3 + 6, 3))
        lines += [str(n**3 + 6), f'Lattice="{n * spacing} 0 0 0 {n * spacing} 0 0 0 {n * spacing}" frame={frame}']
        lines += [f"{'A' if k < n**3 else 'B'} {x:.4f} {y:.4f} {z:.4f}" for k, (x, y, z) in enumerate(places)]
    (folder / "beads.xyz").write_text("\n".join(lines) + "\n")
    text = 'trajectory = "beads.xyz"\ninterval = 2\nlength_unit = 2.5\nbeads = true\n'
    (folder / "beads.toml").write_text(text + 'units = { length = "sigma", time = "tau" }\n')
    return folder / "beads.toml"


@pytest.fixture(scope="module")
def of_beads(tmp_path_factory):
    """The run on beads, by command."""
    folder = tmp_path_factory.mktemp("beads")
    given = [f"-p{name}={value}" for name, value in (SHORT | {"min_cluster_size": 60}).items()]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOAPLENS_CACHE", str(folder / "cache"))
        command = ["run", "06_your_trajectory", "--data", str(write_beads(folder)), "--results", str(folder), *given]
        ended = CliRunner().invoke(main, command)
    assert ended.exit_code == 0, ended.output
    return folder / "06_your_trajectory" / "latest", ended.output


def test_beads_that_hop_are_found(of_beads):
    """Beads 64 to 69, and no other; most of their neighbors change when they hop."""
    numbers = json.loads((of_beads[0] / "numbers.json").read_text())["numbers"]
    assert numbers["lens.fast_particles"]["value"] == list(range(64, 70))
    assert 0.2 < rows_of(numbers["lens.by_name"]["value"])["species B"][2] < 0.8


def test_labels_say_the_units_of_the_user(of_beads):
    """Numbers, axes, scale bars, tables and the exported file; nothing is in Angstrom or ns but sigma of SOAP."""
    folder, output = of_beads
    numbers = json.loads((folder / "numbers.json").read_text())["numbers"]
    assert (numbers["interval"]["unit"], numbers["r_cut"]["unit"]) == ("tau", "sigma")
    texts = {path.stem: path.read_text("utf-8") for path in (folder / "figures").glob("*.svg")}
    assert "<!-- time (tau) -->" in texts["dynamics_lens_series"] and "r (sigma)" in texts["radial_distribution"]
    assert "sigma -->" in texts["dynamics_snapshot_last"]
    assert not any("Å" in text or "(ns)" in text or " ns -->" in text for text in texts.values())
    with gzip.open(folder / "exports" / "06_your_trajectory.xyz.gz", "rt") as file:
        assert "pos in sigma, time in tau" in file.readlines()[1]
    assert "2 tau" in output and "sigma" in output and " ns " not in output
    page = (folder / "notebook.html").read_text("utf-8")
    assert "interval (tau)" in page and "(ns)" not in page
