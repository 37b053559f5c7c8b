"""Batches before anything runs: plans, their faults, parts, the order of runs, estimates, tables."""

import itertools
import json
from types import SimpleNamespace

import pandas as pd
import pytest
import xarray as xr
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field

from soaplens_lite.cli import main
from soaplens_lite.study import batch
from soaplens_lite.study.batch import _folder, _plan, _run, _table, _view
from soaplens_lite.study.run import notebooks, parameters, provenance


class Demo(BaseModel):
    """Parameters of a notebook without data."""

    model_config = ConfigDict(extra="forbid")

    n: int = Field(3, description="points", ge=0)
    r_cut: float = Field(6.0, description="radius", gt=1, json_schema_extra={"unit": "Angstrom"})


@pytest.fixture
def demo(tmp_path, monkeypatch):
    """A notebook that only has to be known; the folder of its results."""
    folder = tmp_path / "notebooks"
    folder.mkdir()
    (folder / "01_demo.py").write_text('# %% tags=["parameters"]\nn = 3\nr_cut = 6.0\n')
    monkeypatch.setattr(notebooks, "folder", lambda: folder)
    monkeypatch.setattr(provenance, "PACKAGE", folder)
    monkeypatch.setitem(parameters.MODELS, "01_demo", Demo)
    monkeypatch.setenv("SOAPLENS_RESULTS", str(tmp_path / "Ergebnisse 1 ä"))
    return tmp_path / "Ergebnisse 1 ä"


def plan_of(tmp_path, text, name="plan.csv", notebook="01_demo"):
    """The rows of a plan file with some text."""
    (tmp_path / name).write_text(text, "utf-8")
    return batch.read_plan(tmp_path / name, notebook)


def given_of(rows):
    return [row.given for row in rows]


def complete(results, run_id, *, seconds=10.0, numbers=None, start="2026-01-01", size=5, **given):
    """A complete run of the demo, as a runner leaves it."""
    folder = results / "01_demo" / run_id
    folder.mkdir(parents=True)
    full = Demo(**given).model_dump()
    content = {"notebook": "01_demo", "complete": True, "parameters": full, "numbers": numbers or {}, "figures": {}}
    (folder / "numbers.json").write_text(json.dumps(content))
    run = {
        "status": "complete",
        "notebook": "01_demo",
        "run_id": run_id,
        "start": start,
        "parameters": full,
        "data": {},
    }
    run |= {"seconds": seconds, "seconds_per_section": {"Work": seconds}, "files": {"numbers.json": size}}
    (folder / "run.json").write_text(json.dumps(run))
    return folder


# Plans


def test_a_grid_has_all_combinations_in_order():
    """Two values times three, the last varies fastest."""
    rows = batch.grid("01_demo", {"n": [1, 2], "r_cut": [5, 6, 7]})
    assert [(row.given["n"], row.given["r_cut"]) for row in rows] == [(1, 5), (1, 6), (1, 7), (2, 5), (2, 6), (2, 7)]
    assert [row.number for row in rows] == [1, 2, 3, 4, 5, 6]


@given(st.dictionaries(st.sampled_from("abcd"), st.lists(st.integers(), min_size=1, max_size=4), min_size=1))
def test_a_grid_is_the_product(axes):
    """As itertools gives it."""
    expected = [dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values())]
    assert given_of(batch.grid("01_demo", axes)) == expected


def test_a_csv_plan(tmp_path):
    """An empty cell is the default; empty lines do not count; Excel's mark at the begin and semicolons are read."""
    assert given_of(plan_of(tmp_path, "n,r_cut\n1,5\n\n2,\n")) == [{"n": "1", "r_cut": "5"}, {"n": "2"}]
    assert given_of(plan_of(tmp_path, '\ufeffn;data\n1;"a, b.toml"\n')) == [{"n": "1", "data": "a, b.toml"}]


def test_a_csv_plan_may_name_the_notebook(tmp_path):
    """In a column, so that the command need not."""
    rows = plan_of(tmp_path, "notebook,n\n01_demo,1\n02_other,2\n", notebook=None)
    assert [(row.notebook, row.given) for row in rows] == [("01_demo", {"n": "1"}), ("02_other", {"n": "2"})]


