"""The paper's files over HTTP: every fault of a server ends in success by another way or in one clear error."""

import hashlib
import io
import itertools
import json
import os
import random
import signal
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path, PurePosixPath
from time import sleep
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from platformdirs import user_cache_path
from zenodo_server import (
    ALWAYS,
    CONTENT,
    RECORD,
    TIER,
    WANTED,
    A,
    blob_id,
    cut,
    drip,
    hang,
    page,
    stall,
    status,
    wrong,
)

from soaplens_lite.study import DataError
from soaplens_lite.study.data import _download, bring, git_blob_id
from soaplens_lite.study.settings import settings

pytestmark = pytest.mark.server


@pytest.fixture
def impatient(monkeypatch):
    """A function that makes the client wait only shortly for a server that does not answer."""
    return lambda action: action in (hang, stall) and monkeypatch.setenv("SOAPLENS_TIMEOUT", "0.4")


@pytest.fixture
def fetch(server, tmp_path, monkeypatch):
    """A function that brings files from the server into an empty folder; what was said on the way beside it."""
    said = []
    monkeypatch.setenv("SOAPLENS_DATA_CACHE", str(tmp_path / "data"))

    def do(wanted=WANTED, tier=TIER):
        return bring(wanted, tier, say=said.append)

    do.folder, do.said = tmp_path / "data", said
    return do


def check(found, folder, wanted=WANTED):
    """Exactly the authors' content under its names, and nothing else but the lock."""
    assert {published: path.read_bytes() for published, path in found.items()} == {p: CONTENT[p] for p in wanted}
    names = {PurePosixPath(path).name for path in wanted}
    assert {path.name for path in folder.iterdir()} == names | {"incoming.lock"}


def test_known_ids():
    """Of no content and of one line, as git itself gives them."""
    assert blob_id(b"") == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
    assert blob_id(b"hello\n") == "ce013625030ba8dba906f756967f9e9ca394464a"


@given(content=st.binary(max_size=300))
def test_the_id_of_a_file(tmp_path_factory, content):
    """Equals the definition."""
    path = tmp_path_factory.mktemp("blob") / "file"
    path.write_bytes(content)
    assert git_blob_id(path) == blob_id(content)


def test_single_files_of_the_record(server, fetch):
    """One question, one download each; licence and sizes are said before; the second time nobody is asked."""
    check(fetch(), fetch.folder)
    assert server.asked == [("GET", RECORD)] + [("GET", server.file(name)) for name in ("a.hdf5", "b.hdf5")]
    assert fetch.said[0] == "Zenodo 10.5281/zenodo.10213827: licence cc-by-4.0"
    assert fetch.said[1:] == ["  a.hdf5: 300.0 kB", "  b.hdf5: 120.0 kB"]
    check(fetch(), fetch.folder)
    assert len(server.asked) == 3
    assert (fetch.folder / "a.hdf5").stat().st_mode & 0o777 == 0o644


def archive(kind, members):
    """An archive of that kind as bytes."""
    packed = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as opened:
            for name, content in members.items():
                opened.writestr(name, content)
    else:
        with tarfile.open(fileobj=packed, mode=f"w:{kind.partition('.')[2]}") as opened:
            for name, content in members.items():
                info = tarfile.TarInfo(name)
                info.size = len(content)
                opened.addfile(info, io.BytesIO(content))
    return packed.getvalue()


@pytest.mark.parametrize("kind", ["zip", "tar", "tar.gz", "tar.xz"])
def test_an_archive_in_the_record(server, fetch, kind):
    """It is downloaded once; a member is known by its content, whatever it is called."""
    members = {"data/renamed.hdf5": CONTENT["input_hdf5/a.hdf5"], "data/b.hdf5": CONTENT["input_hdf5/b.hdf5"]}
    server.record = {"movies.avi": b"x", f"input.{kind}": archive(kind, members | {"data/README": b"read"})}
    check(fetch(), fetch.folder)
    assert server.count(server.file(f"input.{kind}")) == 1 and server.count(server.file("movies.avi")) == 0
    assert server.count(server.raw("input_hdf5/a.hdf5")) == 0  # The repository would have it under its own name.


