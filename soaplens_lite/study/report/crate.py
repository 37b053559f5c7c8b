"""
A run as an RO-Crate: one archive that explains itself to people and to the machines of a data repository.

Beside the files of the run it holds their description in the vocabulary of schema.org: what each one is, which paper it
belongs to, under which licence it may be used, and which program made it from which data with which parameters.
"""

import hashlib
import mimetypes
from pathlib import Path

import yaml
from rocrate.model import ContextEntity, Person
from rocrate.rocrate import ROCrate

from soaplens_lite import _disk as disk
from soaplens_lite.study import StudyError, bundled_file
from soaplens_lite.study.data import data_sets
from soaplens_lite.study.report import captions
from soaplens_lite.study.run import provenance
from soaplens_lite.study.run.folders import again, damage, lacks, read_json, state

PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
LICENCES = {
    "CC BY 4.0": "https://creativecommons.org/licenses/by/4.0/",
    "MIT": "https://opensource.org/license/mit",
}
FORMATS = {".nc": "application/x-netcdf", ".ipynb": "application/x-ipynb+json", ".gz": "application/gzip"}


class CrateError(StudyError):
    """A run that cannot be exported."""


def export(run, out=None):
    """
    Pack a complete run as an RO-Crate.

    Parameters
    ----------
    run : path
        Its folder, ``results/01_cu211/latest`` for instance.
    out : path, optional
        Of the archive. Default: ``<notebook>-<run id>.crate.zip`` in the current folder.

    Returns
    -------
    out : pathlib.Path

    Raises
    ------
    CrateError
        If the folder holds no complete run, a file of it is missing, or the archive cannot be written; nothing is left
        of it then.
    """
    folder = Path(run).resolve()
    about = state(folder)
    if about["status"] != "complete":
        raise CrateError(f"{run} holds no complete run (status: {about['status']}): give a folder like 01_cu211/latest")
    provenance.read(folder)  # refuses what does not say how it came about
    if lost := damage(folder, about) or ", ".join(f"{name} is not known" for name in lacks(about, {"code": str})):
        raise CrateError(f"{run} is no longer complete: {lost}: {again(about['notebook'])}")
    out = Path(out or f"{about['notebook']}-{about['run_id']}.crate.zip")
    if out.suffix != ".zip":
        raise CrateError(f"{out}: the name of the archive must end in .zip")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with disk.whole(out) as scratch, open(scratch, "wb") as file:
            _write(_describe(folder, about), file)
    except OSError as error:
        raise CrateError(disk.refusal(out, error)) from None
    return out


def _write(crate, file):
    """The archive, piece by piece; also after an error to the end, as one that is dropped halfway complains aloud."""
    pieces = crate.stream_zip()
    try:
        for piece in pieces:
            file.write(piece)
        file.flush()
    except OSError:
        for _ in pieces:
            pass
        raise


def _describe(folder, about):
    """The crate, ready to be written."""
    crate = ROCrate()
    data = [_data(crate, name, checksum) for name, checksum in about["data"].items()]
    panels = read_json(folder / "numbers.json").get("panels", {})
    files = [_file(crate, folder, path, panels) for path in sorted(folder.rglob("[!.]*")) if path.is_file()]
    action = _action(crate, about, data, files)
    crate.name = f"{about['notebook']}, run {about['run_id']}"
    crate.description = (
        f"Figures, numbers and executed notebook of {about['notebook']}, a study of the executable edition of the "
        f"cited article. {' '.join(entity['description'] for entity in data)}"
    ).strip()
    crate.license = list({entity["license"].id: entity["license"] for entity in data}.values())
    crate.datePublished = about["end"]
    crate.root_dataset["citation"] = _article(crate)
    crate.root_dataset["conformsTo"] = crate.add(
        ContextEntity(crate, PROFILE, {"@type": "CreativeWork", "name": "Process Run Crate", "version": "0.5"})
    )
    crate.root_dataset["mentions"] = action
    return crate


