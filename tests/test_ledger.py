"""The ledger of the paper: what it holds, against the published numbers and against what the notebooks record."""

import pytest

from soaplens_lite.study import data as registry
from soaplens_lite.study.claims.ledger import NOTEBOOKS, VERDICTS, load_claims
from soaplens_lite.study.run.parameters import model_of

CLAIMS = load_claims()
WHOLE = [claim for claim in CLAIMS if not claim.cell_of]
FIGURES = {"", *"1a 1b 1c 1d 1e 2a 2b 2c 2d 3a 3b 3c 3d 4a 4b 4c 4d 4e S1a S1b S2a S2b S3 S4".split()}
# Claims of single numbers and where published.toml holds them.
PUBLISHED = {
    "cu211.data.centers": "cu211.atoms",
    "cu211.spectrum.size": "cu211.soap_components",
    "cu211.soap.n-clusters": "cu211.soap.n_clusters",
    "cu211.joint.n-clusters": "cu211.joint.n_clusters",
    "cu211.fast.edge-to-fast": "cu211.text.edge_to_fast",
    "cu211.fast.fast-to-edge": "cu211.text.fast_to_edge",
    "cu211.method.variance": "cu211.text.variance_retained",
    "cu211.soap.n-states": "cu211.text.n_states_soap",
    "au309.soap.n-clusters": "au309.text.n_clusters_soap",
    "au309.soap.n-states": "au309.text.n_states_soap",
    "au309.flow.face": "au309.text.face_with_liquid_like",
    "au309.flow.edge": "au309.text.edge_with_liquid_like",
    "au309.flow.vertex": "au309.text.vertex_with_liquid_like",
    "au309.flow.rosette": "au309.text.rosette_with_liquid_like",
    "au309.source.rosette-time": "au309.text.rosette_forms_after_ns",
    "icewater.spectrum.size": "icewater.text.soap_components",
    "icewater.method.n-components": "icewater.text.n_components_gmm",
    "icewater.variance.soap": "icewater.text.components_for_99_percent_soap",
    "icewater.variance.joint": "icewater.text.components_for_99_percent_joint",
    **{f"cost.{name}.ratio": "cost.text.soap_over_lens" for name in ("copper", "gold", "water")},
}


def published(path):
    """A published number by its dotted path."""
    study, *keys = path.split(".")
    value = registry.published(study)
    for key in keys:
        value = value[key]
    return value


@pytest.fixture(scope="module", params=sorted({claim.study for claim in CLAIMS}))
def study(request):
    """Every study that has claims."""
    return request.param


def test_every_parameter_is_one_of_the_study(study):
    """A setting is compared by the name that it has in the notebook."""
    fields = model_of(NOTEBOOKS[study]).model_fields
    assert {claim.parameter for claim in CLAIMS if claim.study == study} - {""} <= set(fields)


@pytest.mark.parametrize(("claim_id", "path"), PUBLISHED.items())
def test_single_numbers_are_the_published_ones(claim_id, path):
    """The ledger and published.toml agree."""
    [claim] = [claim for claim in CLAIMS if claim.id == claim_id]
    assert claim.published == published(path)


@pytest.mark.parametrize(
    ("matrix", "path"),
    [
        ("cu211.soap.matrix", "cu211.soap.matrix"),
        ("cu211.soap.micro-matrix", "cu211.soap.micro_matrix"),
        ("cu211.joint.matrix", "cu211.joint.matrix"),
        ("cu211.lens.matrix", "cu211.lens.matrix"),
    ],
)
def test_matrices_are_there_cell_by_cell(matrix, path):
    """All cells, row by row, in percent; edge to fast of the joint matrix is the 0.1 % of the text."""
    cells = [claim.published for claim in CLAIMS if claim.cell_of == matrix]
    assert cells == [value for row in published(path) for value in row]
    if matrix == "cu211.joint.matrix":
        [edge_to_fast] = [claim for claim in CLAIMS if claim.id == "cu211.joint.matrix.edge.fast"]
        assert edge_to_fast.published == published("cu211.text.edge_to_fast")


def test_ids_begin_with_their_study_and_figures_are_of_the_paper():
    """A reader finds a claim by its id, and the place in the paper by its figure."""
    assert {claim.id for claim in CLAIMS if not claim.id.startswith(f"{claim.study}.")} == set()
    assert {claim.figure for claim in CLAIMS} <= FIGURES


def test_every_figure_of_the_paper_is_claimed_about():
    """None is left out: from the surface of Figure 1a to the variance of Figure S4."""
    overviews = {"2d", "4e"}  # show what other panels say in numbers
    assert FIGURES - {claim.figure for claim in CLAIMS} <= overviews


def test_numbers_of_the_papers_trajectory_are_left_to_it():
    """Shares and times are judged on the sample only as findings; what is judged there says what to expect and why."""
    assert {claim.kind for claim in WHOLE} == {"number", "count", "relation", "finding", "method"}
    for claim in WHOLE:
        if claim.kind == "number" and not claim.contradicted_by and claim.study != "cost":  # which is of programs
            assert claim.tiers == ("paper",), claim.id
        if ".data." in claim.id:  # what the paper's trajectories are like
            assert claim.tiers == ("paper",), claim.id
    assert {claim.expected for claim in CLAIMS} == set(VERDICTS)


def test_every_claim_on_ice_and_water_says_what_the_authors_trajectory_can_decide():
    """The reason is given in any case; what needs hydrogens is not judged there, and no claim on other systems is."""
    water = {claim.id for claim in CLAIMS if claim.study == "icewater"}
    assert {claim.id for claim in CLAIMS if claim.expected_on_authors_reason} == water
    left = {claim.id for claim in CLAIMS if claim.id in water and "authors" not in claim.tiers}
    assert {"icewater.spectrum.size", "icewater.variance.soap"} < left
    assert {claim.id for claim in CLAIMS if "authors" in claim.tiers} == water - left