def test_a_toml_plan(tmp_path):
    """The grid first, then the runs; a single value in a grid is a list of one."""
    text = 'notebook = "01_demo"\n[grid]\nn = [1, 2]\nr_cut = 5\n[[run]]\nn = 9\n'
    rows = plan_of(tmp_path, text, "plan.toml", notebook=None)
    assert given_of(rows) == [{"n": 1, "r_cut": 5}, {"n": 2, "r_cut": 5}, {"n": 9}]
    assert {row.notebook for row in rows} == {"01_demo"}


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("plan.csv", "", ["no runs"]),
        ("plan.csv", "n,r_cut\n", ["no runs"]),
        ("plan.csv", "n,n,\n1,2,3\n", ["column 3: has no name", "column n: stands there twice"]),
        ("plan.csv", "n,r_cut\n1,5\n2\n3,4,5\n", ["row 2: has 1 cells", "row 3: has 3 cells"]),
        ("plan.toml", "n = 1\n", ["n: a plan has the keys notebook, [grid] and [[run]]"]),
        ("plan.toml", "[grid]\nn = []\n", ["n: no value is given"]),
        ("plan.toml", "[run]\nn = 1\n", ["[[run]], in two brackets"]),
        ("plan.toml", "n = ", ["cannot be read"]),
        ("plan.txt", "n\n1\n", ["must be a .csv or a .toml file"]),
    ],
)
def test_files_that_are_not_plans(tmp_path, name, text, words):
    """Are refused with all faults at once."""
    with pytest.raises(batch.BatchError) as error:
        plan_of(tmp_path, text, name)
    assert all(word in str(error.value) for word in words)


def test_a_plan_without_notebook_or_file(tmp_path):
    """The message says how to name it; a missing file is named."""
    with pytest.raises(batch.BatchError, match="row 1: no notebook is named"):
        plan_of(tmp_path, "n\n1\n", notebook=None)
    with pytest.raises(batch.BatchError, match="cannot be read: No such file"):
        batch.read_plan(tmp_path / "none.csv")


@pytest.mark.parametrize(("n_runs", "words"), [(0, "at least one"), (100_000, "100,000 runs: .* at most 10,000")])
def test_empty_grids_and_far_too_many_runs(n_runs, words):
    """Are refused before they are made."""
    with pytest.raises(batch.BatchError, match=words):
        batch.grid("01_demo", {"n": range(n_runs)})


# Checking


def test_all_faults_are_named_at_once_with_row_and_column(demo, tmp_path):
    """An unknown column once, wrong values with their rows."""
    rows = plan_of(tmp_path, "n,r_cut,note,rcut\n1,5,a,1\n2,0,b,1\nx,0,c,1\n")
    with pytest.raises(batch.BatchError) as error:
        batch.validate(rows)
    lines = str(error.value).splitlines()
    assert len(lines) == 5
    assert lines[0].startswith("column note: no parameter") and lines[1].startswith("column rcut: no parameter")
    assert "did you mean r_cut?" in lines[1]
    assert [line.split(" Angstrom")[0] for line in lines[2:]] == [
        "row 2: r_cut = 0",
        "row 3: n = x: must be a whole number, at least 0",
        "row 3: r_cut = 0",
    ]


def test_of_many_faults_the_first_are_named(demo):
    """Twenty, and how many more there are."""
    with pytest.raises(batch.BatchError) as error:
        batch.validate(batch.grid("01_demo", {"n": range(-30, 0)}))
    lines = str(error.value).splitlines()
    assert len(lines) == 21 and lines[-1] == "... and 10 more faults"


def test_unknown_notebooks_are_faults_of_their_rows(demo):
    """With what is known."""
    with pytest.raises(batch.BatchError, match="row 1: no notebook is named '02_demo'; did you mean 01_demo"):
        batch.validate([batch.Row(1, "02_demo", {"n": 1})])