def _file(crate, folder, path, panels):
    """A file with its type, size, checksum and, for a figure, what it shows."""
    name = path.relative_to(folder).as_posix()
    kind = FORMATS.get(path.suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    content = path.read_bytes()
    properties = {
        "name": path.name,
        "encodingFormat": kind,
        "contentSize": str(len(content)),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    if path.parent.name == "figures":
        properties["description"] = captions.description(path.stem, panels.get(path.stem))
    return crate.add_file(path, name, properties=properties)


def _licence(crate, name):
    """A licence by its address, or in the words in which the data state theirs."""
    return crate.add(
        ContextEntity(crate, LICENCES.get(name, "#licence-of-the-data"), {"@type": "CreativeWork", "name": name})
    )


def _data(crate, name, checksum):
    """The data set that was read, as the registry knows it."""
    listed = data_sets().get(name)
    properties = {"@type": "Dataset", "name": listed.title if listed else name, "identifier": f"sha256:{checksum}"}
    differs = "; ".join(listed.differs_from_paper) if listed else ""
    properties["description"] = f"Not the article's own data: {differs}." if differs else properties["name"]
    if listed and listed.copyright:
        properties["copyrightNotice"] = listed.copyright
    entity = crate.add(ContextEntity(crate, f"#data-{name}", properties))
    entity["license"] = _licence(crate, listed.licence if listed else "that of the user's own data")
    return entity


def _article(crate):
    """The article that the run belongs to, with its authors, as CITATION.cff names it."""
    path = bundled_file("CITATION.cff")
    paper = yaml.safe_load(path.read_text("utf-8"))["preferred-citation"]
    authors = []
    for author in paper["authors"]:
        family, given = author["family-names"], author["given-names"]
        properties = {"name": f"{given} {family}", "familyName": family, "givenName": given}
        authors.append(crate.add(Person(crate, f"#{family}", properties)))
    identifier = paper["identifiers"][0]["value"]
    properties = {
        "@type": "ScholarlyArticle",
        "name": paper["title"],
        "isPartOf": f"{paper['journal']} {paper['volume']}",
        "pagination": paper["start"],
        "datePublished": str(paper["year"]),
        "identifier": identifier,
    }
    address = f"https://arxiv.org/abs/{identifier.removeprefix('arXiv:')}"
    article = crate.add(ContextEntity(crate, address, properties))
    article["author"] = authors
    return article


def _action(crate, about, data, files):
    """What made the files: the program with the packages it used, the data, and every parameter."""
    software = {"@type": "SoftwareApplication"}
    versions = {name: version for name, version in about["versions"].items() if version}
    own = versions.pop("soaplens_lite", "unknown")
    packages = [
        crate.add(ContextEntity(crate, f"#{name}", software | {"name": name, "softwareVersion": version}))
        for name, version in {"Python": about["python"], **versions}.items()
    ]
    properties = software | {"name": "soaplens_lite", "softwareVersion": own, "identifier": f"sha256:{about['code']}"}
    if about.get("git"):
        properties["version"] = about["git"]["commit"] + ("" if about["git"]["clean"] else ", with further changes")
    program = crate.add(ContextEntity(crate, "#soaplens_lite", properties))
    program["softwareRequirements"], program["license"] = packages, _licence(crate, "MIT")
    parameters = [
        crate.add(ContextEntity(crate, f"#parameter-{name}", {"@type": "PropertyValue", "name": name, "value": value}))
        for name, value in about["parameters"].items()
    ]
    properties = {
        "@type": "CreateAction",
        "name": f"Execution of {about['notebook']}",
        "description": "; ".join(provenance.commands(about)),
        "startTime": about["start"],
        "endTime": about["end"],
        "actionStatus": "http://schema.org/CompletedActionStatus",
    }
    action = crate.add(ContextEntity(crate, f"#run-{about['run_id']}", properties))
    action["instrument"], action["object"], action["result"] = program, data + parameters, files
    return action
