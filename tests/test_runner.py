"""Runs: what they leave behind, how they are judged, and what happens to those that fail, hang or are killed."""

import asyncio
import gc
import json
import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import psutil
import pytest
from jupyter_client.utils import run_sync
from nbclient.exceptions import DeadKernelError
from pydantic import BaseModel, ConfigDict

from soaplens_lite.study import StudyError
from soaplens_lite.study.run import folders, kernel, notebooks, parameters, provenance, runner
from soaplens_lite.study.run.folders import RunError, state
from soaplens_lite.study.run.kernel import Watch

pytestmark = pytest.mark.slow  # almost every test starts a kernel


@pytest.fixture(autouse=True)
def messages_of_runs(caplog):
    """What a run says is logged at the level that the command line prints."""
    caplog.set_level("INFO", logger="soaplens_lite")


HEAD = """
# %% [markdown]
# # A question

# %% tags=["parameters"]
n: int = 3  # points

# %%
import json, os, signal, sys, time
from pathlib import Path
folder = Path(os.environ["SOAPLENS_RUN_DIR"])

# %% [markdown]
# ## The work
"""
# What record.finish() leaves, without the seconds that importing the record takes.
FINISH = """
# %%
(folder / "numbers.json").write_text(json.dumps({"complete": True, "figures": {}, "parameters": {"n": n}}))
"""
RECORDED = """
# %% [markdown]
# # A question

# %% tags=["parameters"]
n: int = 3  # points

# %%
import sys
from soaplens_lite.study import record
run = record.Record("01_demo", {"n": n})
run.number("python", sys.executable)

# %% [markdown]
# ## The work

# %%
run.panel("fig1a_line", lambda ax: ax.plot(range(n)))

# %%
run.finish()
"""
# The same set-up as in the fixture `study`, for a runner in a process of its own.
SCRIPT = """
import sys
from pathlib import Path
from pydantic import BaseModel
from soaplens_lite.study.run import notebooks
from soaplens_lite.study.run import parameters
from soaplens_lite.study.run import provenance

class Demo(BaseModel):
    n: int = 3

notebooks.folder = lambda: Path(sys.argv[1])
provenance.PACKAGE = Path(sys.argv[1])
parameters.MODELS["01_demo"] = Demo
from soaplens_lite.cli import main
main(sys.argv[2:])
"""


class Demo(BaseModel):
    """Parameters of the notebooks below."""

    model_config = ConfigDict(extra="forbid")

    n: int = 3