def test_a_member_with_the_name_alone(server, fetch):
    """Is named with its id, and the repository is asked."""
    members = {"a.hdf5": b"something else", "b.hdf5": CONTENT["input_hdf5/b.hdf5"]}
    server.record = {"input.zip": archive("zip", members)}
    check(fetch(), fetch.folder)
    assert f"a.hdf5 in input.zip is not the authors' file (git blob id {blob_id(b'something else')})" in fetch.said[2]
    assert server.count(server.raw("input_hdf5/a.hdf5")) == 1 and server.count(server.raw("input_hdf5/b.hdf5")) == 0


@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
@pytest.mark.parametrize("path", ["../../a.hdf5", "/tmp/a.hdf5", "data/../../x.hdf5", "..\\a.hdf5", "C:\\a.hdf5"])
def test_paths_in_an_archive_are_not_used(server, fetch, tmp_path, kind, path):
    """Members are known by their content; nothing is written outside the folder of downloads."""
    members = {"b.hdf5": CONTENT["input_hdf5/b.hdf5"], path: CONTENT["input_hdf5/a.hdf5"]}
    server.record = {f"input.{kind}": archive(kind, members)}
    before = set(tmp_path.parent.iterdir())
    check(fetch(), fetch.folder)
    assert set(tmp_path.parent.iterdir()) == before and list(tmp_path.iterdir()) == [fetch.folder]


def test_an_archive_that_links_out(server, fetch):
    """A link is no member: what it points to is neither read nor written."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as opened:
        link = tarfile.TarInfo("a.hdf5")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        opened.addfile(link)
    server.record = {"input.tar": packed.getvalue()}
    check(fetch(), fetch.folder)
    assert server.count(server.raw("input_hdf5/a.hdf5")) == 1


@pytest.mark.parametrize("damage", [lambda packed: packed[:-50], lambda packed: b"no archive at all"])
@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
def test_a_broken_archive(server, fetch, kind, damage):
    """As the record lists it: said, and the repository is asked."""
    server.record = {f"input.{kind}": damage(archive(kind, CONTENT))}
    check(fetch(), fetch.folder)
    assert "is not a complete zip or tar archive" in "".join(fetch.said)


def damaged(packed):
    """Nearly all of the second half is lost; the end, where a zip file has its list, is not."""
    middle = len(packed) // 2
    return packed[:middle] + bytes([255]) * (len(packed) - middle - 2000) + packed[-2000:]


NOISE = {"input_hdf5/a.hdf5": random.Random(0).randbytes(200_000)}


@pytest.mark.parametrize("damage", [damaged, lambda packed: packed[:-6] + bytes([packed[-6] ^ 1]) + packed[-5:]])
@pytest.mark.parametrize("kind", ["zip", "tar.gz", "tar.xz", "tar.bz2"])
@pytest.mark.parametrize("where", ["record", "hand"])
def test_a_damaged_archive(server, fetch, tmp_path, monkeypatch, where, kind, damage):
    """Whatever the reader of its kind says to it: refused as a source, never as a folder that cannot be written to."""
    packed = damage(archive(kind, NOISE))
    (tmp_path / "hand").mkdir()
    monkeypatch.setenv("SOAPLENS_DATA", str(tmp_path / "hand"))
    if where == "hand":
        (tmp_path / "hand" / f"input.{kind}").write_bytes(packed)
    else:
        server.record = {f"input.{kind}": packed}
    server.repository = NOISE
    wanted = {path: blob_id(content) for path, content in NOISE.items()}
    found = fetch(wanted)["input_hdf5/a.hdf5"]
    assert found.read_bytes() == NOISE["input_hdf5/a.hdf5"]
    if damage is damaged:
        assert f"input.{kind} is not a complete zip or tar archive" in "".join(fetch.said)


@pytest.mark.parametrize("fault", [status(503), status(500), cut, stall, hang, page])
@pytest.mark.parametrize("where", ["record", "file"])
def test_temporary_faults_are_tried_again(server, fetch, impatient, where, fault):
    """Twice a fault, then success from the first source."""
    path = RECORD if where == "record" else server.file("a.hdf5")
    server.faults[path] = [fault, fault]
    impatient(fault)
    check(fetch(A), fetch.folder, A)
    assert server.count(path) == 3
    assert server.count(server.raw("input_hdf5/a.hdf5")) == 0


def test_wrong_bytes_on_the_way(server, fetch):
    """The record's own checksum shows it: tried again."""
    server.faults[server.file("a.hdf5")] = [wrong]
    check(fetch(A), fetch.folder, A)
    assert server.count(server.file("a.hdf5")) == 2


