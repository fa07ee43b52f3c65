"""Every way in which somebody who has the folder of an export may change it.

Some know its format and put the manifest right afterwards. Each kind says what is to be named.
"""

import json
import shutil
import unicodedata
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

from lims.exports import verify

Row = dict[str, Any]


class Export:
    """A copy of an export in the hands of somebody who means to change it."""

    def __init__(self, folder: Path, chance: Random) -> None:
        self.folder, self.chance = folder, chance

    @property
    def manifest(self) -> Row:
        found: Row = json.loads((self.folder / verify.MANIFEST).read_bytes())
        return found

    def any_file(self, under: str = "") -> Path:
        names = [each["path"] for each in self.manifest["files"]]
        kept = [self.folder / name for name in names if name.startswith(under)]
        return self.chance.choice([path for path in kept if path.stat().st_size])

    def lines(self, name: str) -> list[Row]:
        return [json.loads(line) for line in (self.folder / name).read_bytes().splitlines()]

    def write(self, name: str, rows: list[Row]) -> None:
        text = "".join(verify.canonical(row) + "\n" for row in rows)
        (self.folder / name).write_bytes(text.encode())

    def write_table(self, name: str, rows: list[Row]) -> None:
        """Its .csv as well."""
        self.write(f"tables/{name}.jsonl", rows)
        schema = json.loads((self.folder / verify.SCHEMA).read_bytes())
        (table,) = (each for each in schema["tables"] if each["name"] == name)
        names = [column["name"] for column in table["columns"]]
        places = [column.get("decimal_places", 0) for column in table["columns"]]
        csv = verify.BOM + verify.csv_line(names, places)
        for row in rows:
            csv += verify.csv_line([row[each] for each in names], places)
        (self.folder / f"tables/{name}.csv").write_bytes(csv)

    def table(self) -> tuple[str, list[Row]]:
        """One that the trail tells of and that has rows."""
        while True:
            name = self.any_file("tables/").stem
            if name not in verify.UNAUDITED and (rows := self.lines(f"tables/{name}.jsonl")):
                return name, rows

    @property
    def entries(self) -> list[Row]:
        return self.lines(verify.ENTRIES)

    def chain_anew(self, entries: list[Row]) -> None:
        """Number and hash the trail again, so that it fits itself."""
        previous = verify.GENESIS
        for seq, entry in enumerate(entries, 1):
            entry.pop("hash", None)
            entry |= {"seq": seq, "previous": previous}
            entry["hash"] = previous = verify.entry_hash(entry)
        self.write(verify.ENTRIES, entries)

    def repair(self) -> None:
        """Make the manifest say what is there now."""
        manifest, end = self.manifest, self.entries[-1]
        manifest["last_entry"] = {"seq": end["seq"], "hash": end["hash"]}
        found = (path for path in sorted(self.folder.rglob("*")) if path.is_file())
        manifest["files"] = [
            {
                "path": path.relative_to(self.folder).as_posix(),
                "size": path.stat().st_size,
                "sha256": sha256(path.read_bytes()).hexdigest(),
            }
            for path in found
            if path.name != verify.MANIFEST
        ]
        (self.folder / verify.MANIFEST).write_text(json.dumps(manifest, indent=1))

    def anchors(self) -> list[Path]:
        return sorted((self.folder / verify.ANCHORS).iterdir())


Kind = Callable[[Export], str]


def flipped(path: Path, chance: Random) -> None:
    content = bytearray(path.read_bytes())
    content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    path.write_bytes(bytes(content))


def name_of(export: Export, path: Path) -> str:
    return path.relative_to(export.folder).as_posix()


# By somebody who does not know the manifest.


def a_byte_flipped(export: Export) -> str:
    flipped(path := export.any_file(), export.chance)
    return f"{name_of(export, path)}: was altered"


def a_file_removed(export: Export) -> str:
    (path := export.any_file()).unlink()
    return f"{name_of(export, path)}: is missing"


def a_file_put_in(export: Export) -> str:
    path = export.any_file().with_suffix(".txt~")
    path.write_text("more")
    return f"{name_of(export, path)}: is not in the manifest"