def test_a_notebook_without_a_cell_of_parameters(demo):
    """Would do the same in every run."""
    (notebooks.folder() / "01_demo.py").write_text("# %%\nn = 3\n")
    with pytest.raises(batch.BatchError, match="notebook 01_demo: has no cell with the tag `parameters`"):
        batch.validate(batch.grid("01_demo", {"n": [1, 2]}))


def test_the_same_run_twice_is_one(demo):
    """5 and 5.0, and the default given or not, are the same run."""
    rows = [{"r_cut": "5"}, {"r_cut": 5.0}, {"r_cut": 5, "n": "3"}, {"r_cut": 6.5}]
    checked = batch.validate([batch.Row(k, "01_demo", row) for k, row in enumerate(rows, start=1)])
    assert [row.number for row in checked] == [1, 4]


@pytest.mark.slow
def test_every_row_is_checked_against_its_data():
    """The copper sample has 502 frames; the gold one is not copper."""
    rows = batch.grid("01_cu211", {"frames": [60, 600], "data": ["cu211-sample", "au309-sample"]})
    with pytest.raises(batch.BatchError) as error:
        batch.validate(rows)
    text = str(error.value)
    assert "row 3: frames = 600: cu211-sample has 502" in text
    assert "row 2: data = 'au309-sample': 01_cu211 is about another system" in text and "row 1" not in text


# What the command asks for


def test_rows_and_name_of_a_command(demo, tmp_path):
    """A grid is named after what varies, a plan after its file; -p adds to every row of a plan."""
    rows, name, _ = batch.rows_of(["01_demo"], {"n": ["1", "2"], "r_cut": ["5"]})
    assert name == "01_demo-n" and len(rows) == 2
    plan = tmp_path / "my plan.csv"
    plan.write_text("n\n1\n2\n")
    rows, name, _ = batch.rows_of([str(plan), "01_demo"], {"r_cut": ["5", "6"]})
    assert name == "my plan"
    assert [tuple(row.given.values()) for row in rows] == [("1", "5"), ("1", "6"), ("2", "5"), ("2", "6")]


@pytest.mark.parametrize(
    ("what", "words"),
    [
        (["01_demo"], "name parameters"),
        (["01_demo", "02_demo"], "one notebook and at most one plan"),
        (["nothing"], "nothing: there is no such batch; known: none"),
    ],
)
def test_commands_that_name_no_runs(demo, what, words):
    """Say what to name."""
    with pytest.raises(batch.BatchError, match=words):
        batch.rows_of(what, {})


def test_dry_run_shows_the_plan_and_writes_nothing(demo):
    """
    Which runs are done, and what the others take.

    An earlier run took 60 s, as it computed descriptors, and one 20 s. Of the three that are left one has a new r_cut:
    60 + 20 + 20 s on two workers, and three times the median of 3 and 1 MB.
    """
    done = batch.validate(batch.grid("01_demo", {"n": [1]}))[0].job.run_id
    complete(demo, done, seconds=60.0, n=1, size=3_000_000)
    complete(demo, "another", seconds=20.0, n=7, size=1_000_000, start="2026-01-02")
    before = sorted(demo.rglob("*"))
    result = CliRunner().invoke(
        main, ["batch", "01_demo", "-p", "n=1,2", "-p", "r_cut=6,7", "--dry-run", "--jobs", "2"]
    )
    assert result.exit_code == 0, result.output
    assert "4 runs: 1 complete, 3 left" in result.output
    assert "about 50.0 s on 2 workers and 6 MB" in result.output
    assert sorted(demo.rglob("*")) == before


@pytest.mark.slow
def test_more_than_200_runs_ask(demo, monkeypatch):
    """No begins nothing; --yes does not ask."""
    begun = []
    monkeypatch.setattr(_run.Batch, "run", lambda self, **options: begun.append(self))
    monkeypatch.setattr(_run.Batch, "is_complete", lambda self: True)
    values = ",".join(map(str, range(201)))
    command = ["batch", "01_demo", "-p", f"n={values}"]
    result = CliRunner().invoke(main, command, input="n\n")
    assert result.exit_code == 1 and "201 runs: begin?" in result.output and not begun
    assert CliRunner().invoke(main, [*command, "--yes"]).exit_code == 0 and len(begun) == 1