FOR_EVER = {
    "503": (status(503), 3, "503 Service Unavailable (3 attempts)"),
    "404": (status(404), 1, "404 Not Found"),
    "403": (status(403), 1, "403 Forbidden"),
    "cut": (cut, 3, "the connection was cut (3 attempts)"),
    "hanging": (hang, 3, "no answer within 0.4 s (3 attempts)"),
    "stalled": (stall, 3, "no answer within 0.4 s (3 attempts)"),
    "page": (page, 3, ""),
}


@pytest.mark.parametrize("where", ["record", "file"])
@pytest.mark.parametrize("fault", FOR_EVER)
def test_what_does_not_pass_leads_to_the_next_source(server, fetch, impatient, fault, where):
    """And the fault is named."""
    action, times, words = FOR_EVER[fault]
    path = RECORD if where == "record" else server.file("a.hdf5")
    server.faults[path] = [action, ALWAYS]
    impatient(action)
    check(fetch(A), fetch.folder, A)
    assert server.count(path) == times and server.count(server.raw("input_hdf5/a.hdf5")) == 1
    assert words in "".join(fetch.said)


def test_a_redirect(server, fetch):
    """Is followed."""
    server.record["elsewhere"] = CONTENT["input_hdf5/a.hdf5"]
    server.faults[server.file("a.hdf5")] = [status(302, Location=server.file("elsewhere"))]
    check(fetch(A), fetch.folder, A)
    assert server.count(server.file("elsewhere")) == 1


def test_a_record_with_other_bytes_of_the_same_length(server, fetch):
    """Not a fault on the way: the record differs from the repository, which is said, not retried, and not used."""
    server.record["a.hdf5"] = b"C" + CONTENT["input_hdf5/a.hdf5"][1:]
    check(fetch(A), fetch.folder, A)
    assert server.count(server.file("a.hdf5")) == 1
    assert "a.hdf5 is not the authors' file" in fetch.said[2]
    assert fetch.said[-1].startswith("GitHub GMPavanLab/StrDynRel: a.hdf5, 300.0 kB; licence as stated")


def test_other_bytes_everywhere(server, fetch):
    """Refused by name, with both ids; nothing stays behind."""
    other = b"C" + CONTENT["input_hdf5/a.hdf5"][1:]
    server.record["a.hdf5"] = server.repository["input_hdf5/a.hdf5"] = other
    with pytest.raises(DataError, match="a.hdf5: could not be had") as caught:
        fetch()
    assert (
        str(caught.value).count(f"git blob id {blob_id(other)}, must be {blob_id(CONTENT['input_hdf5/a.hdf5'])}") == 2
    )
    assert {path.name for path in fetch.folder.iterdir()} == {"b.hdf5", "incoming.lock"}  # what was right is kept


def test_a_page_with_the_status_of_success(server, fetch):
    """Is recognized as what it is where a file was to come."""
    server.faults = {RECORD: [page, ALWAYS], server.raw("input_hdf5/a.hdf5"): [page, ALWAYS]}
    with pytest.raises(DataError) as caught:
        fetch(A)
    assert "Zenodo: " in str(caught.value) and "the answer is not a JSON object" in str(caught.value)
    assert "a.hdf5 is not the authors' file: a web page" in str(caught.value)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"status": 410, "message": "deleted"}, "not a record (KeyError: 'files')"),
        ([1, 2], "not a JSON object"),
        ({"files": []}, "the record lacks the authors' a.hdf5"),
        ({"files": [{"key": "a.hdf5", "size": 3}]}, "KeyError: 'checksum'"),
        ({"files": [{"key": "a.hdf5", "size": 3, "checksum": "crc:1"}]}, "a.hdf5 has the checksum 'crc:1'"),
    ],
)
def test_an_answer_that_is_no_record(server, fetch, answer, words):
    """Is said, and the next source asked."""
    server.faults[RECORD] = [lambda handler: handler.send(json.dumps(answer).encode(), "application/json"), ALWAYS]
    check(fetch(A), fetch.folder, A)
    assert words in "".join(fetch.said)


def test_the_other_form_of_a_record(server, fetch):
    """Zenodo's interface has listed files in two ways."""
    content = CONTENT["input_hdf5/a.hdf5"]
    file = {"filename": "a.hdf5", "filesize": len(content), "checksum": hashlib.md5(content).hexdigest()}
    old = {"metadata": {"license": "cc-zero"}, "files": [file]}
    server.faults[RECORD] = [lambda handler: handler.send(json.dumps(old).encode())]
    check(fetch(A), fetch.folder, A)
    assert fetch.said[0] == "Zenodo 10.5281/zenodo.10213827: licence cc-zero"


