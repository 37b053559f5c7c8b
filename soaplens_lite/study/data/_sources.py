"""
The sources of published files: a folder of the user, a Zenodo record, a GitHub repository.

A source is a generator function: it takes a `Job`, puts files that are exactly the authors' into the data folder, and
yields what went wrong, one sentence each.
"""

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import requests

from soaplens_lite.study.settings import Settings

from ._download import (
    SourceError,
    check_content,
    content_length,
    download,
    in_bytes,
    in_words,
    is_archive,
    take_members,
)
from ._registry import Tier

CHECKSUM = re.compile("(md5|sha1|sha256|sha512):[0-9a-f]+")


@dataclass(frozen=True)
class Job:
    """What a source is asked for: files by their published path, and how to get them."""

    wanted: dict
    welcome: dict
    tier: Tier
    scratch: Path
    settings: Settings
    say: object

    def missing(self):
        """Wanted files that this source has not given yet: names and git blob ids."""
        kept = self.settings.data_folder
        return {name: blob for name, blob in _by_name(self.wanted).items() if not _is(kept / name, blob)}

    def keep(self, name):
        """Move a checked file out of the scratch folder to its name, readable for all who share the folder."""
        path = self.scratch / name
        path.chmod(0o644)
        path.replace(self.settings.data_folder / name)

    def unpack(self, archive):
        """Keep what is wanted or welcome in an archive; yield what is wrong with it."""
        names = self.missing()
        welcome = {n: b for n, b in _by_name(self.welcome).items() if not (self.settings.data_folder / n).exists()}
        taken, others = take_members(archive, welcome | names, self.scratch)
        for name in taken:
            self.keep(name)
        for name in others.keys() & names:
            yield f"{name} in {archive.name} is not the authors' file (git blob id {others[name]})"


def sources(chosen, tier):
    """The sources of a tier, in the order in which they are tried."""
    sources = {"SOAPLENS_DATA": _from_local_folder if chosen.data else None}
    sources |= {"Zenodo": _from_zenodo if tier.zenodo else None, "GitHub": _from_github if tier.github else None}
    return {name: source for name, source in sources.items() if source}


def ask(source, job):
    """Ask a source; what went wrong, one sentence each. A server that does not answer is not asked again."""
    problems = []
    try:
        for problem in source(job):
            problems.append(problem)
    except SourceError as error:
        problems.append(str(error))
    except requests.RequestException as error:
        words = in_words(error, job.settings)
        problems.append(f"{words} ({job.settings.attempts} attempts): {error.request.url if error.request else ''}")
    return problems


def _from_local_folder(job):
    """Archives in the folder of the user. Single files there are found by `look`."""
    local = job.settings.data.absolute()
    if not os.path.isdir(local):
        raise SourceError(f"{local} is not a folder")
    try:
        archives = sorted(path for path in local.iterdir() if is_archive(path.name))
    except OSError as error:
        raise SourceError(f"{local} cannot be read ({error.strerror})") from None
    for archive in archives:
        try:
            yield from job.unpack(archive)
        except SourceError as error:
            yield str(error)
    if lacking := job.missing():
        yield f"{local} lacks {', '.join(lacking)}"


def _from_zenodo(job):
    """Single files by their names, then archives, until nothing is missing."""
    listed, licence = _record(job)
    job.say(f"Zenodo {job.tier.zenodo}: licence {licence}")
    for name, file in sorted(listed.items(), key=lambda item: is_archive(item[0])):
        missing, path = job.missing(), job.scratch / PurePosixPath(name).name
        if not missing or not (path.name in missing or is_archive(name)):
            continue
        job.say(f"  {name}: {in_bytes(file['size'])}")
        try:
            download(file["url"], path, job.settings, known_hash=file["checksum"], size=file["size"])
            if path.name in missing:
                check_content(path, missing[path.name], path.name)
                job.keep(path.name)
            else:
                yield from job.unpack(path)
        except (SourceError, ValueError) as error:
            yield f"{name}: {in_words(error, job.settings)}"
    if lacking := job.missing():
        yield f"the record lacks the authors' {', '.join(lacking)}; it holds {', '.join(listed)}"


def _record(job):
    """What Zenodo says about a record: its files with size, checksum and address, and the licence."""
    number, path = job.tier.zenodo.rpartition(".")[2], job.scratch / "record.json"
    url = f"{job.settings.zenodo.rstrip('/')}/records/{number}"
    answer = {}

    def read(arrived):
        try:
            answer.update(json.loads(Path(arrived).read_bytes()))
        except (ValueError, TypeError):
            raise ValueError(f"{url}: the answer is not a JSON object, perhaps the page of a proxy") from None

    try:
        download(url, path, job.settings, check=read)
        path.unlink()
    except ValueError as error:
        raise SourceError(str(error)) from None
    try:
        files = dict(_record_file(entry, url) for entry in answer["files"])
        licence = (answer.get("metadata") or {}).get("license") or {}
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise SourceError(f"{url}: the answer is not a record ({type(error).__name__}: {error})") from None
    licence = licence.get("id") if isinstance(licence, dict) else licence
    return files, licence or job.tier.terms


def _record_file(entry, url):
    """One file in either of the two forms that Zenodo's interface has had."""
    name = entry.get("key") or entry["filename"]
    checksum = entry["checksum"] if ":" in entry["checksum"] else f"md5:{entry['checksum']}"
    if not CHECKSUM.fullmatch(checksum):
        raise ValueError(f"{name} has the checksum {checksum!r}")
    address = entry.get("links", {}).get("self") or f"{url}/files/{name}/content"
    return name, {"size": int(entry.get("size") or entry["filesize"]), "checksum": checksum, "url": address}


def _from_github(job):
    """One file after the other, at the commit of the tier."""
    for published, git_blob in job.wanted.items():
        url = f"{job.settings.github.rstrip('/')}/{job.tier.github}/{job.tier.commit}/{published}"
        path = job.scratch / PurePosixPath(published).name
        size = content_length(url, job.settings)
        job.say(f"GitHub {job.tier.github}: {path.name}, {in_bytes(size)}; licence {job.tier.terms}")

        def check(arrived, git_blob=git_blob, name=path.name):
            check_content(arrived, git_blob, name)

        try:
            download(url, path, job.settings, size=size, check=check)
            job.keep(path.name)
        except (SourceError, ValueError) as error:
            yield f"{published}: {in_words(error, job.settings)}"


def _by_name(wanted):
    """File names and git blob ids."""
    return {PurePosixPath(published).name: git_blob for published, git_blob in wanted.items()}


def _is(path, git_blob):
    """Whether a file is there and has this content."""
    try:
        check_content(path, git_blob, path.name)
    except (ValueError, OSError):
        return False
    return True
