"""The roles as they stand in permissions.py: a laboratory of five can do the whole course."""

import pytest

from lims.permissions import GRANTED, READING, Permission, Role, incompatible

FIVE = {
    "technician": {Role.TECHNICIAN},
    "lead": {Role.TECHNICIAN, Role.PRODUCTION_LEAD},
    "analyst": {Role.QC_ANALYST},
    "qa": {Role.QA_OFFICER},
    "keeper": {Role.CRYOBANK_KEEPER},
}
ALL = FIVE | {"physician": {Role.PHYSICIAN}, "administrator": {Role.ADMINISTRATOR}}
P = Permission

TWO_PEOPLE = {
    "step and line clearance": (P.PERFORM_STEP, P.CHECK_LINE_CLEARANCE),
    "sampling and line clearance": (P.TAKE_ALIQUOT, P.CHECK_LINE_CLEARANCE),
    "closing a bench": (P.KEEP_STEP, P.CHECK_LINE_CLEARANCE),
    "step and override of a supply": (P.PERFORM_STEP, P.OVERRIDE_SUPPLY),
    "discarding": (P.DISCARD_MATERIAL, P.DISCARD_MATERIAL),
    "entering and verifying a result": (P.ENTER_RESULT, P.VERIFY_RESULT),
    "entering and approving a result": (P.ENTER_RESULT, P.APPROVE_RESULT),
    "verifying and approving a result": (P.VERIFY_RESULT, P.APPROVE_RESULT),
    "making and releasing": (P.PERFORM_STEP, P.RELEASE_FILL),
    "checking the line and releasing": (P.CHECK_LINE_CLEARANCE, P.RELEASE_FILL),
    "analysing and releasing": (P.ENTER_RESULT, P.RELEASE_FILL),
    "investigating and deciding a deviation": (P.INVESTIGATE_DEVIATION, P.DECIDE_DEVIATION),
    "receiving and releasing a lot": (P.RECEIVE_LOT, P.RELEASE_LOT),
    "handing over": (P.ISSUE_DOSE, P.WITNESS),
    "handing over and receiving": (P.ISSUE_DOSE, P.RECEIVE_DOSE),
    "linking two registrations": (P.LINK_PATIENTS, P.LINK_PATIENTS),
    "training the lead": (P.PERFORM_STEP, P.RECORD_TRAINING),
}
"""What two different people do: what the one needs, and the other."""


def holders(permission, people=ALL):
    return {name for name, roles in people.items() if any(permission in GRANTED[r] for r in roles)}


@pytest.mark.parametrize("permission", Permission)
def test_somebody_of_the_five_the_physician_and_the_administrator_may(permission):
    assert holders(permission)


@pytest.mark.parametrize("act", TWO_PEOPLE)
def test_an_act_of_two_people_finds_two(act):
    first, second = TWO_PEOPLE[act]
    pairs = {(a, b) for a in holders(first) for b in holders(second) if a != b}

    assert pairs


@pytest.mark.parametrize("maker", ["technician", "lead"])
def test_whoever_makes_it_a_colleague_clears_the_line_and_another_releases(maker):
    checkers = holders(P.CHECK_LINE_CLEARANCE) - {maker}

    assert checkers
    assert holders(P.RELEASE_FILL) - checkers - {maker} == {"qa"}


def test_results_are_verified_by_the_lead_or_the_keeper_and_never_by_quality():
    assert holders(P.VERIFY_RESULT) - holders(P.ENTER_RESULT) == {"lead", "keeper"}
    assert "qa" not in holders(P.VERIFY_RESULT)


def test_the_one_officer_of_quality_never_works_on_what_they_release():
    works = {P.PERFORM_STEP, P.CHECK_LINE_CLEARANCE, P.TAKE_ALIQUOT, P.ENTER_RESULT}

    assert not GRANTED[Role.QA_OFFICER] & (works | {P.VERIFY_RESULT, P.CORRECT_RECORD})


def test_who_produces_releases_nothing():
    for role in (Role.TECHNICIAN, Role.PRODUCTION_LEAD, Role.QC_ANALYST, Role.CRYOBANK_KEEPER):
        assert not GRANTED[role] & {P.RELEASE_FILL, P.REJECT_FILL, P.APPROVE_RESULT, P.RELEASE_LOT}


def test_a_physician_touches_no_production():
    of_production = {P.PERFORM_STEP, P.KEEP_STEP, P.PRINT_LABEL, P.TAKE_ALIQUOT, P.ENTER_RESULT}

    assert not GRANTED[Role.PHYSICIAN] & (of_production | {P.SEE_PRODUCTION, P.DISCARD_MATERIAL})


def test_an_administrator_does_no_act_on_patients_or_cells():
    assert GRANTED[Role.ADMINISTRATOR] == {
        P.ADMINISTER_PEOPLE,
        P.SEE_PEOPLE,
        P.KEEP_PLACES,
        P.SEE_JOBS,
        P.RUN_JOB,
    }


def test_an_auditor_changes_nothing_and_sees_everything():
    assert GRANTED[Role.AUDITOR] == READING


@pytest.mark.parametrize("other", [role for role in Role if role is not Role.ADMINISTRATOR])
def test_an_administrator_holds_no_other_role(other):
    assert incompatible([other, Role.ADMINISTRATOR])


@pytest.mark.parametrize("other", [role for role in Role if role is not Role.AUDITOR])
def test_an_auditor_holds_no_role_that_writes(other):
    assert incompatible([Role.AUDITOR, other])


def test_the_roles_of_the_five_go_together():
    assert all(incompatible(roles) is None for roles in ALL.values())


def test_a_permission_is_a_phrase_that_ends_a_sentence():
    for permission in Permission:
        assert permission.value[0].islower()
        assert not permission.value.endswith(".")