@pytest.fixture
def study(tmp_path, monkeypatch, caplog):
    """A function that writes the source of a notebook, which the runner then knows."""
    folder = tmp_path / "notebooks"
    folder.mkdir()
    monkeypatch.setattr(notebooks, "folder", lambda: folder)
    monkeypatch.setattr(provenance, "PACKAGE", folder)  # an edit of the package during the test changes no run id
    monkeypatch.setenv("SOAPLENS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("SOAPLENS_RESULTS", str(tmp_path / "results"))
    monkeypatch.setenv("CI", "1")
    caplog.set_level(logging.INFO, "soaplens_lite")

    def write(source, name="01_demo"):
        monkeypatch.setitem(parameters.MODELS, name, Demo)
        (folder / f"{name}.py").write_text(source)
        return folder / f"{name}.py"

    return write


def runs(tmp_path, name="01_demo"):
    """Names of what stands in the results of a notebook, hidden files left out."""
    return sorted(path.name for path in (tmp_path / "results" / name).glob("[!.]*"))


def test_a_complete_run(study, tmp_path, monkeypatch, capfd, caplog):
    """Folder, files and numbers of a run; a user's own kernel named python3 and odd paths do no harm."""
    monkeypatch.setattr(logging.getLogger("soaplens_lite"), "handlers", [])  # of commands that earlier tests called
    rogue = tmp_path / "jupyter" / "kernels" / "python3"
    rogue.mkdir(parents=True)
    (rogue / "kernel.json").write_text(
        json.dumps({"argv": ["false", "{connection_file}"], "display_name": "Rogue", "language": "python"})
    )
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    monkeypatch.setenv("MPLBACKEND", "svg")
    study(RECORDED)
    results = tmp_path / "odd {name} of results"
    before = psutil.Process().children(recursive=True)  # workers that earlier tests of this process left for reuse

    result = runner.run("01_demo", {"n": "5"}, results=results)

    assert (result.status, result.figures, result.error, result.reused) == ("complete", 1, "", False)
    assert result.folder == results / "01_demo" / result.run_id
    left = {path.relative_to(result.folder).as_posix() for path in result.folder.rglob("*") if path.is_file()}
    figures = {"figures/fig1a_line.png", "figures/fig1a_line.svg"}
    assert left == {"run.json", "numbers.json", "notebook.ipynb", "notebook.html"} | figures
    assert (results / "01_demo" / "latest").resolve() == result.folder.resolve()

    content = json.loads((result.folder / "run.json").read_text())
    assert content["status"] == "complete" and content["parameters"] == {"n": 5} and "process" not in content
    assert list(content["seconds_per_section"]) == ["A question", "The work"]
    assert content["versions"]["numpy"] and content["python"] and content["platform"]
    assert content["start"] <= content["end"] and content["seconds"] > 0

    numbers = json.loads((result.folder / "numbers.json").read_text())
    assert numbers["complete"] and numbers["parameters"] == {"n": 5}
    assert numbers["numbers"]["python"]["value"] == sys.executable

    executed = nbformat.read(result.folder / "notebook.ipynb", 4)
    pictures = [out for cell in executed.cells for out in cell.get("outputs", []) if "image/png" in out.get("data", {})]
    assert len(pictures) == 1
    assert "{name}" not in json.dumps(executed.metadata)  # no path of this computer

    assert "1 figure in" in caplog.text and str(result.folder) in caplog.text
    assert "A question: " in caplog.text and "The work: " in caplog.text
    after = psutil.Process().children(recursive=True)
    assert [child for child in after if child not in before] == []  # neither kernel nor what would have ended it
    assert capfd.readouterr() == ("", "")  # whoever calls it from Python decides what is shown


def test_the_same_run_again_does_nothing_and_force_repeats_it(study, tmp_path, caplog):
    """The second call says so and leaves every file alone; force replaces the run as a whole."""
    count = tmp_path / "count"
    study(HEAD + f"# %%\nprint('x', file=open({str(count)!r}, 'a'))\n" + FINISH)

    first = runner.run("01_demo")
    times = {path: path.stat().st_mtime_ns for path in first.folder.rglob("*")}
    second = runner.run("01_demo", {"n": 3})  # the default, given by name

    assert second.reused and second.run_id == first.run_id and second.seconds == first.seconds
    assert "nothing to do" in caplog.text
    assert times == {path: path.stat().st_mtime_ns for path in first.folder.rglob("*")}
    assert count.read_text() == "x\n"

    forced = runner.run("01_demo", force=True)
    assert (forced.status, forced.reused, forced.run_id) == ("complete", False, first.run_id)
    assert count.read_text() == "x\nx\n"
    assert runs(tmp_path) == [first.run_id, "latest"]


def test_latest_is_the_run_that_was_asked_for_last(study):
    """Also one that was there already: verdicts are about it again after a try with other parameters."""
    study(HEAD + FINISH)
    first, tried = runner.run("01_demo"), runner.run("01_demo", {"n": 4})
    latest = first.folder.parent / "latest"
    assert latest.resolve() == tried.folder.resolve() != first.folder.resolve()
    assert runner.run("01_demo").reused and latest.resolve() == first.folder.resolve()
    written = latest.lstat().st_mtime_ns
    assert runner.run("01_demo").reused and latest.lstat().st_mtime_ns == written


def test_a_failing_notebook_is_kept_and_does_not_stop_the_others(study, tmp_path, caplog):
    """The partial folder holds the notebook so far and says where it failed; the next notebook runs."""
    study(HEAD + "# %%\nprint('so far')\n\n# %%\nraise ValueError('two left feet')\n" + FINISH)
    study(HEAD + FINISH, "02_fine")

    failed, fine = runner.reproduce()

    assert (failed.status, fine.status) == ("failed", "complete")
    assert failed.folder.name == f"{failed.run_id}.partial" and runs(tmp_path) == [failed.folder.name]
    content = state(failed.folder)
    assert content["status"] == "failed" and content["seconds"] > 0
    fault = content["error"]
    assert (fault["kind"], fault["section"]) == ("ValueError", "The work")
    assert "two left feet" in fault["message"] and "two left feet" in fault["last_lines"][-1]
    kept = nbformat.read(failed.folder / "notebook.ipynb", 4)
    outputs = [out.get("text") or out.get("ename") for cell in kept.cells for out in cell.get("outputs", [])]
    assert outputs == ["so far\n", "ValueError"]
    assert "FAILED" in caplog.text and "two left feet" in caplog.text
    table = runner.table([failed, fine])
    assert "01_demo" in table and "failed" in table and "02_fine" in table and "complete" in table


@pytest.mark.parametrize(
    ("cell", "kind", "timeout"),
    [
        ("time.sleep(60)", "Timeout", 1),
        ("os.write(1, b'last words'); os.kill(os.getpid(), signal.SIGKILL)", "DeadKernel", 60),
        ("sys.exit(0)", "NotExecuted", 60),
        ("(folder / 'numbers.json').write_text('{\"complete\": false}')", "NotFinished", 60),
    ],
)
def test_judged_by_what_the_kernel_did(study, tmp_path, cell, kind, timeout):
    """A hanging cell, a dead kernel, an early exit and a record without its end are failures, all of them."""
    end = "" if kind == "NotFinished" else FINISH
    study(HEAD + f"# %%\n{cell}\n" + end)

    result = runner.run("01_demo", timeout=timeout)

    assert result.status == "failed" and state(result.folder)["error"]["kind"] == kind
    assert ("last words" in str(state(result.folder)["error"]["last_lines"])) == (kind == "DeadKernel")
    assert "The work" in result.error
    assert runs(tmp_path) == [f"{result.run_id}.partial"]
    assert nbformat.read(result.folder / "notebook.ipynb", 4).cells


def start_apart(tmp_path, **environment):
    """Start the run of a notebook that waits, in a process of its own; the process and the kernel's number."""
    (tmp_path / "hold").touch()
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    command = [sys.executable, str(script), str(tmp_path / "notebooks"), "run", "01_demo"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=tmp_path, env=os.environ | environment
    )
    number = wait_for(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text())
    return process, int(number)


def wait_for(condition, seconds=120):
    """The first true value of a condition."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(0.05)
    raise AssertionError("waited in vain")


WAITING = """
# %%
Path(PLACE, "new").write_text(str(os.getpid()))
Path(PLACE, "new").rename(Path(PLACE, "pid"))
end = time.monotonic() + 60
while Path(PLACE, "hold").exists() and time.monotonic() < end:
    time.sleep(0.05)
"""


def test_a_killed_runner_reads_as_interrupted_and_the_next_run_replaces_it(study, tmp_path, caplog):
    """While it runs nobody else may; killed, its run.json still says running but its process is gone."""
    study(HEAD + WAITING.replace("PLACE", repr(str(tmp_path))) + FINISH)
    process, kernel = start_apart(tmp_path)
    (partial,) = (tmp_path / "results" / "01_demo").glob("*.partial")
    assert state(partial)["status"] == "running" and state(partial)["process"]["pid"] == process.pid

    with pytest.raises(RunError, match=f"being written by process {process.pid} on "):
        runner.run("01_demo")
    assert state(partial)["status"] == "running"

    process.kill()
    process.communicate()
    assert json.loads((partial / "run.json").read_text())["status"] == "running"
    assert state(partial)["status"] == "interrupted"
    wait_for(lambda: not psutil.pid_exists(kernel))

    (tmp_path / "hold").unlink()
    result = runner.run("01_demo")
    assert result.status == "complete" and runs(tmp_path) == [result.run_id, "latest"]
    assert "again (the attempt before: interrupted)" in caplog.text


def test_a_stopped_runner_says_interrupted_and_leaves_no_kernel(study, tmp_path):
    """A request to stop, as a batch system sends it, closes the folder as interrupted; the exit code is 130."""
    study(HEAD + WAITING.replace("PLACE", repr(str(tmp_path))) + FINISH)
    process, kernel = start_apart(tmp_path)

    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=30)

    assert process.returncode == 130 and "stopped" in output and "Traceback" not in output
    (partial,) = (tmp_path / "results" / "01_demo").glob("*.partial")
    content = json.loads((partial / "run.json").read_text())
    assert content["status"] == "interrupted" and content["error"]["section"] == "The work"
    assert nbformat.read(partial / "notebook.ipynb", 4).cells
    wait_for(lambda: not psutil.pid_exists(kernel))


def test_nothing_is_created_when_a_run_cannot_begin(study, tmp_path, monkeypatch):
    """Unknown notebooks, wrong parameters and time limits, unwritable folders: an error before anything is made."""
    study(HEAD + FINISH)
    for call, message in [
        (lambda: runner.run("02_demo"), "did you mean 01_demo"),
        (lambda: runner.run("01_demo", {"m": 1}), "m = 1: no parameter"),
        (lambda: runner.run("01_demo", {"n": "many"}), "n = many: must be a whole number"),
        (lambda: runner.run("01_demo", timeout=0), "timeout = 0 s: must be above 0"),
        (lambda: runner.run("01_demo", results="/dev/null/results"), "/dev/null/results.* cannot be written to"),
    ]:
        with pytest.raises(StudyError, match=message):
            call()
    monkeypatch.setenv("SOAPLENS_CACHE", "/dev/null/cache")
    with pytest.raises(RunError, match="/dev/null/cache cannot be written to"):
        runner.run("01_demo")
    assert not (tmp_path / "results").exists()


def test_run_id_follows_what_results_depend_on(study, tmp_path, monkeypatch):
    """Parameters, data, code of notebook and package; neither comments, docstrings, claims nor what runs and judges."""
    source = study(HEAD + FINISH)
    package = tmp_path / "package"
    for folder in ("report", "claims"):
        (package / "study" / folder).mkdir(parents=True)
    monkeypatch.setattr(provenance, "PACKAGE", package)

    def run_id(code="a = 1\n", name="lens.py", notebook=HEAD + FINISH, **given):
        source.write_text(notebook)
        for path in package.glob("*.py"):
            path.unlink()
        (package / name).write_text(code)
        return runner.prepare("01_demo", given).run_id

    first = run_id()
    assert (
        first == run_id(n="3") == run_id('"""Why."""\na = 1  # one\n') == run_id(notebook=HEAD + "# a note\n" + FINISH)
    )
    assert first == run_id(notebook=(HEAD + FINISH).replace("# A question", "# Another question"))
    assert first == run_id(notebook=(HEAD + FINISH).replace("n: int = 3", "n: int = 60"))  # it gets 3 from the model
    (package / "study" / "report" / "captions.py").write_text("b = 1\n")
    (package / "study" / "claims" / "verdicts.py").write_text("b = 1\n")
    assert first == run_id()
    (package / "study" / "claims" / "findings.py").write_text("b = 1\n")
    others = [run_id(), run_id("a = 2\n"), run_id(name="soap.py"), run_id(n=4), run_id(notebook=HEAD + FINISH + "n\n")]
    data = {"checksum": "1", "interval": 0.04}
    for changed in ({}, {"checksum": "2"}, {"interval": 0.05}):
        others.append(provenance.run_id("01_demo", {"n": 3}, [data | changed], "code"))
    assert len({first, *others}) == 1 + len(others) == 9


def test_a_saved_notebook_changes_nothing(study):
    """The text says 60, the model 3: the run works with 3 and says so."""
    study((HEAD + FINISH).replace("n: int = 3", "n: int = 60"))
    result = runner.run("01_demo")
    assert result.status == "complete" and state(result.folder)["parameters"] == {"n": 3}
    assert json.loads((result.folder / "numbers.json").read_text())["parameters"] == {"n": 3}


def test_a_notebook_that_works_with_other_parameters_fails(study):
    """A cell that assigns to a parameter makes another calculation than the one that was asked for."""
    study(HEAD + "# %%\nn = 60\n" + FINISH)
    result = runner.run("01_demo")
    assert state(result.folder)["error"]["kind"] == "OtherParameters"
    assert result.status == "failed" and "n = 60 in place of 3" in result.error


def test_a_bar_in_the_kernel_reaches_the_runner_and_no_output(study, tmp_path, monkeypatch):
    """As a message; the notebook keeps nothing of it."""
    shown = []
    monkeypatch.setattr(Watch, "hooks", lambda watch, hooks=Watch.hooks: hooks(watch) | {"on_progress": shown.append})
    load = "from soaplens_lite._progress import progress_bar\n"
    bar = load + "with progress_bar('SOAP', total=2) as bar:\n    bar.update(2)\n"
    study(HEAD + "# %%\n" + bar + FINISH)
    result = runner.run("01_demo")
    assert result.status == "complete" and shown[0] == "SOAP: 0%"
    cells = nbformat.read(result.folder / "notebook.ipynb", 4).cells
    assert [cell.outputs for cell in cells if cell.cell_type == "code" and "progress_bar" in cell.source] == [[]]


def test_killed_with_its_workers(study, tmp_path):
    """After kill -9 of the runner neither the kernel, its workers nor the scratch folder are left."""
    work = (
        "# %%\nfrom joblib import Parallel, delayed\nPlace = Path(PLACE)\n"
        "workers = Parallel(n_jobs=2)(delayed(lambda k: (time.sleep(0.2), os.getpid())[1])(k) for k in range(4))\n"
        "(Place / 'workers').write_text(json.dumps(sorted({*workers})))\n"
    )
    source = (HEAD + work + WAITING + FINISH).replace("PLACE", repr(str(tmp_path)))
    study(source)
    (tmp_path / "tmp").mkdir()
    process, kernel_id = start_apart(tmp_path, TMPDIR=str(tmp_path / "tmp"))
    workers = json.loads((tmp_path / "workers").read_text())
    assert len(workers) == 2 and all(map(psutil.pid_exists, [kernel_id, *workers]))
    assert list((tmp_path / "tmp").glob("soaplens-*"))
    process.kill()
    process.communicate()
    wait_for(lambda: not any(map(psutil.pid_exists, [kernel_id, *workers])))
    wait_for(lambda: not list((tmp_path / "tmp").glob("soaplens-*")))


def test_a_process_is_alive_only_if_it_is_the_same(tmp_path):
    """This process is; one that never was is not; a number given to another process is not; a far one may be."""
    here = folders.this_process()
    cases = [
        (here, "running"),
        (here | {"pid": 2**22 + 1}, "interrupted"),  # above the highest number that systems give
        (here | {"started": here["started"] - 100}, "interrupted"),
        (here | {"host": "elsewhere"}, "running"),
    ]
    for process, expected in cases:
        folders.write_json(tmp_path / "run.json", {"status": "running", "process": process})
        assert state(tmp_path)["status"] == expected
    (tmp_path / "run.json").write_text('{"status": "run')
    assert state(tmp_path)["status"] == "none"


def test_progress_bar_names_the_section_and_what_runs_inside(tmp_path, capsys):
    """The bar shows the heading of the section, and the last word of a computation in the kernel."""
    watch = Watch("01_demo", 2, progress=True)
    hooks = watch.hooks()
    with watch.running():
        hooks["on_cell_start"](cell=nbformat.v4.new_markdown_cell("text\n\n## The work\nmore"), cell_index=0)
        code = nbformat.v4.new_code_cell("1")
        hooks["on_cell_start"](cell=code, cell_index=1)
        hooks["on_cell_executed"](cell=code, cell_index=1, execute_reply={"content": {"status": "ok"}})
        hooks["on_progress"]("SOAP: 42%")
    shown = capsys.readouterr().err
    assert "01_demo: The work" in shown and "SOAP: 42%" in shown and "1/2" in shown
    assert watch.answers == {1: "ok"} and list(watch.seconds) == ["The work"]


def test_a_run_that_lost_something_is_run_again(study, tmp_path, caplog):
    """Though it says that it is complete; what a reader saved anew does not count as lost."""
    study(HEAD + "# %%\n(folder / 'figures').mkdir()\n(folder / 'figures' / 'a.png').write_text('a')\n" + FINISH)
    folder = runner.run("01_demo").folder
    (folder / "notebook.ipynb").write_text("{}")
    assert runner.run("01_demo").reused
    losses = {
        "figures/a.png is missing": lambda: shutil.rmtree(folder / "figures"),
        "numbers.json is missing": (folder / "numbers.json").unlink,
        "numbers.json is cut short": lambda: (folder / "numbers.json").write_text("{"),
        "run.json does not say notebook, run_id": lambda: (folder / "run.json").write_text('{"status": "complete"}'),
    }
    for said, lose in losses.items():
        lose()
        caplog.clear()
        again = runner.run("01_demo")
        assert (again.folder, again.status, again.reused) == (folder, "complete", False)
        assert f"running again (the attempt before: complete, but {said}" in caplog.text
        assert (folder / "figures" / "a.png").read_text() == "a" and runs(tmp_path) == [again.run_id, "latest"]


def test_a_full_disk_is_named(study, tmp_path, monkeypatch, caplog):
    """A run that fails on it says which disk it is, also where run.json has no room for more; there is no traceback."""
    study(HEAD + "# %%\nraise OSError(28, 'No space left on device')\n" + FINISH)
    (tmp_path / "results").mkdir()
    monkeypatch.setattr(runner.disk, "free", lambda folder: 0 if str(folder).startswith(str(tmp_path / "res")) else 1e9)
    replaced = folders.write_json

    def no_room(path, content):
        if content["status"] != "running":
            raise OSError(28, "No space left on device")
        replaced(path, content)

    monkeypatch.setattr(runner, "write_json", no_room)
    result = runner.run("01_demo")
    assert result.status == "failed" and "the disk of " in result.error and "is full: make room there" in result.error
    assert "No space left on device" in caplog.text
    assert state(result.folder)["error"]["message"] in result.error  # it went to the place of the old one
    study(HEAD + FINISH)
    with pytest.raises(RunError, match="run.json cannot be written: No space left on device .*is full.*: make room"):
        runner.run("01_demo")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("latest", "latest must be a link"),
        ("RUN", "is a file, and a run belongs there"),
        ("RUN.partial", "partial is a file, and a run belongs there"),
    ],
)
def test_something_else_in_the_way_is_met_before_work_starts(study, tmp_path, name, message):
    """And left as it is."""
    study(HEAD + FINISH)
    place = tmp_path / "results" / "01_demo" / name.replace("RUN", runner.prepare("01_demo", {}).run_id)
    place.parent.mkdir(parents=True)
    place.mkdir() if name == "latest" else place.write_text("mine")
    with pytest.raises(RunError, match=message):
        runner.run("01_demo")
    assert runs(tmp_path) == [place.name]


@pytest.mark.parametrize(
    "content",
    ["[]", '"x"', "{", '{"status": 3}', '{"status": "running"}', '{"status": "running", "process": 3}']
    + [json.dumps({"status": "running", "process": {"host": host}}) for host in ("vm", socket.gethostname())],
)
def test_a_run_json_of_another_origin_is_none(study, tmp_path, content):
    """Whatever stands there, nobody is at work on the run, and it begins."""
    study(HEAD + FINISH)
    partial = tmp_path / "results" / "01_demo" / f"{runner.prepare('01_demo', {}).run_id}.partial"
    partial.mkdir(parents=True)
    (partial / "run.json").write_text(content)
    assert state(partial)["status"] in ("none", "interrupted")
    assert runner.run("01_demo").status == "complete"


def test_only_tasks_that_wait_for_a_kernel_end_in_silence(caplog):
    """Errors of other tasks are shown by the event loop, and its own handler is back afterwards."""

    async def leave(error):
        async def fail():
            raise error

        asyncio.ensure_future(fail())
        await asyncio.sleep(0.01)
        gc.collect()
        return asyncio.get_running_loop().get_exception_handler()

    with kernel.quiet_waiting():
        assert run_sync(leave)(DeadKernelError("dead")) is not None
        assert caplog.text == ""
        run_sync(leave)(ValueError("mine"))
        assert "ValueError: mine" in caplog.text
    assert run_sync(leave)(DeadKernelError("dead")) is None
    assert "DeadKernelError: dead" in caplog.text


def test_results_that_are_no_folder(study, tmp_path):
    """One message before anything is run, also where all studies were asked for."""
    study(HEAD + FINISH)
    (tmp_path / "afile").write_text("mine")
    with pytest.raises(RunError, match="the results folder .*afile cannot be written to"):
        runner.reproduce(results=tmp_path / "afile")


def test_silence_on_request(tmp_path, capsys):
    """progress=False prints nothing."""
    watch = Watch("01_demo", 1, progress=False)
    with watch.running():
        watch.hooks()["on_cell_start"](cell=nbformat.v4.new_markdown_cell("# One"), cell_index=0)
    assert capsys.readouterr() == ("", "")


def test_what_a_killed_replacement_left_is_removed(tmp_path):
    """A run that was set aside by a process that then was killed does not stand in the way of the next one."""
    for name in ("abc", "abc.outdated", "abc.partial"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "run.json").write_text(name)
    whole = folders.make_whole(tmp_path / "abc.partial")
    assert whole == tmp_path / "abc" and (whole / "run.json").read_text() == "abc.partial"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["abc", "latest"]


def test_results_go_to_the_top_of_the_project(tmp_path, monkeypatch):
    """Given folder, then the environment variable, then results/ beside the nearest pyproject.toml, then here."""
    inner = tmp_path / "project" / "notebooks"
    inner.mkdir(parents=True)
    monkeypatch.delenv("SOAPLENS_RESULTS", raising=False)
    monkeypatch.chdir(inner)
    (tmp_path / "project" / "pyproject.toml").touch()
    assert folders.results_folder() == tmp_path / "project" / "results"
    monkeypatch.setenv("SOAPLENS_RESULTS", str(tmp_path / "there"))
    assert folders.results_folder() == tmp_path / "there"
    assert folders.results_folder("mine") == inner / "mine"
    assert os.path.isabs(folders.results_folder(Path("mine")))