# Parts and order


@pytest.mark.parametrize("text", ["0/3", "4/3", "3", "1/0", "a/b", "1.5/3", "-1/3"])
def test_texts_that_are_not_parts(text):
    """The number comes first and is at most how many there are."""
    with pytest.raises(batch.BatchError, match="must be the number of a part"):
        _run.parse_part(text)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), unique=True), st.integers(1, 7))
def test_parts_cover_a_plan_and_do_not_overlap(values, n_parts):
    """Every row is in exactly one part; parts differ by at most one row."""
    rows = [row_like(frames=frames, min_cluster_size=size) for frames, size in values]
    parts = [_run.rows_of_part(rows, k, n_parts) for k in range(1, n_parts + 1)]
    assert sorted(map(id, itertools.chain(*parts))) == sorted(map(id, rows))
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


def row_like(**given):
    """A checked row of which only its parameters count."""
    return SimpleNamespace(job=SimpleNamespace(notebook="01_demo", data={"copper": "abc"}, parameters=given))


def test_one_run_fills_the_cache_for_the_others():
    """Of two descriptors, the second worker takes the other one; of one descriptor, another clustering."""
    a1, a1_cut, a2, b1 = (
        row_like(r_cut=r_cut, min_cluster_size=size, merge_cut=cut)
        for r_cut, size, cut in [(5, 40, 1.0), (5, 40, 0.9), (5, 80, 1.0), (6, 40, 1.0)]
    )
    assert _run._next([a1, a1_cut, a2, b1], [], []) == 0
    assert _run._next([a1_cut, a2, b1], [a1], []) == 2  # b1: nobody computes its descriptors
    assert _run._next([a1_cut, a2], [a1], []) == 1  # a2: it waits for descriptors alone
    assert _run._next([a1_cut], [a1], []) == 0  # all would wait
    assert _run._next([a1_cut, a2], [a2], [a1]) == 0  # what is filled makes nobody wait


# The folder


def test_the_plan_of_a_batch_is_read_back(tmp_path):
    """With ids; links lead to where the runs will be."""
    home, results = tmp_path / "batches" / "x", tmp_path
    entries = [_folder.Entry("01_demo", "aaa", {"n": 1}), _folder.Entry("01_demo", "bbb", {"n": 2, "data": "ä b.toml"})]
    _folder.write(home, entries)
    assert _folder.read(home) == entries
    assert (home / "runs" / "0002").readlink().parts[-2:] == ("01_demo", "bbb")
    assert not (home / "runs" / "0002").exists()
    complete(results, "bbb", n=2)
    assert (home / "runs" / "0002" / "run.json").is_file()
    _folder.write(home, entries[1:])
    assert [link.name for link in (home / "runs").iterdir()] == ["0001"]
    assert (home / "runs" / "0001").readlink().name == "bbb"


def test_rows_of_an_earlier_command_stay_if_they_were_begun(tmp_path):
    """One that nobody began is dropped, and one whose id changed with the code has its new id only."""
    home = tmp_path / "batches" / "x"
    old = [_folder.Entry("01_demo", run_id, {"n": n}) for n, run_id in enumerate(["done", "never", "outdated"])]
    _folder.write(home, old)
    complete(tmp_path, "done", n=0)
    complete(tmp_path, "outdated", n=2)
    new = [_folder.Entry("01_demo", "new", {"n": 5}), _folder.Entry("01_demo", "recoded", {"n": 2})]
    _folder.join(home, new, tmp_path)
    assert [entry.run_id for entry in _folder.read(home)] == ["new", "recoded", "done"]


def test_a_run_stands_in_a_plan_once(tmp_path):
    """Also if another command gave a default by name."""
    home = tmp_path / "batches" / "x"
    _folder.write(home, [_folder.Entry("01_demo", "same", {"n": 1})])
    complete(tmp_path, "same", n=1)
    _folder.join(home, [_folder.Entry("01_demo", "same", {"n": 1, "r_cut": 6.0})], tmp_path)
    assert [entry.run_id for entry in _folder.read(home)] == ["same"]