def test_a_record_that_lacks_a_file(server, fetch):
    """It is said, and the file comes from the repository."""
    del server.record["b.hdf5"]
    server.record["new.txt"] = b"new"
    check(fetch(), fetch.folder)
    assert "the record lacks the authors' b.hdf5; it holds a.hdf5, new.txt" in fetch.said[2]


@pytest.mark.parametrize("only", ["zenodo", "github"])
def test_a_tier_with_one_source(server, fetch, only):
    """What the registry names is asked, and nothing else."""
    other = {"zenodo": {"github": None, "commit": None}, "github": {"zenodo": None}}[only]
    check(fetch(tier=TIER.model_copy(update=other)), fetch.folder)
    assert all(("records" in path) == (only == "zenodo") for _, path in server.asked)


def test_nobody_there(fetch, tmp_path, monkeypatch):
    """One error: what was tried, with addresses, and how to place the files by hand. The folder stays clean."""
    monkeypatch.setenv("SOAPLENS_ZENODO", "http://127.0.0.1:9/api")
    monkeypatch.setenv("SOAPLENS_GITHUB", "http://127.0.0.1:9/raw")
    with pytest.raises(DataError) as caught:
        fetch()
    lines = str(caught.value).splitlines()
    assert lines[0] == "a.hdf5, b.hdf5: could not be had"
    assert lines[1] == "  SOAPLENS_DATA: not set"
    assert lines[2] == "  Zenodo: no connection (3 attempts): http://127.0.0.1:9/api/records/10213827"
    assert lines[3].startswith("  GitHub: no connection (3 attempts): ") and lines[3].endswith("input_hdf5/a.hdf5")
    assert lines[5] == "  https://doi.org/10.5281/zenodo.10213827"
    assert [line.rsplit("/", 1)[1] for line in lines[6:8]] == ["a.hdf5", "b.hdf5"]
    assert any("SOAPLENS_DATA" in line for line in lines[8:])
    assert [path.name for path in fetch.folder.iterdir()] == ["incoming.lock"]
    place = tmp_path / "by hand"
    place.mkdir()
    for path, content in CONTENT.items():
        (place / PurePosixPath(path).name).write_bytes(content)
    monkeypatch.setenv("SOAPLENS_DATA", str(place))
    assert {path.parent for path in fetch().values()} == {place}


@pytest.mark.parametrize("layout", ["{name}", "input_hdf5/{name}", "any folder/{name}"])
def test_a_folder_filled_by_hand(server, fetch, tmp_path, monkeypatch, layout):
    """Is the first source; its files are used where they are, and the folder may be read-only."""
    for path, content in CONTENT.items():
        place = tmp_path / "hand" / layout.format(name=PurePosixPath(path).name)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    monkeypatch.setenv("SOAPLENS_DATA", str(tmp_path / "hand"))
    found = fetch()
    assert all(path.is_relative_to(tmp_path / "hand") for path in found.values())
    assert server.asked == [] and not fetch.folder.exists()


def test_an_archive_in_the_folder_filled_by_hand(server, fetch, tmp_path, monkeypatch):
    """As it was downloaded with a browser."""
    (tmp_path / "hand").mkdir()
    (tmp_path / "hand" / "input.zip").write_bytes(archive("zip", CONTENT))
    monkeypatch.setenv("SOAPLENS_DATA", str(tmp_path / "hand"))
    check(fetch(), fetch.folder)
    assert server.asked == [] and [path.name for path in (tmp_path / "hand").iterdir()] == ["input.zip"]


def test_an_archive_that_cannot_be_read(server, fetch, tmp_path, monkeypatch):
    """It is a folder here: the fault of the source, not of the folder of downloads."""
    (tmp_path / "hand" / "input.zip").mkdir(parents=True)
    monkeypatch.setenv("SOAPLENS_DATA", str(tmp_path / "hand"))
    check(fetch(A), fetch.folder, A)
    assert "input.zip is not a complete zip or tar archive ([Errno 21] Is a directory" in fetch.said[0]


