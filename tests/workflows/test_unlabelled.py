"""What bears no label is not worked from; what was worked from without one is told."""

from decimal import Decimal

import pytest
from sqlalchemy import select

from lims.models.deviation import Deviation
from lims.models.fill import FillKind
from lims.models.suspension import SuspensionOrigin
from lims.workflows import filling, harvesting, labelling, processing, qc_tests, seeding
from lims.workflows.containers import Unlabelled
from lims.workflows.sampling import Drawn, record_sampling
from tests.laboratory.cells import counted, given_out, planned


class Things:
    """A vessel in culture, a tube of cells and an aliquot, each of which lost its label."""

    def __init__(self, room, course, other_course):
        self.session, self.bench, self.room = room.session, room.bench, room
        self.sitting = course.sessions[0]
        self.tube = room.cells(course)
        (self.aliquot,) = room.sample(self.tube.batch, (self.tube, "0.5"))
        self.vessels = room.bench.first_passage(other_course)

    def tear(self):
        for each in (self.vessels[0], self.tube, self.aliquot):
            labelling.void_label(self.session, code=each.code, reason="torn", by=self.bench.lead)

    def done(self):
        return {"performed": self.bench.done(), "by": self.bench.technician}

    def harvest(self):
        return harvesting.start_harvest(self.session, self.vessels, **self.bench.opening())

    def wash(self):
        return processing.start_processing(self.session, [self.tube], **self.bench.opening())

    def sow(self):
        return seeding.start_seeding(self.session, self.tube, vessels=1, **self.bench.opening())

    def fill(self):
        return filling.start_filling(
            self.session, self.tube, kind=FillKind.DOSES, number=1, sitting=self.sitting,
            comment="in good time", **self.bench.opening(),
        )  # fmt: skip

    def ask(self):
        who = {"lines": ["mycoplasma"], "by": self.room.analyst}
        return qc_tests.request_tests(self.session, self.aliquot, **who)

    def take(self):
        return self.room.start(self.tube.batch, 1)

    def harvested(self, step):
        harvesting.record_harvest(
            self.session, step, vessels=self.vessels, volume_ml=Decimal(10),
            suspension_code=planned(self.session, step, "SU")[0], count=counted(9_000_000),
            confluence_pct=Decimal(80), **self.done(),
        )  # fmt: skip

    def washed(self, step):
        processing.record_processing(
            self.session, step, sources=[self.tube], operation=SuspensionOrigin.WASH,
            suspension_code=planned(self.session, step, "SU")[0], volume_ml=Decimal(4),
            count=None, **self.done(),
        )  # fmt: skip

    def taken(self, step):
        drawn = [Drawn(self.tube, given_out(self.session, step, "QC")[0], Decimal("0.5"))]
        record_sampling(self.session, step, drawn=drawn, **self.done())


@pytest.fixture
def things(qc_room, course, other_course):
    return Things(qc_room, course, other_course)


@pytest.mark.parametrize("begin", ["harvest", "wash", "sow", "fill", "ask"])
def test_nothing_is_begun_with_a_container_that_bears_no_label(things, begin):
    things.tear()

    with pytest.raises(Unlabelled):
        getattr(things, begin)()


@pytest.mark.parametrize(
    ("begin", "end"), [("harvest", "harvested"), ("wash", "washed"), ("take", "taken")]
)
def test_what_was_worked_from_without_a_label_is_recorded_with_a_deviation(
    session, things, begin, end
):
    step = getattr(things, begin)()
    things.tear()

    getattr(things, end)(step)

    told = session.scalars(select(Deviation.description).where(Deviation.rule == "fact")).all()
    assert [each.partition(" ")[2][:15] for each in told] == ["bears no label."]


def test_a_label_printed_again_counts_once_it_is_scanned_back(things):
    things.tear()
    [label] = labelling.record_printed(
        things.session, step=things.tube.made_by, patient_id=things.tube.patient_id,
        codes=[things.tube.code], layout="tube", content_sha256="0" * 64, reason="torn",
        by=things.bench.technician,
    )  # fmt: skip
    with pytest.raises(Unlabelled):
        things.wash()
    labelling.apply_label(
        things.session, code=label.code, copy=label.copy, by=things.bench.technician
    )

    assert things.wash()