def test_a_run_that_has_not_its_name_yet_is_not_complete(tmp_path):
    """Its process was killed before the folder was renamed: it is done again."""
    complete(tmp_path, "killed.partial", n=1)
    assert _folder.Entry("01_demo", "killed", {"n": 1}).status(tmp_path) == "interrupted"


def test_a_run_that_another_computer_has_is_named(tmp_path):
    """With its process and what to do, as nobody here can know whether it lives."""
    folder = complete(tmp_path, "far.partial", n=1)
    run = json.loads((folder / "run.json").read_text())
    process = {"host": "another computer", "pid": 77, "started": 1.0}
    (folder / "run.json").write_text(json.dumps(run | {"status": "running", "process": process}))
    text = _view.summary([_folder.Entry("01_demo", "far", {"n": 1})], tmp_path, tmp_path / "batches" / "x")
    assert "process 77 on another computer" in text and f"delete {folder}" in text and "1 running" in text


def test_a_batch_goes_on_in_its_own_results_folder(demo, tmp_path):
    """Named by its folder or its plan; another results folder is refused."""
    other = tmp_path / "other"
    home = other / "batches" / "x"
    _folder.write(home, [_folder.Entry("01_demo", "aaa", {"n": 1})])
    for word in (home, home / "batch.toml"):
        rows, name, place = batch.rows_of([str(word)], {})
        assert given_of(rows) == [{"n": 1}] and (name, place) == ("x", other)
        with pytest.raises(batch.BatchError, match="name the same one"):
            batch.rows_of([str(word)], {}, demo)


def test_own_data_of_a_plan_are_looked_for_beside_it(tmp_path, monkeypatch):
    """Wherever the command is given, now and later."""
    (tmp_path / "plans").mkdir()
    (tmp_path / "plans" / "my.toml").touch()
    rows = plan_of(tmp_path / "plans", "data\nmy.toml\ncu211-sample\n")
    assert given_of(rows) == [{"data": str(tmp_path / "plans" / "my.toml")}, {"data": "cu211-sample"}]
    monkeypatch.chdir(tmp_path / "plans")
    rows, *_ = batch.rows_of(["06_your_trajectory"], {"data": ["my.toml"]})
    assert given_of(rows) == [{"data": str(tmp_path / "plans" / "my.toml")}]


def test_a_batch_belongs_to_one_process(tmp_path):
    """The second one is told which process has it; another part is free."""
    with _folder.locked(tmp_path / "x", "1-of-2"):
        with pytest.raises(batch.BatchError, match="is being run by another process"):
            with _folder.locked(tmp_path / "x", "1-of-2"):
                pass
        with _folder.locked(tmp_path / "x", "2-of-2"):
            pass
    with _folder.locked(tmp_path / "x", "1-of-2"):
        pass


def test_plans_of_batches_that_are_not_ours(tmp_path):
    """A plan without ids is not the plan of a batch."""
    (tmp_path / "batch.toml").write_text('[[run]]\nnotebook = "01_demo"\nn = 1\n')
    with pytest.raises(batch.BatchError, match="not every run has a run_id"):
        _folder.read(tmp_path)


# Tables


SHARE = {"value": {"value": 0.5, "low": 0.4, "high": 0.6}, "unit": "", "note": ""}


def filled(results, values=(1, 2)):
    """A batch of complete runs, one for each value of n, and one that is left; its folder."""
    home = results / "batches" / "x"
    entries = []
    for n in values:
        other = {"square": {"value": n * n, "unit": "1"}, "n": {"value": n + 1}, "list": {"value": [n, {"a": True}]}}
        complete(results, f"id{n}", n=n, numbers={"share": SHARE} | other)
        entries.append(_folder.Entry("01_demo", f"id{n}", {"n": n}))
    _folder.write(home, [*entries, _folder.Entry("01_demo", "idle", {"n": 9})])
    return home


