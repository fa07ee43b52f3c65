"""One label of each kind, as the people of the story would print them."""

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

from lims.labels import (
    AliquotLabel,
    BadgeLabel,
    BoxLabel,
    CellLabel,
    DoseLabel,
    EquipmentLabel,
    KitLabel,
    LotLabel,
    Markers,
    PatientCard,
    PatientOnLabel,
    PlaceLabel,
    SampleLabel,
    SessionLabel,
    SuspensionLabel,
    TankLabel,
    VesselLabel,
    VialLabel,
)
from lims.labels.parts import Label

MINSK = timezone(timedelta(hours=3))
AT = datetime(2026, 11, 20, 10, 5, tzinfo=MINSK)
CELLS = "Autologous adipose MSC"
FACILITY = "Cell Technology Laboratory, Minsk"

CLEAR = Markers(pending=False)
PENDING = Markers(pending=True)
REACTIVE = Markers(pending=True, reactive=("HBV",))

PATIENT = PatientOnLabel(
    code="PT260000011",
    name="Шчарбакоў-Ёлкін Уладзіслаў",
    other_name="Shcharbakou-Yolkin Uladzislau",
    born=date(1961, 5, 4),
)

CARD = PatientCard(
    code="PT260000011", patient=PATIENT, facility=FACILITY, telephone="+375 17 200 00 00"
)
KIT = KitLabel(
    code="CR260000022",
    patient=PATIENT,
    course="CR260000022",
    collection_on=date(2026, 11, 20),
    physician="Dr Kavalenka",
    storage="2–8 °C",
    facility=FACILITY,
)
SAMPLE = SampleLabel(
    code="SA260000033",
    patient=PATIENT,
    product="Adipose tissue",
    collected_at=AT,
    mass_g=Decimal("7.250"),
    additives="DPBS 30 mL, gentamicin",
    storage="2–8 °C",
    facility=FACILITY,
    markers=PENDING,
)
VESSEL = VesselLabel(
    code="VE26000044C",
    patient=PATIENT,
    product=CELLS,
    batch="BA260000423",
    passage=1,
    vessel="T-175",
    seeded_at=AT,
    markers=PENDING,
)
SUSPENSION = SuspensionLabel(
    code="SU26000055D",
    patient=PATIENT,
    product="MSC",
    batch="BA260000423",
    passage=-1,
    cells=12_345_678,
    volume_ml=Decimal("10.000"),
    made_at=AT,
    markers=CLEAR,
)
ALIQUOT = AliquotLabel(
    code="QC26000066E",
    patient=PATIENT,
    test="sterility",
    source="SU26000055D",
    taken_at=AT,
    storage="2–8 °C",
    markers=CLEAR,
)
DOSE = DoseLabel(
    code="DS26000077F",
    patient=PATIENT,
    product=f"BMCP {CELLS}",
    batch="BA260000423",
    passage=3,
    cells=30_000_000,
    volume_ml=Decimal("3.000"),
    filled_at=AT,
    expires_at=AT + timedelta(hours=24),
    storage="2–8 °C",
    facility=FACILITY,
    markers=PENDING,
)
VIAL = VialLabel(
    code="VL26000123B",
    patient=PATIENT,
    product="MSC",
    passage=None,
    cells=10_000_000,
    volume_ml=Decimal("1.500"),
    cryoprotectant="DMSO 10 %",
    frozen_on=date(2026, 11, 20),
    storage="≤ −150 °C",
    markers=CLEAR,
)
SESSION = SessionLabel(
    code="SN26000088G",
    patient=PATIENT,
    product=f"BMCP {CELLS}",
    course="CR260000022",
    planned_on=date(2026, 12, 20),
    clinic="Clinic of Orthopaedics, Minsk",
    physician="Dr Kavalenka",
    doses=2,
    storage="2–8 °C",
    facility=FACILITY,
    markers=REACTIVE,
)
LOT = LotLabel(
    code="LT26000099H",
    article="Collagenase NB 6 GMP",
    lot_number="20260501-77",
    expires_on=date(2027, 5, 31),
    storage="−20 °C",
)
EQUIPMENT = EquipmentLabel(
    code="EQ26000101J",
    name="CO₂ incubator Heracell 150i",
    serial_number="41234567",
    calibration_due=date(2027, 1, 31),
)
PLACE = PlaceLabel(code="PL26000112K", name="Incubator 2, shelf 3", inside="Minsk · Clean room B")
TANK = TankLabel(code="TK26000001H", name="TK-1", phase="vapour", inside="Minsk · Cryobank")
BOX = BoxLabel(code="BX26000002J", rows=9, columns=9, zone="reactive")
CELL = CellLabel(
    code="CE26000003K", patient=PATIENT, name="A-112", facility=FACILITY, markers=REACTIVE
)
BADGE = BadgeLabel(
    code="US26000123M",
    name="Наталля Ўласава",
    roles=("QC analyst", "production lead"),
    facility=FACILITY,
)

EVERY_KIND: tuple[Label, ...] = (
    CARD,
    KIT,
    SAMPLE,
    VESSEL,
    SUSPENSION,
    ALIQUOT,
    DOSE,
    VIAL,
    SESSION,
    LOT,
    EQUIPMENT,
    PLACE,
    TANK,
    BOX,
    CELL,
    BADGE,
)