def a_file_renamed(export: Export) -> str:
    path = export.any_file()
    path.rename(path.with_name("other" + path.name))
    return f"{name_of(export, path)}: is missing"


def two_files_swapped(export: Export) -> str:
    one, other = export.any_file("tables/patient"), export.any_file("tables/step")
    content = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(content)
    return f"{name_of(export, other)}: was altered"


def a_file_cut_short(export: Export) -> str:
    path = export.any_file()
    path.write_bytes(path.read_bytes()[:-1])
    return f"{name_of(export, path)}: was altered"


def a_file_made_a_link(export: Export) -> str:
    path = export.any_file()
    kept = export.folder.parent / f"kept{export.chance.random()}"
    path.rename(kept)
    path.symlink_to(kept)
    return f"{name_of(export, path)}: is missing"


def the_manifest_removed(export: Export) -> str:
    (export.folder / verify.MANIFEST).unlink()
    return f"{verify.MANIFEST}: is missing"


def the_manifest_cut_short(export: Export) -> str:
    path = export.folder / verify.MANIFEST
    path.write_bytes(path.read_bytes()[:-9])
    return f"{verify.MANIFEST}: cannot be read"


# By somebody who puts the manifest right.


def an_entry_edited(export: Export) -> str:
    entries = export.entries
    entry = export.chance.choice(entries)
    column = export.chance.choice([each for each in sorted(entry) if each not in ("seq", "hash")])
    value = entry[column]
    entry[column] = value + 1 if isinstance(value, int) else f"{value or ''}0"
    export.write(verify.ENTRIES, entries)
    return f"entry {entry['seq']} ("


def an_entry_removed(export: Export) -> str:
    entries = export.entries
    gone = entries.pop(export.chance.randrange(len(entries) - 1))
    export.write(verify.ENTRIES, entries)
    return f"entries {gone['seq']} to {gone['seq']}: are missing"


def an_entry_twice(export: Export) -> str:
    entries = export.entries
    place = export.chance.randrange(len(entries))
    export.write(verify.ENTRIES, [*entries[:place], entries[place], *entries[place:]])
    return f"entry {entries[place]['seq']} ("


def two_entries_swapped(export: Export) -> str:
    entries = export.entries
    place = export.chance.randrange(len(entries) - 1)
    entries[place], entries[place + 1] = entries[place + 1], entries[place]
    export.write(verify.ENTRIES, entries)
    return f"entry {place + 1} ("


def the_end_cut_off(export: Export) -> str:
    seq = export.chance.randrange(2, 9)
    export.write(verify.ENTRIES, export.entries[:-seq])
    return "is cut short"


def a_row_edited(export: Export) -> str:
    name, rows = export.table()
    row = export.chance.choice(rows)
    columns = [each for each in sorted(row) if each not in ("id", verify.LOCK)]
    column = export.chance.choice(columns)
    value = row[column]
    row[column] = value + 1 if type(value) is int else f"{value or ''}0"
    export.write_table(name, rows)
    return f"{name}, row {row['id']}: {column} is "


def a_row_removed(export: Export) -> str:
    name, rows = export.table()
    gone = rows.pop(export.chance.randrange(len(rows)))
    export.write_table(name, rows)
    return f"{name}, row {gone['id']}: is gone"


def a_row_put_in(export: Export) -> str:
    name, rows = export.table()
    export.write_table(name, [*rows, {**rows[-1], "id": rows[-1]["id"] + 10_000}])
    return f"{name}, row {rows[-1]['id'] + 10_000}: was put in"


def a_csv_alone_edited(export: Export) -> str:
    name, _ = export.table()
    path = export.folder / f"tables/{name}.csv"
    flipped(path, export.chance)
    return f"tables/{name}.csv: does not say"


def a_stored_file_edited(export: Export) -> str:
    path = export.any_file("files/")
    flipped(path, export.chance)
    return f"names the file {path.stem}"


def a_stored_file_replaced(export: Export) -> str:
    path = export.any_file("files/")
    path.write_bytes(b"\x89PNG another picture")
    return f"names the file {path.stem}"