def test_a_run_is_a_row(demo):
    """Parameters have their names; intervals, lists, dicts and names that are taken have endings."""
    filled(demo)
    table = batch.table("x", results=demo)
    assert table["status"].tolist() == ["complete", "complete", "left"]
    assert table["n"].tolist() == [1, 2, 9] and table["r_cut"].tolist() == [6.0, 6.0, 6.0]
    first = table.iloc[0]
    assert (first["share"], first["share.low"], first["share.high"]) == (0.5, 0.4, 0.6)
    assert first["square"] == 1 and first["n.recorded"] == 2
    assert first["list.0"] == 1 and first["list.1.a"] is True
    assert first["seconds"] == 10.0 and first["seconds.Work"] == 10.0
    assert table.iloc[2][["square", "share", "seconds"]].isna().all()


def test_own_data_are_told_apart(demo):
    """A run folder calls every description data.toml; the plan, or else the ids of the data, say which it is."""
    home, entries = demo / "batches" / "x", []
    for name in ("a", "b"):
        folder = complete(demo, name)
        run = json.loads((folder / "run.json").read_text())
        run |= {"parameters": run["parameters"] | {"data": "data.toml"}, "data": {f"own-{name}": {}}}
        (folder / "run.json").write_text(json.dumps(run))
        entries.append(_folder.Entry("01_demo", name, {"data": f"/here/{name}.toml"}))
    _folder.write(home, entries)
    table = batch.table("x", results=demo)
    assert table["data"].tolist() == ["/here/a.toml", "/here/b.toml"] and table.attrs["varying"] == ["data"]
    assert batch.table(demo / "01_demo")["data"].tolist() == ["own-a", "own-b"]


def test_verdicts_of_runs_that_are_not_done_are_not_kept(demo, monkeypatch):
    """A run that is judged before it is complete is judged again afterwards."""
    home, verdicts = filled(demo, values=(1,)), {"id1": {}, "idle": {}}
    monkeypatch.setattr(_table, "_verdicts", lambda row: verdicts[row["run"]["run_id"]])
    assert not [name for name in batch.table("x", results=demo) if name.startswith("verdict.")]
    verdicts["id1"] = {"a": "reproduced"}
    assert batch.table("x", results=demo)["verdict.a"].tolist()[0] == "reproduced"
    verdicts["id1"] = {"a": "asked again"}
    assert batch.table("x", results=demo)["verdict.a"].tolist()[0] == "reproduced"
    assert json.loads((home / "verdicts.json").read_text())["runs"] == {"id1": {"a": "reproduced"}}


def test_a_batch_may_have_the_name_of_a_notebook(demo):
    """Its table is that of its runs, not of all runs of the notebook."""
    complete(demo, "alone", n=7)
    home = filled(demo, values=(1,))
    home.rename(home.with_name("01_demo"))
    assert batch.table("01_demo", results=demo)["n"].tolist() == [1, 9]


def test_infinities_are_numbers(demo):
    """JSON has them as text."""
    complete(demo, "id1", numbers={"ratio": {"value": "inf"}})
    assert batch.table(demo / "01_demo")["ratio"].tolist() == [float("inf")]


def test_a_number_is_a_row(demo):
    """With value, interval and unit, and the parameters of its run."""
    filled(demo)
    table = batch.table("x", long=True, results=demo)
    assert len(table) == 2 * 5
    row = table[(table["name"] == "share") & (table["n"] == 2)].iloc[0]
    assert (row["value"], row["low"], row["high"], row["run_id"]) == (0.5, 0.4, 0.6, "id2")
    assert table.loc[table["name"] == "square", ["value", "unit"]].values.tolist() == [[1, "1"], [4, "1"]]


def test_runs_of_papermill_are_in_the_table(demo):
    """A folder of runs is a source, too; there is no run.json where papermill worked alone."""
    complete(demo, "id1", n=1)
    (complete(demo, "interactive-0123", n=5, numbers={"square": {"value": 25}}) / "run.json").unlink()
    (demo / "01_demo" / "latest").symlink_to("id1")
    table = batch.table("01_demo").set_index("run_id")
    assert table["n"].to_dict() == {"id1": 1, "interactive-0123": 5}
    assert (table["status"] == "complete").all() and table["square"]["interactive-0123"] == 25


