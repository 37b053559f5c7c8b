"""Readers' copies of the notebooks: kept, beside the published ones, and without effect on the publication."""

import json
import os
import socket
import stat
import subprocess
import sys
import time

import nbformat
import pytest
import requests
from click.testing import CliRunner

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
    raise AssertionError(process.communicate()[0])


@pytest.mark.server
def test_a_notebook_saved_in_jupyterlab_changes_the_copy_alone(tmp_path):
    """Sources and their run id stay; a .py file opens as a notebook in this JupyterLab."""
    source = notebooks.find("01_cu211")
    before = source.read_bytes(), provenance.code_checksum(source)
    port, token = free_port(), "secret"
    options = ["--no-browser", f"--ServerApp.port={port}", f"--IdentityProvider.token={token}", "--allow-root"]
    options.append("--ServerApp.port_retries=0")
    environment = os.environ | {"JUPYTER_CONFIG_DIR": str(tmp_path / "config"), "PYTHONPATH": str(PACKAGE.parent)}
    environment |= {"JUPYTER_RUNTIME_DIR": str(tmp_path / "runtime"), "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
    command = [sys.executable, "-m", "jupyterlab", str(tmp_path / "lab")]
    notebooks.prepare_lab(tmp_path / "lab")
    command += [f"--LabApp.app_settings_dir={PACKAGE / 'study' / 'templates' / 'lab'}", *options]
    process = subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        address = f"http://127.0.0.1:{port}"
        query = {"token": token}
        assert answer(f"{address}/api/status?token={token}", process).ok
        place = f"{address}/api/contents/01_cu211.ipynb"
        model = requests.get(place, params=query, timeout=30).json()
        for cell in model["content"]["cells"]:
            cell["source"] = cell["source"].replace("frames: int = 0", "frames: int = 60")
        saved = requests.put(place, params=query, json={"type": "notebook", "content": model["content"]}, timeout=30)
        assert saved.ok
        plugin = "@jupyterlab/docmanager-extension:plugin"
        settings = requests.get(f"{address}/lab/api/settings/{plugin}", params=query, timeout=30).json()
        assert settings["schema"]["properties"]["defaultViewers"]["default"]["python"] == "Jupytext Notebook"
    finally:
        process.terminate()
        process.communicate(timeout=30)
    copy = nbformat.read(tmp_path / "lab" / "01_cu211.ipynb", 4)
    assert "frames: int = 60" in json.dumps(copy)
    assert (source.read_bytes(), provenance.code_checksum(source)) == before
