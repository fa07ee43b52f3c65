"""Every story, each of a patient of its own: first those in which everything is signed that
anybody signs, then those that give the other commands and make the other transitions."""

from datetime import datetime

import time_machine

from lims import clock
from lims.database import Database
from lims.models.contraindication import Occasion
from lims.workflows.contraindication_checks import Found
from tests.walks import (
    at_terminals,
    banking,
    by_itself,
    culturing,
    deciding,
    enrolling,
    freezing,
    ordering,
    printing,
    receiving,
    releasing,
    reviewing,
    specifying,
    staffing,
    supplying,
    taking_over,
    testing_together,
    thawing,
)
from tests.walks.walker import Walk

UNDERWEIGHT = 10


def signed(database: Database) -> datetime:
    """The time it is when all is signed."""
    with time_machine.travel(clock.now()) as traveller:

        def walk(name: str) -> Walk:
            return Walk(database, traveller, name)

        moved = walk("Moved")
        specifying.a_batch_is_moved_to_the_next_version(moved)
        why = [Found(UNDERWEIGHT, "thin", "as always")]
        moved.check(Occasion.ENROLMENT, found=why, proof=moved.proof("physician"))
        releasing.fills_end_in_every_way(walk("Fills"))
        releasing.doses_go_every_way(walk("Doses"))
        freezing.vials_go_every_way(walk("Vials"))
        culturing.vessels_end_in_every_way(walk("Vessels"))
        receiving.tissue_ends_in_every_way(walk("Tissue"))
        deciding.deviations_go_every_way(walk("Deviations"))
        deciding.results_go_every_way(walk("Results"))
        enrolling.patients_are_put_right(walk("Right"), walk("Twice"))
        supplying.lots_end_in_every_way(walk("Lots"))
        specifying.approve(walk("Nothing"), specifying.lenient(()))
        ordering.orders_end_in_every_way(walk("Orders"))
        thawing.vials_are_thawed_every_way(walk("Thawed"))
        reviewing.the_trail_is_looked_through(walk("Looked through"))
        return clock.now()


def others(database: Database, since: datetime) -> None:
    """After all was signed."""
    with time_machine.travel(since, tick=False) as traveller:

        def walk(name: str) -> Walk:
            return Walk(database, traveller, name)

        specifying.approve(walk("Something"), specifying.lenient())
        culturing.last_cells_close_their_batch(walk("Closed"))
        receiving.tissue_comes_before_its_papers(walk("Early"))
        receiving.markers_come_late(walk("Markers"))
        specifying.approve(walk("Nothing again"), specifying.lenient(()))
        enrolling.a_course_rests_wherever_it_is(walk("Resting"))
        enrolling.courses_end_from_everywhere(walk("Ending"))
        enrolling.injected_after_a_recall(walk("Recalled"))
        testing_together.runs_go_every_way(walk("Tested together"))
        supplying.equipment_comes_and_goes(walk("Equipment"))
        banking.tanks_come_and_go(walk("Tanks"))
        banking.a_cell_is_opened_and_closed(walk("Cells"))
        printing.labels_end_in_every_way(walk("Labels"))
        staffing.people_come_and_go(walk("People"))
        by_itself.somebody_is_written_to(walk("Written"))
        taking_over.earlier_records_are_taken_over(walk("Earlier"))
        alone = walk("Alone")
        by_itself.it_is_tried_again(alone, by_itself.a_job_is_done_and_another_fails(alone))
        at_terminals.a_terminal_comes_and_goes(walk("Terminal"))
        at_terminals.somebody_comes_by_badge(walk("Badge"))
        at_terminals.a_screen_is_locked_and_a_form_waits(walk("Lock"))
        staffing.somebody_signs_in_and_out(walk("Session"))
