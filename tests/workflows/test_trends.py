"""The figures of past batches: what is taken of each, judged by the version of its time."""

from decimal import Decimal

import pytest

from lims.workflows import trends
from lims.workflows.control_limits import Rule
from lims.workflows.intervals import Interval
from lims.workflows.trend_figures import Point
from lims.workflows.trends import Figure
from tests.counting import reads
from tests.laboratory.cells import counted


@pytest.fixture
def figures(session):
    return lambda: {each.code: each for each in trends.window(session, None).figures}


def points(*values, asked=None, bound=False):
    return tuple(
        Point(f"BA{place}", f"BA{place}", None, Decimal(value), asked, bound=bound)
        for place, value in enumerate(values)
    )


def test_the_viability_of_the_last_harvest_is_a_value_of_its_batch(at_the_bench, course, figures):
    svf = at_the_bench.isolate(course, count=counted(8_000_000, 1_000_000))
    tube = at_the_bench.harvest(at_the_bench.split(svf, "2"), count=counted(3_000_000, 1_000_000))

    (point,) = figures()["harvest_viability"].points
    assert (point.batch, point.code) == (tube.batch.code, tube.code)
    assert (point.value, point.limit, point.conforms) == (75, ">= 80", False)


def test_the_yield_is_told_per_gram_of_what_was_digested(at_the_bench, course, figures):
    svf = at_the_bench.isolate(course, count=counted(8_000_000, 1_000_000))

    (point,) = figures()["yield_per_gram"].points
    assert point.value == Decimal(8_000_000) / svf.made_by.tissue_used_g


def test_approved_results_and_doses_of_a_release_are_values(treatment, course, figures):
    dose = treatment.released(course)[0]
    found = figures()

    (viability,) = found["viability_pct"].points
    (cells,) = found["cells_per_dose"].points
    assert viability.batch == cells.batch == dose.fill.batch.code
    assert (cells.code, cells.value) == (dose.fill.code, dose.viable_cells)


def test_doublings_are_told_of_a_batch_that_is_over(at_the_bench, course, figures):
    at_the_bench.second_passage(course, vessels=2)

    assert figures()["cumulative_doublings"].points == ()


def test_a_bound_is_drawn_and_not_reckoned_with():
    figure = Figure("endotoxin", "", "", 3, (*points(*range(8)), *points(50, bound=True)))

    assert len(figure.points) == 9
    assert figure.limits.centre == Decimal("3.5")


def test_a_broken_rule_names_its_batches():
    figure = Figure("f", "", "", 1, points(5, 6, 5, 6, 5, 6, 5, 6, 5, 16))

    ((signal, at),) = [each for each in figure.signals if each[0].rule is Rule.BEYOND]
    assert [each.batch for each in at] == ["BA9"]


def test_what_failed_the_specification_is_outside_whatever_chance_does():
    figure = Figure("f", "", "", 1, points(79, 81, asked=Interval(low=Decimal(80))))

    assert [each.batch for each in figure.outside] == ["BA0"]


def test_a_window_of_batches_is_read_in_few_queries(session, treatment, course):
    treatment.released(course)
    session.flush()
    session.expire_all()

    with reads(session.get_bind().engine) as queries:
        trends.window(session, None)
    assert len(queries) <= 9