def spelt_otherwise(export: Export) -> str:
    path = export.any_file("tables/reception.jsonl")
    path.write_bytes(path.read_bytes().replace(b'":', b'": ', 1))
    return "tables/reception.jsonl, line 1: is not spelt"


def told_otherwise(export: Export, old: str, new: str) -> str:
    """The change of a kind in the trail, the chain hashed anew and nothing anchored."""
    entries = export.entries
    entry = [e for e in entries if e["table"] == "reception" and e["action"] == "insert"][-1]
    assert old in entry["changes"]
    entry["changes"] = entry["changes"].replace(old, new)
    export.chain_anew(entries)
    shutil.rmtree(export.folder / verify.ANCHORS)
    return f", row {entry['row']}: "


def one_as_one_point_nought(export: Export) -> str:
    number = export.lines("tables/reception.jsonl")[-1]["id"]
    (step,) = (each for each in export.lines("tables/step.jsonl") if each["id"] == number)
    told = f'"sample_id":[null,{step["sample_id"]}]'
    return told_otherwise(export, told, told.replace("]", ".0]"))


def yes_as_one(export: Export) -> str:
    return told_otherwise(export, '"container_intact":[null,true]', '"container_intact":[null,1]')


def nothing_told_as_empty(export: Export) -> str:
    return told_otherwise(export, '"appearance":[null,null]', '"appearance":[null,""]')


def a_name_by_its_twin(export: Export) -> str:
    rows = export.lines("tables/patient.jsonl")
    names = ((each, unicodedata.normalize("NFD", each["full_name"])) for each in rows)
    row, twin = next((row, twin) for row, twin in names if twin != row["full_name"])
    row["full_name"] = twin
    export.write_table("patient", rows)
    return f"patient, row {row['id']}: full_name"


def an_anchor_edited(export: Export) -> str:
    path = export.anchors()[-1]
    anchor = json.loads(path.read_bytes())
    path.write_text(verify.canonical(anchor | {"hash": "a" * 64}) + "\n")
    return f"entry {anchor['seq']}: is not the one anchored"


def an_older_anchor_removed(export: Export) -> str:
    first, *others = export.anchors()
    first.unlink()
    return f"{others[0].name}: names an anchor before it"


def the_chain_written_anew(export: Export) -> str:
    entries = export.entries
    export.chance.choice(entries)["terminal"] = "10.0.0.9"
    export.chain_anew(entries)
    return f"entry {len(entries)}: is not the one anchored"


def moved_in_time(export: Export) -> str:
    entries = export.entries
    export.chance.choice(entries)["at"] = "2020-01-01T00:00:00.000000Z"
    export.chain_anew(entries)
    return f"entry {len(entries)}: is not the one anchored"


def anchors_forged_too(export: Export) -> str:
    """Found by the anchors that lay elsewhere, and by nothing else."""
    place = the_chain_written_anew(export)
    entries, previous = export.entries, None
    for path in export.anchors():
        anchor = json.loads(path.read_bytes())
        anchor |= {"hash": entries[anchor["seq"] - 1]["hash"], "previous": previous}
        path.write_text(verify.canonical(anchor) + "\n")
        previous = sha256(path.read_bytes()).hexdigest()
    return place


ROUGH: tuple[Kind, ...] = (
    a_byte_flipped, a_file_removed, a_file_put_in, a_file_renamed, two_files_swapped,
    a_file_cut_short, a_file_made_a_link, the_manifest_removed, the_manifest_cut_short,
)  # fmt: skip
CAREFUL: tuple[Kind, ...] = (
    an_entry_edited, an_entry_removed, an_entry_twice, two_entries_swapped, the_end_cut_off,
    a_row_edited, a_row_removed, a_row_put_in, a_csv_alone_edited, a_stored_file_edited,
    a_stored_file_replaced, spelt_otherwise, one_as_one_point_nought, yes_as_one,
    nothing_told_as_empty, a_name_by_its_twin, an_anchor_edited, an_older_anchor_removed,
    the_chain_written_anew, moved_in_time, anchors_forged_too,
)  # fmt: skip
ALL = (*ROUGH, *CAREFUL)
