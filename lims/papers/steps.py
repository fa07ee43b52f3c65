"""The page of one step from what is recorded of it: for every kind of step the same way."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from lims.errors import N_
from lims.files import FileStore
from lims.models.administration import Administration, Handover
from lims.models.deviation import Deviation
from lims.models.reception import Collection, Dispatch
from lims.models.retrieval import Transfer
from lims.models.specification import SpecificationVersion
from lims.models.step import LineClearance, Step, StepKind, StepStatus
from lims.papers import changes, signed, supplies
from lims.papers.controls import Controls
from lims.papers.label_counts import label_counts
from lims.papers.readings import readings
from lims.papers.step_rows import StepRows
from lims.papers.wording import headed, passage, sentence, spoken
from lims.records import parts
from lims.records import step as page
from lims.records.wording import Wording
from lims.workflows import earlier_hours, earlier_steps
from lims.workflows.codes import KIND_WORDS
from lims.workflows.freezing import TO_REACH
from lims.workflows.specifications import known_limit

TITLES = {
    StepKind.RECEPTION: page.RECEPTION_RECORD,
    StepKind.ISOLATION: page.ISOLATION_RECORD,
    StepKind.FREEZING: page.FREEZING_RECORD,
    StepKind.THAW: page.THAW_RECORD,
    StepKind.RETRIEVAL: page.RETRIEVAL_RECORD,
    StepKind.TRANSFER: page.TRANSFER_RECORD,
    StepKind.DESTRUCTION: page.DESTRUCTION_RECORD,
    StepKind.HANDOVER: page.ISSUE_RECORD,
    StepKind.ADMINISTRATION: page.ADMINISTRATION_RECORD,
}
"""Kinds whose page has a name of its own."""

UNFINISHED = {
    StepStatus.OPEN: N_("open, not recorded yet"),
    StepStatus.RECORDED: N_("recorded, not closed yet"),
    StepStatus.VOID: N_("void: nothing was done"),
}


WRITTEN_ON_PAPER = N_("Written on paper first. Its scan is kept under SHA-256 %(sha256)s.")


class StepPages:
    """Makes the pages of the steps of one record, in one language."""

    def __init__(
        self,
        session: Session,
        rows: StepRows,
        version: SpecificationVersion,
        store: FileStore,
        say: Wording,
    ) -> None:
        self.rows, self.store, self.say, self.version = rows, store, say, version
        self.controls = Controls(version, say)
        self.signatures = signed.StepSignatures(session, rows)

    def all(self) -> tuple[page.Step, ...]:
        return tuple(self.of(step, number) for number, step in enumerate(self.rows.steps, start=1))

    def of(self, step: Step, number: int) -> page.Step:
        """The page of `step`, its place among the steps of the record being `number`."""
        rows, say = self.rows, self.say
        begun = rows.people[step.started_by_id]
        verified = step.verified_by_id
        return page.Step(
            code=step.code,
            number=number,
            kind=self.kind(step),
            performed_by=rows.people[step.performed_by_id] if step.performed_by_id else begun,
            performed_at=earlier_hours.performed(step),
            recorded_by=rows.people[step.recorded_by_id] if step.recorded_by_id else begun,
            recorded_at=step.recorded_at or step.started_at,
            verified_by=rows.people[verified] if verified else None,
            sop=self._procedure(step),
            terminal=step.terminal or "",
            late_reason=step.late_reason or "",
            source=sentence(say, source) if (source := earlier_steps.source_of(step)) else "",
            opening=self._opening(step),
            closing=self._closing(step),
            scans=tuple(self._scans(step)),
            readings=readings(rows, step, self.controls),
            lots=tuple(supplies.lot(used, rows, say) for used in step.lots),
            equipment=tuple(supplies.equipment(step, rows, say)),
            labels=label_counts(rows.labels[step.id], say),
            parties=tuple(self._parties(step)),
            curve=self._curve(step),
            photos=tuple(self._photos(step)),
            comments=tuple(self._comments(step)),
            corrections=changes.corrections(rows, step, say),
            deviations=tuple(self.deviation(each) for each in rows.deviations[step.id]),
            signatures=self.signatures.of(step, say),
        )

    def kind(self, step: Step) -> str:
        """What was done, the passage it was done at, and whether it is finished."""
        name = headed(self.say, step.kind)
        if step.kind is StepKind.HARVEST and (made := self.rows.made[step.id]):
            name = f"{name} {passage(made[0].passage)}"
        if step.status in UNFINISHED:
            name = f"{name} ({self.say.word(UNFINISHED[step.status])})"
        return name

    def _procedure(self, step: Step) -> str:
        found = self.rows.procedures.get(step.procedure_id or 0)
        if found is None:
            return "–"
        words = N_("%(number)s version %(edition)s")
        return self.say.say(words, number=found.number, edition=found.edition)

    def _clearance(self, step: Step) -> LineClearance | None:
        return next(iter(self.rows.clearances[step.id]), None)

    def _opening(self, step: Step) -> parts.Clearance | None:
        found = self._clearance(step)
        if found is None:
            return None
        people = self.rows.people
        checker = people[found.open_checked_by_id]
        station = self.rows.places[found.station_id].code
        return parts.Clearance(station, True, people[found.opened_by_id], checker, found.opened_at)

    def _closing(self, step: Step) -> parts.Clearance | None:
        found = self._clearance(step)
        if found is None or found.closed_at is None:
            return None
        people = self.rows.people
        assert found.closed_by_id is not None
        checker = people[found.close_checked_by_id] if found.close_checked_by_id else None
        station = self.rows.places[found.station_id].code
        return parts.Clearance(station, True, people[found.closed_by_id], checker, found.closed_at)

    def _scans(self, step: Step) -> Iterator[parts.Scan]:
        scanner = self.rows.people[step.recorded_by_id or step.started_by_id]
        for check in self.rows.checks[step.id]:
            role = spoken(self.say, KIND_WORDS.get(check.expected[:2], N_("identity")))
            if check.cleared_by_id is not None:
                cleared = self.rows.people[check.cleared_by_id]
                role = self.say.say(N_("%(what)s, cleared by %(name)s"), what=role, name=cleared)
            yield parts.Scan(
                role, check.expected, check.scanned, scanner, check.checked_at, check.typed
            )

    def _parties(self, step: Step) -> Iterator[parts.Party]:
        match step:
            case Collection():
                yield parts.Party(self.say.word(N_("surgeon")), step.surgeon, at=step.performed_at)
            case Dispatch():
                yield parts.Party(self.say.word(N_("courier")), step.courier, at=step.performed_at)
            case Transfer():
                at = step.performed_at
                yield parts.Party(self.say.word(N_("received by")), step.receiver, at=at)
                if step.courier:
                    yield parts.Party(self.say.word(N_("courier")), step.courier, at=at)
            case Handover():
                yield parts.Party(self.say.word(N_("carrier")), step.carrier, at=step.performed_at)
            case Administration():
                role = self.say.word(N_("injected by"))
                yield parts.Party(role, step.injected_by, at=step.performed_at)

    def _curve(self, step: Step) -> page.Curve | None:
        """Of a freezing whose run was read."""
        points = tuple((each.minute, each.temperature_c) for each in self.rows.curve[step.id])
        if not points:
            return None
        return page.Curve(points, known_limit(self.version, TO_REACH))

    def _photos(self, step: Step) -> Iterator[parts.Photo]:
        who = self.rows.people[step.performed_by_id or step.started_by_id]
        codes = {row.vessel_id: row.vessel.code for row in self.rows.looked_at[step.id]}
        for photo in self.rows.photos[step.id]:
            caption = codes.get(photo.vessel_id or 0, step.code)
            yield parts.Photo(self.store.get(photo.sha256), caption, who, photo.added_at)

    def _comments(self, step: Step) -> Iterator[parts.Comment]:
        if step.comment:
            yield self._comment(step, step.comment)
        for paper in self.rows.papers[step.id]:
            who = self.rows.people[step.recorded_by_id or step.started_by_id]
            said = self.say.say(WRITTEN_ON_PAPER, sha256=paper.sha256)
            yield parts.Comment(said, who, paper.added_at)

    def _comment(self, step: Step, comment: str) -> parts.Comment:
        """Of earlier records it is of who did the step, on its day."""
        if earlier_steps.source_of(step) is not None:
            who = self.rows.people[step.performed_by_id or step.started_by_id]
            return parts.Comment(comment, who, earlier_hours.performed(step))
        who = self.rows.people[step.recorded_by_id or step.started_by_id]
        return parts.Comment(comment, who, step.recorded_at or step.started_at)

    def deviation(self, deviation: Deviation) -> parts.Deviation:
        """What happened, how it was classified, what was found and decided, by whose signature."""
        return parts.Deviation(
            code=deviation.code,
            what=f"{self.say.word(deviation.title)}: {described(self.say, deviation)}",
            classification=spoken(self.say, deviation.grade) or self.say.word(N_("not graded")),
            opened_by=self.rows.people[deviation.reported_by_id],
            opened_at=deviation.reported_at,
            state=spoken(self.say, deviation.status),
            decisions=tuple(
                f"{spoken(self.say, each.became)}: {each.text}"
                for each in deviation.decisions
                if each.text
            ),
            authorised=signed.of_deviation(self.say, deviation),
        )


def described(say: Wording, deviation: Deviation) -> str:
    """What happened: a person's own words, or what a rule found in the paper's language."""
    told = deviation.told
    return sentence(say, told) if told else deviation.description
