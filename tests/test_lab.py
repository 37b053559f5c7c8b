"""Readers' copies of the notebooks: kept, beside the published ones, and without effect on the publication."""

import json
import os
import shutil
import socket
import stat
import subprocess
import sys
import time
from contextlib import contextmanager

import nbformat
import pytest
import requests
from click.testing import CliRunner
from playwright.sync_api import sync_playwright

from soaplens_lite.cli import main
from soaplens_lite.study import PACKAGE
from soaplens_lite.study.run import notebooks, provenance


def test_copies_are_kept_and_the_published_ones_are_read_only(tmp_path):
    """A second call writes no copy again, says which ones differ, and renews the published ones."""
    lab = tmp_path / "lab"
    assert notebooks.prepare_lab(lab) == []
    copies = {path.relative_to(lab).with_suffix("").as_posix() for path in lab.rglob("*.ipynb")}
    assert copies == {*notebooks.names()} | {f"published/{name}" for name in notebooks.names()}
    published = lab / "published" / "01_cu211.ipynb"
    assert stat.S_IMODE(published.stat().st_mode) == 0o444
    text = published.read_text()
    (lab / "01_cu211.ipynb").write_text("mine")
    published.chmod(0o644)
    published.write_text("changed")
    result = CliRunner().invoke(main, ["lab", str(lab), "--no-start"])
    assert result.exit_code == 0 and str(lab / "01_cu211.ipynb") in result.output
    assert (lab / "01_cu211.ipynb").read_text() == "mine" and published.read_text() == text


def free_port():
    """A port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answer(address, process, seconds=60):
    """The answer of a server that is starting."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        try:
            return requests.get(address, timeout=5)
        except requests.ConnectionError:
            time.sleep(0.2)
    raise AssertionError(f"no answer from {address}")


@contextmanager
def jupyterlab(folder, tmp_path):
    """A JupyterLab with the settings of this package that serves a folder: its address and token."""
    port, token = free_port(), "secret"
    options = ["--no-browser", f"--ServerApp.port={port}", f"--IdentityProvider.token={token}", "--allow-root"]
    options += ["--ServerApp.port_retries=0", f"--LabApp.app_settings_dir={PACKAGE / 'study' / 'templates' / 'lab'}"]
    environment = os.environ | {"JUPYTER_CONFIG_DIR": str(tmp_path / "config"), "PYTHONPATH": str(PACKAGE.parent)}
    environment |= {"JUPYTER_RUNTIME_DIR": str(tmp_path / "runtime"), "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
    command = [sys.executable, "-m", "jupyterlab", str(folder), *options]
    with open(tmp_path / "log", "w+") as log:
        process = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=log, stderr=subprocess.STDOUT)
        address = f"http://127.0.0.1:{port}"
        try:
            assert answer(f"{address}/api/status?token={token}", process).ok, (tmp_path / "log").read_text()
            yield address, token
        finally:
            process.terminate()
            process.wait(timeout=30)


@pytest.mark.server
def test_a_notebook_saved_in_jupyterlab_changes_the_copy_alone(tmp_path):
    """Sources and their run id stay."""
    source = notebooks.find("01_cu211")
    before = source.read_bytes(), provenance.code_checksum(source)
    notebooks.prepare_lab(tmp_path / "lab")
    with jupyterlab(tmp_path / "lab", tmp_path) as (address, token):
        query, place = {"token": token}, f"{address}/api/contents/01_cu211.ipynb"
        model = requests.get(place, params=query, timeout=30).json()
        for cell in model["content"]["cells"]:
            cell["source"] = cell["source"].replace("frames: int = 0", "frames: int = 60")
        saved = requests.put(place, params=query, json={"type": "notebook", "content": model["content"]}, timeout=30)
        assert saved.ok
    copy = nbformat.read(tmp_path / "lab" / "01_cu211.ipynb", 4)
    assert "frames: int = 60" in json.dumps(copy)
    assert (source.read_bytes(), provenance.code_checksum(source)) == before


PROMPTS = "[...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')].map(prompt => prompt.textContent.trim())"
DONE = f"(({PROMPTS}).length > 10) && ({PROMPTS}).every(text => /^\\[\\d+\\]:$/.test(text))"


@pytest.mark.server
@pytest.mark.browser
@pytest.mark.slow
def test_a_student_works_through_the_first_tutorial(tmp_path):
    """A double click opens the .py file as a notebook; all runs; a wrong and a right answer; a slider redraws."""
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None:
        assert os.environ.get("SOAPLENS_BROWSER") != "required", "there is no Chromium"
        pytest.skip("no Chromium: the first tutorial was not tried in a browser")
    (tmp_path / "course").mkdir()
    shutil.copy(notebooks.folder() / "tutorials" / "t1.py", tmp_path / "course")
    with jupyterlab(tmp_path / "course", tmp_path) as (address, token), sync_playwright() as manager:
        chromium = manager.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = chromium.new_page(viewport={"width": 1300, "height": 1000})
        page.set_default_timeout(240_000)
        page.goto(f"{address}/lab?token={token}&reset")
        page.locator(".jp-DirListing-item", has_text="t1.py").dblclick()
        page.locator(".jp-NotebookPanel").wait_for()
        page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
        page.locator(".lm-MenuBar-itemLabel:text-is('Kernel')").click()
        page.locator(".lm-Menu-itemLabel:has-text('Restart Kernel and Run All Cells')").click()
        page.locator(".jp-Dialog button.jp-mod-accept").click()
        page.wait_for_function(DONE)
        cell = page.locator(".jp-CodeCell", has=page.locator(".cm-content:has-text('check(\"t1.1\"')")).first
        for given, reply in (("3 / 4", "t1.1: not right."), ("3 / 5", "t1.1: right.")):
            cell.locator(".cm-content").click()
            page.keyboard.press("Control+a")
            page.keyboard.insert_text(f'check("t1.1", {given}, five, r_cut)')
            page.keyboard.press("Control+Enter")
            cell.locator(f".jp-OutputArea :text('{reply}')").first.wait_for()
        picture = page.locator(".widget-image").first
        before = picture.get_attribute("src")
        page.locator(".noUi-handle").first.click()
        page.keyboard.press("ArrowLeft")
        page.wait_for_function("before => document.querySelector('.widget-image').src !== before", arg=before)
        chromium.close()
