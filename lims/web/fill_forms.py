"""What people enter about a fill: what is planned, and what was filled into each container."""

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.errors import FieldError
from lims.models.course import PlannedAdministration, TransplantationSession
from lims.models.fill import Dose, FillKind, Vial
from lims.models.filling import Filling
from lims.models.lot import ItemKind, Lot
from lims.models.suspension import Suspension
from lims.web.bench_forms import AtBench, Recorded
from lims.web.choices import ChoiceField, PickField, YesNoField, words
from lims.web.current import reading_session
from lims.web.fields import DecimalField, LongTextField, TextField, WholeField
from lims.web.rows import Row, RowsField
from lims.web.scans import FILLED, CodeField
from lims.workflows import codes, containers, filling
from lims.workflows.filling import Portion
from lims.workflows.vehicles import OneOrTheOther


class StartForm(AtBench):
    kind = ChoiceField(_l("What is filled"), FillKind)
    sitting = PickField(_l("For which session"), required=False, hint=_l("Only for doses."))
    number = WholeField(
        _l("Containers"),
        unit="containers",
        required=False,
        least=1,
        most=200,
        hint=_l("Of vials empty: as many as hold everything that is left."),
    )
    portion_ml = DecimalField.of(
        Filling.portion_ml, _l("Volume of each vial"), required=False, hint=_l("Only for vials.")
    )
    aliquots = WholeField(_l("QC aliquots"), unit="aliquots", required=False, most=50)
    comment = LongTextField(_l("Comment"), required=False)

    def __init__(
        self, offered: list[tuple[str, str]], kinds: Sequence[FillKind], **values: Any
    ) -> None:
        super().__init__(**values)
        self.sitting.choices = offered
        self.kind.choices = words(kinds)

    def of(self, session: Session, code: str) -> dict[str, Any]:
        chosen = self.sitting.data
        return {
            "suspension": codes.load(session, code, Suspension),
            "kind": self.kind.data,
            **self.cleared(session),
            "number": self.number.data,
            "portion_ml": self.portion_ml.data,
            "aliquots": self.aliquots.data or 0,
            "sitting": codes.load(session, chosen, TransplantationSession) if chosen else None,
            "comment": self.comment.data,
        }


class PortionRow(Row):
    container = CodeField(_l("Container"), "DS", "VL")
    volume_ml = DecimalField.of(Dose.volume_ml, _l("Volume"))
    planned = PickField(_l("Which injection"), required=False)


class FillingForm(Recorded):
    source = CodeField(_l("From the tube"), "SU", takes=FILLED, hint=_l("Scan the tube itself."))
    portions = RowsField(
        _l("Containers filled"), PortionRow, shown=1, hint=_l("Scan each as it is filled.")
    )
    vehicle_lot = CodeField(
        _l("Suspended in"),
        "LT",
        takes=ItemKind.VEHICLE,
        required=False,
        hint=_l("Scan the bottle; its label names it."),
    )
    vehicle_ml = DecimalField(
        _l("Taken of it"),
        unit="mL",
        places=3,
        required=False,
        hint=_l("Empty where it is among the lots of this step already."),
    )
    vehicle = TextField(
        _l("What it was"), longest=200, required=False, hint=_l("Only where no bottle is scanned.")
    )
    appearance_good = YesNoField(_l("Appearance is as it should be, no particles"))
    containers_intact = YesNoField(_l("Containers are intact and closed"))

    def __init__(self, offered: list[tuple[int, str]], **values: Any) -> None:
        super().__init__(**values)
        for row in self.portions.entries:
            row.form.planned.choices = offered

    def expect(self, tube: str, containers: list[str]) -> None:
        """Any other code, scanned, is held against the patient before a drop is poured; vials are
        frozen in a cryoprotectant, doses are not."""
        self.source.expects = [tube]
        if any(code.startswith(Vial.kind_of_code) for code in containers):
            self.vehicle_lot.takes = ItemKind.CRYOPROTECTANT
        for row in self.portions.entries:
            row.form.container.expects = containers

    def of(self, session: Session, code: str) -> dict[str, Any]:
        step = self.as_shown(codes.load(session, code, Filling))
        planned = injections(session, step)
        return {
            "step": step,
            "suspension": codes.load(session, self.source.data or "", Suspension),
            "kind": kind_of(session, step),
            "portions": [self._portion(row, planned) for row in self.portions.filled],
            "vehicle": self._vehicle(session),
            "vehicle_ml": self.vehicle_ml.data,
            "appearance_good": self.appearance_good.is_yes,
            "containers_intact": self.containers_intact.is_yes,
            **self.noted(),
        }

    def _vehicle(self, session: Session) -> Lot | str:
        bottle = self.vehicle_lot.data
        if bottle and self.vehicle.data:
            raise FieldError("vehicle", problem=OneOrTheOther())
        return codes.load(session, bottle, Lot) if bottle else self.vehicle.data or ""

    @staticmethod
    def _portion(row: PortionRow, planned: list[PlannedAdministration]) -> Portion:
        number = row.planned.data
        chosen = planned[number - 1] if number else None
        return Portion(code=row.container.data or "", volume_ml=row.volume_ml.data, planned=chosen)


def injections(session: Session, step: Filling) -> list[PlannedAdministration]:
    """The injections planned for the session this filling is for, in their order."""
    query = select(PlannedAdministration).where(PlannedAdministration.session_id == step.session_id)
    return list(session.scalars(query.order_by(PlannedAdministration.id)))


def kind_of(session: Session, step: Filling) -> FillKind:
    """Doses or vials, as the step's plan gave out their codes."""
    planned = {container.kind for container in containers.planned_for(session, step)}
    return FillKind.VIALS if "VL" in planned else FillKind.DOSES


def portions_planned(step: Filling, suspension: Suspension, number: int) -> list[dict[str, Any]]:
    """A row for each of `number` containers; of vials with the volume that it is to hold."""
    if step.portion_ml is None:
        return [{}] * number
    shares = filling.portions(suspension.remaining_ml, step.portion_ml)
    return [{"volume_ml": share} for share in shares[:number]] + [{}] * (number - len(shares))


def codes_planned(step: Filling) -> list[str]:
    """The syringes or vials that were given out, without the aliquots."""
    given_out = containers.planned_for(reading_session(), step)
    return [each.container_code for each in given_out if each.kind in ("DS", "VL")]
