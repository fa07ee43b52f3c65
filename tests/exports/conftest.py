"""Exports of the released batch that the tests of papers stand on, and of what was put in."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lims import anchors
from lims.database import Database
from lims.exports import everything, one_batch
from lims.exports.about import Lacking
from lims.exports.folder import ExportFolder
from lims.labels import render
from lims.models.batch import Batch
from lims.models.label import RecordKind
from lims.models.reception import Reception
from lims.models.sample import Sample
from lims.papers import keeping
from lims.papers.label_maker import Facility
from lims.papers.labels import labels_for
from lims.workflows import codes, labelling
from lims.workflows.anchors import AnchorReason
from tests.papers import making
from tests.papers.conftest import copied, released
from tests.papers.making import Made
from tests.tampering import photograph

__all__ = ["released"]
PICTURE = b"\x89PNG\r\n\x1a\n a picture"


@pytest.fixture(scope="module")
def made(released: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    """A released batch with papers kept, labels printed and a photograph taken."""
    server, url, of = released
    made = copied(of, Database(server.fresh(url)), tmp_path_factory.mktemp("made"))
    print_labels(made)
    take_picture(made)
    keep_papers(made)
    anchors.anchor_now(made.database, made.archive.settings.anchor_dir, AnchorReason.RELEASE)
    yield made
    made.database.engine.dispose()


def keep_papers(made: Made) -> None:
    """The batch record in two editions, and a certificate."""
    with made.database.reading() as session:
        qa = making.person(session, "qa")
    kinds = ((RecordKind.BATCH, made.batch), (RecordKind.CERTIFICATE_OF_ANALYSIS, made.fill))
    for kind, code in kinds:
        keeping.make(made.archive, kind, code, by=qa, language="en")
    made.correct(made.reception, "comment", "seen again", "to have a second edition")
    keeping.make(made.archive, RecordKind.BATCH, made.batch, by=qa, language="en")


def print_labels(made: Made) -> None:
    """Of the tissue, as the pages do it."""
    with made.database.reading() as session:
        physician = making.person(session, "physician")
        step = codes.load(session, made.reception, Reception)
        tissue = session.get_one(Sample, step.sample_id)
        facility = Facility(made.archive.settings.site_name, made.archive.settings.time_zone)
        labels = labels_for(session, [tissue.code], facility)
        sheet = made.archive.store.put(render(labels, labels[0].stock.at(300)))
    printed = {"patient_id": tissue.patient_id, "codes": [tissue.code], "layout": "tissue"}
    printed |= {"content_sha256": sheet, "reason": "lost"}
    made.database.run(
        labelling.record_printed, physician.id, key="tissue", arguments=lambda _: printed
    )


def take_picture(made: Made) -> None:
    digest = made.archive.store.put(PICTURE)
    with made.database.reading() as session:
        technician = making.person(session, "technician")
    made.database.run(
        photograph,
        technician.id,
        key="photo",
        arguments=lambda session: {
            "step": codes.load(session, made.reception, Reception),
            "sha256": digest,
        },
    )


@pytest.fixture(scope="module")
def whole(made: Made, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An export of everything, only read."""
    return exported(made, tmp_path_factory.mktemp("whole"))[0]


@pytest.fixture(scope="module")
def part(made: Made, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An export of the batch, its papers in English, only read."""
    return batch_exported(made, tmp_path_factory.mktemp("part"))[0]


@pytest.fixture
def own_whole(whole: Path, tmp_path: Path) -> Path:
    """An export of everything that a test may change."""
    return Path(shutil.copytree(whole, tmp_path / "whole"))


@pytest.fixture
def own_part(part: Path, tmp_path: Path) -> Path:
    """An export of the batch that a test may change."""
    return Path(shutil.copytree(part, tmp_path / "part"))


def exported(made: Made, folder: Path) -> tuple[Path, list[Lacking]]:
    archive, to = made.archive, ExportFolder(folder)
    with made.database.reading() as session:
        kept = archive.settings.anchor_dir
        _, lacking = everything.write(session, to, archive.store, kept, lambda _: None)
    return folder, lacking


def batch_exported(made: Made, folder: Path, language: str = "en") -> tuple[Path, list[Lacking]]:
    with made.database.reading() as session:
        batch = codes.load(session, made.batch, Batch)
        to, desk = ExportFolder(folder), made.archive.desk(language)
        _, lacking = one_batch.write(session, to, batch, desk, iter)
    return folder, lacking


def manifest(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "manifest.json").read_bytes())
    return found


def rows(folder: Path, table: str) -> list[dict[str, Any]]:
    text = (folder / "tables" / f"{table}.jsonl").read_text()
    return [json.loads(line) for line in text.splitlines()]
