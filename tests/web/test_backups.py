"""The age of the last backup on the first page, for whoever has to do something about it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from lims import clock
from lims.backups import trouble
from lims.backups.folder import Proof
from lims.backups.making import NoRoom
from tests.kept import end_of, written


@pytest.fixture
def settings(settings):
    return replace(settings, backup_keep=30)


@pytest.fixture
def backup(settings, database):
    return lambda **ago_and_how: made(settings, end_of(database), **ago_and_how)


def made(settings, entry, *, hours, minutes=0, **how):
    return written(settings, entry, clock.now() - timedelta(hours=hours, minutes=minutes), **how)


@pytest.fixture
def today(signed_in):
    return lambda login="administrator": signed_in(login).open("/").text


def test_the_administrator_and_quality_see_how_old_the_last_backup_is(backup, today):
    backup(hours=5, minutes=1)

    for login in ("administrator", "qa"):
        assert "Last backup: 5 hours ago, proved." in today(login)


def test_who_works_at_the_bench_does_not(backup, today):
    backup(hours=50)

    assert "ackup" not in today("technician")


@pytest.mark.parametrize(
    ("hours", "proof", "warning"),
    [
        (27, Proof.GOOD, "The last good backup is older than a day."),
        (1, Proof.FAULTS, "its proof found faults. Run lims verify"),
        (1, Proof.MISSING, "could not be proved. Run lims backup"),
    ],
)
def test_a_backup_that_is_late_or_not_good_is_a_warning(backup, today, hours, proof, warning):
    backup(hours=hours, proof=proof)

    page = today()

    assert '<p class="flash warn">' in page
    assert warning in page
    assert "proved.</p>" not in page


def test_no_backup_at_all_is_a_warning(today):
    assert "There is no backup yet." in today()


def test_a_try_that_failed_is_told_with_its_reason(settings, backup, today):
    backup(hours=5)
    trouble.note(settings, NoRoom(path="/mnt/backups", needed=900, free=2))

    assert "failed: There is no room for a backup in /mnt/backups" in today()


def test_a_site_with_backups_of_its_own_is_not_warned(app, today):
    here = app.extensions["lims"]
    app.extensions["lims"] = replace(here, settings=replace(here.settings, backup_keep=0))

    assert "ackup" not in today()
