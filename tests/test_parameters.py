"""Parameters: one validated model per notebook, whose defaults are the notebook's, and errors that help."""

import ast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from soaplens_lite.study.run import notebooks, parameters
from soaplens_lite.study.run.parameters import MODELS, QUICK, Cu211, ParameterError, allowed, unit_of, validate


def typed(values):
    """Values with their types, so that 6 and 6.0 and True and 1 are told apart."""
    return {name: (type(value).__name__, value) for name, value in values.items()}


@pytest.mark.parametrize("name", notebooks.studies())
def test_defaults_of_the_model_are_those_of_the_notebook(name):
    """Names, values, types and order; whoever reads the notebook sees what the runner uses."""
    in_notebook = notebook_defaults(notebooks.find(name))
    in_model = MODELS[name]().model_dump()
    assert typed(in_notebook) == typed(in_model)
    assert list(in_notebook) == list(in_model)


def notebook_defaults(path):
    """What the parameters cell of a notebook assigns: lines of ``name: type = value``."""
    (cell,) = (cell for cell in notebooks.read(path).cells if "parameters" in cell.metadata.get("tags", []))
    return {line.target.id: ast.literal_eval(line.value) for line in ast.parse(cell.source).body}


def test_defaults_and_text_are_taken():
    """Text becomes the type of the parameter; what is not given keeps its default."""
    assert validate("01_cu211", {}) == Cu211().model_dump()
    changed = validate("01_cu211", {"r_cut": "5.5", "min_cluster_size": "120", "exact_tree": "true", "n_max": 6})
    expected = Cu211().model_dump() | {"r_cut": 5.5, "min_cluster_size": 120, "exact_tree": True, "n_max": 6}
    assert typed(changed) == typed(expected)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"rcut": 5.5}, "rcut = 5.5: no parameter has this name; did you mean r_cut? Known: data, frames, r_cut"),
        ({"r_cut": 0}, "r_cut = 0 Angstrom: must be a number, above 1"),
        ({"r_cut": "wide"}, "r_cut = wide Angstrom: must be a number, above 1"),
        ({"r_cut": "nan"}, "r_cut = nan Angstrom: must be a number, above 1"),
        ({"r_cut": "inf"}, "r_cut = inf Angstrom: must be a number, above 1"),
        ({"n_max": 21}, "n_max = 21: must be a whole number, at least 1 and at most 20"),
        ({"n_max": "8.5"}, "n_max = 8.5: must be a whole number"),
        ({"min_cluster_size": 1}, "min_cluster_size = 1 points: must be a whole number, at least 2"),
        ({"variance": 1}, "variance = 1: must be a number, above 0 and below 1"),
        ({"merge_cut": 2.5}, "merge_cut = 2.5: must be a number, above 0 and at most 2"),
        ({"bootstrap": 10}, "bootstrap = 10 resamples: must be a whole number, at least 100"),
        ({"bootstrap": 100_001}, "bootstrap = 100001 resamples: must be a whole number, at least 100 and at"),
        ({"exact_tree": "perhaps"}, "exact_tree = perhaps: must be true or false"),
        ({"palette": "papers"}, "palette = papers: must be default or paper"),
        ({"frames": -1}, "frames = -1 frames: must be a whole number, at least 0"),
        ({"data": 3}, "data = 3: must be a name"),
        ({"lens_order": 20}, "lens_order = 20: must be below lens_window = 20 frames"),
        ({"frames": 23}, "frames = 23: too few for lens_window = 20 frames; must be at least 24, or 0 for all"),
    ],
)
def test_what_makes_no_sense_is_refused_with_what_would(given, message):
    """Name, value, unit and allowed range, or the nearest name."""
    with pytest.raises(ParameterError) as caught:
        validate("01_cu211", given)
    assert message in str(caught.value)


def test_a_notebook_checks_its_own_parameters():
    """Whatever else it has defined; what it has not changed keeps its default."""
    namespace = {"r_cut": 5.5, "run": object(), "frames": 100}
    in_notebook = parameters.in_notebook("01_cu211", namespace)
    assert in_notebook == Cu211().model_dump() | {"r_cut": 5.5, "frames": 100}
    with pytest.raises(ParameterError, match="r_cut = -1 Angstrom"):
        parameters.in_notebook("01_cu211", {"r_cut": -1})


def test_all_faults_are_named_at_once():
    """One line each."""
    with pytest.raises(ParameterError) as caught:
        validate("01_cu211", {"r_cut": -1, "n_max": 0, "sed": 1})
    assert [line.split(" ")[0] for line in str(caught.value).splitlines()] == ["r_cut", "n_max", "sed"]


def test_a_notebook_without_model():
    """Is named, with those that have one."""
    with pytest.raises(ParameterError, match="'01_cu21'; did you mean 01_cu211"):
        validate("01_cu21", {})


@given(window=st.integers(4, 60), frames=st.integers(1, 130))
def test_frames_suffice_for_the_window(window, frames):
    """Counted naively: crop half a window from the intervals at either end; three frames must be left."""
    left = (frames - 1) - window // 2 - window // 2
    if left >= 3:
        assert validate("01_cu211", {"frames": frames, "lens_window": window})["frames"] == frames
    else:
        with pytest.raises(ParameterError, match="too few for lens_window"):
            validate("01_cu211", {"frames": frames, "lens_window": window})


@pytest.mark.parametrize("name", sorted(MODELS))
def test_every_model_refuses_unknown_names_and_explains_its_fields(name):
    """A field without meaning cannot be shown, one without known type not explained."""
    assert MODELS[name].model_config["extra"] == "forbid"
    for field in MODELS[name].model_fields.values():
        assert field.description and allowed(field) and isinstance(unit_of(field), str)


@pytest.mark.parametrize("name", sorted(QUICK))
def test_the_quick_parameters_are_valid(name):
    """And are not the defaults."""
    assert validate(name, QUICK[name]) != validate(name, {})
    assert set(QUICK) <= set(MODELS)


def test_studies_that_a_notebook_looks_at():
    """Parameters of the same name take the place of a study's own, the others stay; a study looks at none."""
    studies = parameters.studies_within("04_cost", validate("04_cost", {"frames": 200, "seed": 7}))
    copper, settings = studies["copper"]
    assert (copper, settings) == ("01_cu211", Cu211().model_dump() | {"frames": 200, "seed": 7})
    assert [settings["min_cluster_size"] for _, settings in studies.values()] == [80, 150, 80]
    assert parameters.studies_within("01_cu211", validate("01_cu211", {})) == {}


@pytest.mark.parametrize(("name", "largest"), [("01_cu211", 2**32 - 1), ("05_sensitivity", 2**32 - 3)])
def test_seeds_are_those_that_generators_take(name, largest):
    """Numbers of 32 bits; the notebook of sensitivities takes two more after the given one."""
    assert validate(name, {"seed": str(largest)})["seed"] == largest
    np.random.RandomState(largest + (2 if name == "05_sensitivity" else 0))
    with pytest.raises(ParameterError, match=f"seed = {largest + 1}: must be .* at most {largest}"):
        validate(name, {"seed": largest + 1})
