"""The pages of the guided tour, one a role; and their pictures for the README.

    python -m tests.tour ./var      # a folder with a demonstration; writes docs/pictures/*.png
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, sync_playwright
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lims.config import Settings
from lims.demo import accounts
from lims.models.administration import Administration
from lims.models.batch import Batch, BatchStatus
from lims.models.fill import Dose, Fill, FillStatus
from lims.models.storage import Allocation, Box, Placement, Position
from lims.models.vessel import Vessel, VesselStatus
from lims.web.app import create_app
from tests.web.serving import serving

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
SCREEN = {"width": 1280, "height": 800}
ONLY = "administrator"


@dataclass(frozen=True)
class Stop:
    """One page of the tour: who looks at it, and where it is."""

    name: str
    login: str
    address: Callable[[Session], str]


def growing(session: Session) -> str:
    """The batch in culture that is the furthest."""
    query = (
        select(Batch.code)
        .join(Vessel, Vessel.batch_id == Batch.id)
        .where(Vessel.status == VesselStatus.CULTURING, Batch.status == BatchStatus.OPEN)
        .order_by(Vessel.passage.desc(), Vessel.id)
    )
    return str(session.scalars(query.limit(1)).one())


def fill_to_decide(session: Session) -> str:
    query = select(Fill.code).where(Fill.status == FillStatus.QUARANTINED)
    return str(session.scalars(query.order_by(Fill.id.desc()).limit(1)).one())


def fullest_box(session: Session) -> str:
    query = (
        select(Box.code)
        .join(Position, Position.box_id == Box.id)
        .join(Allocation, Allocation.position_id == Position.id)
        .join(Placement, Placement.allocation_id == Allocation.id)
        .where(Placement.removed_at.is_(None))
        .group_by(Box.id, Box.code)
        .order_by(func.count().desc(), Box.id)
    )
    return str(session.scalars(query.limit(1)).one())


def injected(session: Session) -> str:
    """A dose that was given."""
    query = select(Dose.code).join(Administration, Administration.dose_id == Dose.id)
    return str(session.scalars(query.order_by(Dose.id.desc()).limit(1)).one())


STOPS = (
    Stop("technician", "technician", lambda session: "/"),
    Stop("production-lead", "lead", lambda session: f"/batches/{growing(session)}"),
    Stop("analyst", "analyst", lambda session: "/qc/"),
    Stop("qa-officer", "qa", lambda session: f"/fills/{fill_to_decide(session)}"),
    Stop("keeper", "keeper", lambda session: f"/boxes/{fullest_box(session)}"),
    Stop("physician", "physician", lambda session: "/courses/at-risk"),
    Stop("auditor", "auditor", lambda session: f"/genealogy/{injected(session)}"),
    Stop("administrator", ONLY, lambda session: "/people"),
)


def draw(page: Page, base: str, stop: Stop, address: str) -> None:
    page.goto(f"{base}/sign-in")
    page.fill("[name=login]", stop.login)
    page.fill("[name=password]", accounts.PASSWORD)
    page.click("main button[type=submit], main .btn")
    page.goto(f"{base}{address}")
    page.screenshot(path=PICTURES / f"{stop.name}.png")


def main(folder: str) -> None:
    PICTURES.mkdir(exist_ok=True)
    app = create_app(Settings.from_environment({"LIMS_DATA_DIR": folder}))
    with app.extensions["lims"].database.reading() as session:
        addresses = {stop: stop.address(session) for stop in STOPS}
    with serving(app) as base, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page(viewport=SCREEN, locale="en")
        page.goto(f"{base}/sign-in")
        page.screenshot(path=PICTURES / "sign-in.png")
        for stop, address in addresses.items():
            context = browser.new_context(viewport=SCREEN, locale="en")
            draw(context.new_page(), base, stop, address)
            context.close()
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1])
