"""What is: the tables of the laboratory, one file a noun."""

from sqlalchemy.orm import configure_mappers

from lims.models import (
    administration,
    aliquot,
    audit,
    batch,
    command_run,
    course,
    culture,
    deviation,
    equipment,
    fill,
    filling,
    isolation,
    label,
    lot,
    patient,
    processing,
    reception,
    sample,
    sampling,
    signature,
    specification,
    step,
    suspension,
    user,
    vessel,
)
from lims.models.base import Base

configure_mappers()

__all__ = [
    "Base",
    "administration",
    "aliquot",
    "audit",
    "batch",
    "command_run",
    "course",
    "culture",
    "deviation",
    "equipment",
    "fill",
    "filling",
    "isolation",
    "label",
    "lot",
    "patient",
    "processing",
    "reception",
    "sample",
    "sampling",
    "signature",
    "specification",
    "step",
    "suspension",
    "user",
    "vessel",
]