def test_runs_of_an_older_version_are_rows(demo):
    """Whatever their run.json lacks is empty; what cannot be read is no run."""
    old = demo / "01_demo" / "old"
    old.mkdir(parents=True)
    (old / "run.json").write_text(json.dumps({"status": "complete", "run_id": "old"}))
    (demo / "01_demo" / "broken").mkdir()
    (demo / "01_demo" / "broken" / "run.json").write_text("{")
    table = batch.table(demo / "01_demo").set_index("run_id")
    assert table["status"].to_dict() == {"old": "complete", "broken": "left"}
    with pytest.raises(batch.BatchError, match="there is no run in this folder"):
        batch.table(demo)


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_table_is_written_and_read_back(demo, tmp_path, ending):
    """By the command; values and columns are the same."""
    if ending == "parquet":
        pytest.importorskip("pyarrow")
    filled(demo)
    path = tmp_path / f"a tüble.{ending}"
    result = CliRunner().invoke(main, ["table", "x", "-o", str(path)])
    assert result.exit_code == 0, result.output
    read = pd.read_csv(path) if ending == "csv" else pd.read_parquet(path)
    written = batch.table("x")
    assert list(read) == list(written) and read["share.high"].tolist()[:2] == [0.6, 0.6]
    assert read["n"].tolist() == [1, 2, 9]


def test_tables_in_other_formats_are_refused(demo, tmp_path):
    """Before anything is written."""
    filled(demo)
    result = CliRunner().invoke(main, ["table", "x", "-o", str(tmp_path / "a.xlsx")])
    assert result.exit_code == 1 and "must be a .csv or a .parquet file" in result.output


def test_results_of_a_grid_have_the_parameters_as_dimensions(demo):
    """Two by two runs; a state that only one run has is NaN in the others."""
    home = demo / "batches" / "x"
    entries = []
    for n, r_cut in itertools.product((1, 2), (5.0, 6.0)):
        folder = complete(demo, f"id{n}{r_cut:.0f}", n=n, r_cut=r_cut)
        states = ["edge", "fast"] if (n, r_cut) == (2, 6.0) else ["edge"]
        shares = xr.Dataset({"share": ("state", [n * r_cut, 0.5][: len(states)])}, coords={"state": states})
        tree = xr.DataTree.from_dict({"/": xr.Dataset({"lens": ("frame", [1.0 * n])}), "/joint/table": shares})
        tree.to_netcdf(folder / "results.nc", engine="h5netcdf")
        entries.append(_folder.Entry("01_demo", folder.name, {"n": n, "r_cut": r_cut}))
    _folder.write(home, entries)
    found = batch.batch_results("x", results=demo)
    share = found["joint/table/share"]
    assert float(share.sel(state="edge", n=2, r_cut=5.0)) == 10.0
    assert float(share.sel(state="fast", n=2, r_cut=6.0)) == 0.5
    assert share.sel(state="fast").isnull().sum() == 3
    assert found["lens"].sel(n=2, r_cut=5.0).values.tolist() == [2.0]
    _folder.write(home, entries[:3])
    listed = batch.batch_results("x", results=demo)["joint/table/share"]
    assert listed.sel(run="id15", state="edge") == 5.0 and listed.sizes["run"] == 3


def test_what_distinguishes_runs():
    """Only parameters that differ are named."""
    entries = [_folder.Entry("01_demo", "a", {"n": 1, "r_cut": 5}), _folder.Entry("01_demo", "b", {"r_cut": 5})]
    assert _view.varying(entries) == ["n"]
    assert [_view.in_short(entry, ["n"]) for entry in entries] == ["n=1", "as published"]


def test_constants_of_keys_are_parameters():
    """A renamed parameter would silently be shared, or not, between runs."""
    known = {name for model in parameters.MODELS.values() for name in model.model_fields}
    assert {*_plan.OF_DESCRIPTORS, *_plan.AFTER_CLUSTERING} <= known
