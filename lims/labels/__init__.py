"""Labels: values in, PDF bytes out, every code drawn on whole dots of the printer."""

from lims.labels.command_card import Command, command_card
from lims.labels.culture import AliquotLabel, SuspensionLabel, VesselLabel
from lims.labels.house import BadgeLabel, EquipmentLabel, LotLabel, PlaceLabel
from lims.labels.parts import Markers, PatientOnLabel
from lims.labels.printing import render
from lims.labels.product import DoseLabel, SessionLabel, VialLabel
from lims.labels.stock import STOCKS, Stock
from lims.labels.storage import BoxLabel, CellLabel, TankLabel
from lims.labels.tissue import KitLabel, PatientCard, SampleLabel

__all__ = [
    "STOCKS",
    "AliquotLabel",
    "BadgeLabel",
    "BoxLabel",
    "CellLabel",
    "Command",
    "DoseLabel",
    "EquipmentLabel",
    "KitLabel",
    "LotLabel",
    "Markers",
    "PatientCard",
    "PatientOnLabel",
    "PlaceLabel",
    "SampleLabel",
    "SessionLabel",
    "Stock",
    "SuspensionLabel",
    "TankLabel",
    "VesselLabel",
    "VialLabel",
    "command_card",
    "render",
]