def test_a_folder_that_cannot_be_read(server, fetch, tmp_path, monkeypatch):
    """The same: the system allows nobody to look into it."""

    def forbidden(folder):
        raise PermissionError(13, "Permission denied", str(folder))

    (tmp_path / "hand").mkdir()
    monkeypatch.setenv("SOAPLENS_DATA", str(tmp_path / "hand"))
    with monkeypatch.context() as patch:
        patch.setattr(Path, "iterdir", forbidden)
        found = fetch(A)
    check(found, fetch.folder, A)
    assert f"SOAPLENS_DATA: {tmp_path / 'hand'} cannot be read (Permission denied)" in fetch.said[0]


def test_an_archive_for_which_there_is_no_place(server, fetch, tmp_path, monkeypatch):
    """Unpacking is writing: what the system says to that is said of the folder of downloads."""
    (tmp_path / "hand").mkdir()
    (tmp_path / "hand" / "input.zip").write_bytes(archive("zip", CONTENT))
    monkeypatch.setenv("SOAPLENS_DATA", str(tmp_path / "hand"))
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000)); "
    answer = process(server, fetch.folder, before=limit)
    _, errors = answer.communicate(timeout=60)
    assert answer.returncode == 1 and f"{fetch.folder} cannot be written to (File too large)" in errors


def test_what_an_archive_left_open_is_named(server, fetch, tmp_path, monkeypatch):
    """Of two files the folder has one, packed: the other one lacks, and it alone is asked for."""
    (tmp_path / "hand").mkdir()
    (tmp_path / "hand" / "input.zip").write_bytes(archive("zip", {"b.hdf5": CONTENT["input_hdf5/b.hdf5"]}))
    monkeypatch.setenv("SOAPLENS_DATA", str(tmp_path / "hand"))
    check(fetch(), fetch.folder)
    assert fetch.said[0] == f"SOAPLENS_DATA: {tmp_path / 'hand'} lacks a.hdf5"
    assert server.count(server.file("b.hdf5")) == 0


def test_ones_own_file_among_the_downloads(server, fetch, monkeypatch):
    """Both folders are the same: a file with a wanted name and another content is left where it is."""
    fetch.folder.mkdir()
    (fetch.folder / "a.hdf5").write_bytes(b"mine")
    monkeypatch.setenv("SOAPLENS_DATA", str(fetch.folder))
    with pytest.raises(DataError, match="a.hdf5 is not the authors' file.*\nSOAPLENS_DATA is the folder of downloads"):
        fetch()
    assert (fetch.folder / "a.hdf5").read_bytes() == b"mine" and server.asked == []
    (fetch.folder / "a.hdf5").rename(fetch.folder / "mine.hdf5")
    assert fetch().keys() == WANTED.keys()


@pytest.mark.parametrize("content", [b"C" + CONTENT["input_hdf5/a.hdf5"][1:], b"", CONTENT["input_hdf5/a.hdf5"][:-1]])
def test_a_wrong_file_in_the_folder_filled_by_hand(server, fetch, tmp_path, monkeypatch, content):
    """Is refused by name and left alone; the next source has it."""
    (tmp_path / "hand").mkdir()
    (tmp_path / "hand" / "a.hdf5").write_bytes(content)
    monkeypatch.setenv("SOAPLENS_DATA", str(tmp_path / "hand"))
    check(fetch(A), fetch.folder, A)
    assert f"refused: {tmp_path / 'hand' / 'a.hdf5'}: " in fetch.said[0] and blob_id(content) in fetch.said[0]
    assert (tmp_path / "hand" / "a.hdf5").read_bytes() == content


def test_a_folder_that_is_none(fetch, monkeypatch):
    """Is said; the sources after it serve."""
    monkeypatch.setenv("SOAPLENS_DATA", "/nowhere/at/all")
    check(fetch(A), fetch.folder, A)
    assert "SOAPLENS_DATA: /nowhere/at/all is not a folder" in fetch.said[0]


def test_a_damaged_download_is_replaced(server, fetch):
    """A bit lost in the folder of downloads."""
    path = fetch(A)["input_hdf5/a.hdf5"]
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    check(fetch(A), fetch.folder, A)
    assert server.count(server.file("a.hdf5")) == 2 and "refused" in fetch.said[2]


def test_a_damaged_download_that_cannot_be_replaced(server, fetch):
    """Stays: there may be something in it, and nothing better came."""
    path = fetch(A)["input_hdf5/a.hdf5"]
    path.write_bytes(b"damaged")
    server.record, server.repository = {"b.hdf5": b"x"}, {}
    with pytest.raises(DataError, match="a.hdf5: could not be had"):
        fetch(A)
    assert path.read_bytes() == b"damaged"


