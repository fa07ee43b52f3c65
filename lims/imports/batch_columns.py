"""The columns of a batch sheet and the words of its events, as laboratories call them."""

from lims.imports.workbook import Column

COLUMNS = (
    Column("batch", True, ("batch number", "серия", "номер серии", "№ серии")),
    Column("patient", True, ("patient code", "пациент", "код пациента", "номер пациента")),
    Column("date", True, ("day", "дата")),
    Column("time", False, ("time of day", "время")),
    Column("event", True, ("operation", "операция", "событие", "действие")),
    Column("by", False, ("performed by", "operator", "исполнитель", "кто", "выполнил")),
    Column("from", False, ("out of", "из", "откуда")),
    Column("into", False, ("to", "в", "куда")),
    Column("mass_g", False, ("mass, g", "масса, г", "масса")),
    Column("volume_ml", False, ("volume, ml", "volume, mL", "объём, мл", "объём")),
    Column("live", False, ("viable cells", "живые", "живых клеток")),
    Column("dead", False, ("dead cells", "мёртвые", "мёртвых клеток")),
    Column("viability_pct", False, ("viability, %", "жизнеспособность, %", "жизнеспособность")),
    Column("vessel_type", False, ("vessel", "флакон", "тип флакона", "тип сосуда", "сосуд")),
    Column("area_cm2", False, ("area, cm2", "area, cm²", "площадь, см2", "площадь, см²")),
    Column("medium_ml", False, ("medium, ml", "medium, mL", "среда, мл")),
    Column("confluence_pct", False, ("confluence, %", "конфлюэнтность, %", "конфлюэнтность")),
    Column("number", False, ("how many", "количество", "число")),
    Column("comment", False, ("remark", "note", "примечание", "комментарий")),
)
EVENTS = {
    **dict.fromkeys(("received", "reception", "получение", "приём"), "received"),
    **dict.fromkeys(("isolated", "isolation", "выделение"), "isolated"),
    **dict.fromkeys(("seeded", "seeding", "посев"), "seeded"),
    **dict.fromkeys(("fed", "feeding", "смена среды", "кормление"), "fed"),
    **dict.fromkeys(("observed", "observation", "наблюдение", "осмотр"), "observed"),
    **dict.fromkeys(("harvested", "harvest", "сбор", "снятие"), "harvested"),
    **dict.fromkeys(("vials", "криопробирки", "розлив в криопробирки"), "vials"),
    **dict.fromkeys(("doses", "дозы", "розлив доз"), "doses"),
    **dict.fromkeys(("discarded", "discard", "утилизация", "списание"), "discarded"),
}
RUSSIAN_EVENTS = {
    event: next(word for word, meant in EVENTS.items() if meant == event and not word.isascii())
    for event in EVENTS.values()
}
"""The word of each that the Russian template uses."""