def test_too_little_space(server, fetch, monkeypatch):
    """Is found before the download, and no other source is asked, as it would not help."""
    monkeypatch.setattr(_download.shutil, "disk_usage", lambda folder: SimpleNamespace(free=299_999))
    with pytest.raises(DataError, match="has less than the 300.0 kB that a.hdf5 needs; .*SOAPLENS_DATA_CACHE"):
        fetch(A)
    assert server.asked == [("GET", RECORD)]
    assert [path.name for path in fetch.folder.iterdir()] == ["incoming.lock"]


PROCESS = "from soaplens_lite.study.data import bring, tiers; print(bring({wanted!r}, tiers()['paper']))"


def process(server, folder, *, before="", wanted=A):
    """Another process that brings files into the same folder."""
    environment = os.environ | server.environment | {"SOAPLENS_DATA_CACHE": str(folder)}
    code = before + PROCESS.format(wanted=wanted)
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen([sys.executable, "-c", code], env=environment, **pipes)


def test_a_disk_that_fills_up_on_the_way(server, fetch):
    """The system refuses to write on: one error, nothing half-written, and what was there before is intact."""
    fetch({"input_hdf5/b.hdf5": WANTED["input_hdf5/b.hdf5"]})
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000)); "
    answer = process(server, fetch.folder, before=limit)
    _, errors = answer.communicate(timeout=60)
    assert answer.returncode == 1 and "cannot be written to (File too large)" in errors
    assert server.count(server.raw("input_hdf5/a.hdf5")) == 0
    check(fetch(), fetch.folder)


@pytest.mark.parametrize("place", ["file", "file/below", "/proc/soaplens"])
def test_a_folder_that_cannot_be_made(server, fetch, tmp_path, monkeypatch, place):
    """Neither where a file stands nor where the system allows none: said before any server is asked."""
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("SOAPLENS_DATA_CACHE", str(tmp_path / place))
    with pytest.raises(DataError, match="cannot be written to .*SOAPLENS_DATA_CACHE"):
        fetch(A)
    assert server.asked == [] and (tmp_path / "file").read_text() == "in the way"


def test_downloads_in_a_folder_that_cannot_be_written_to(server, fetch):
    """Are read all the same: nothing is written where everything is there."""
    fetch()
    before = {path: path.stat().st_mtime_ns for path in [fetch.folder, *fetch.folder.iterdir()]}
    fetch.folder.chmod(0o500)
    try:
        fetch()
    finally:
        fetch.folder.chmod(0o700)
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_two_processes_at_once(server, fetch):
    """Take turns: one download, one good copy, both have it."""
    server.faults[server.file("a.hdf5")] = [lambda handler: (sleep(0.5), handler.send(CONTENT["input_hdf5/a.hdf5"]))]
    both = [process(server, fetch.folder) for _ in range(2)]
    answers = [one.communicate(timeout=60) for one in both]
    assert [one.returncode for one in both] == [0, 0], answers
    assert server.count(server.file("a.hdf5")) == 1
    check(fetch(A), fetch.folder, A)


def test_killed_on_the_way(server, fetch):
    """Nothing half-written has the name of a file, and the next attempt begins anew and cleans up."""
    server.faults[server.file("a.hdf5")] = [drip]
    victim = process(server, fetch.folder)
    for _ in range(600):
        if any(path.stat().st_size > 50_000 for path in fetch.folder.glob("incoming/*")):
            break
        sleep(0.05)
    victim.send_signal(signal.SIGKILL)
    victim.communicate()
    assert not (fetch.folder / "a.hdf5").exists()
    (half,) = (fetch.folder / "incoming").iterdir()
    assert 0 < half.stat().st_size < 300_000
    check(fetch(A), fetch.folder, A)


@pytest.mark.parametrize("given", list(itertools.product([None, "data"], [None, "cache"])))
def test_where_downloads_are_kept(monkeypatch, tmp_path, given):
    """SOAPLENS_DATA_CACHE, otherwise below SOAPLENS_CACHE, otherwise in the user's cache."""
    for name, value in zip(("SOAPLENS_DATA_CACHE", "SOAPLENS_CACHE"), given, strict=True):
        monkeypatch.delenv(name, raising=False)
        if value:
            monkeypatch.setenv(name, str(tmp_path / value))
    expected = {"data": tmp_path / "data", "cache": tmp_path / "cache" / "data"}.get(given[0] or given[1])
    assert settings().data_folder == (expected or user_cache_path("soaplens_lite") / "data")
