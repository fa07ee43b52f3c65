"""Verify an export of the laboratory. Needs Python 3.8 or newer, and nothing else.

    python3 -I verify.py [--export FOLDER] [--manifest SHA256] [FOLDER OF ANCHORS ...]

It reads and never writes; README.txt says what it checks and what no check can tell. Give it the
folders in which anchors were kept on other machines. Exit code 0: all fits together; 1: it does
not, and each fault is told with its place; 2: the command line is wrong.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
from typing import Any, Iterable, Iterator  # noqa: UP035  (elsewhere only since 3.9)

FORMAT, GENESIS, EVERYTHING, RESTORED = 1, "0" * 64, "everything", "restored to "
MANIFEST, SCHEMA, ENTRIES = "manifest.json", "schema.json", "audit/entries.jsonl"
TABLES, ANCHORS, SUFFIX, BOM = "tables/", "anchors", ".anchor.json", b"\xef\xbb\xbf"
SCANS = ("step_photo", "step_paper", "vial_on_paper", "reading_on_paper", "qc_run_result")
PAPERS, LOCK = ("storage_agreement", "vial_order"), "version"  # of a form; not in the trail
UNAUDITED = ["allowed_transition", "code_serial", "command_run", "login_session"]
UNAUDITED += ["login_attempt", "patient_view", "job", "worker_round", "reminder", "draft"]
FILES = {"label": "content_sha256", "record": "pdf_sha256", "qc_run_sheet": "pdf_sha256"}
FILES.update(dict.fromkeys(PAPERS, "document_sha256"), import_run="file_sha256")
FILES.update(dict.fromkeys(SCANS, "sha256"))
SPELLING = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)
MOST_TOLD, RUN_BY_A_SPREADSHEET = 100, ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "'")
NOT_READ = (KeyError, TypeError, ValueError, AttributeError, RecursionError)


def canonical(value: Any) -> str:
    """JSON with sorted keys and no spaces, letters as they are: the one spelling of a value."""
    return SPELLING.encode(value)


def encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def entry_hash(entry: dict[str, Any]) -> str:
    """SHA-256 of a zero byte, the format and every field of the entry but the hash itself."""
    return hashlib.sha256(b"\0" + encoded(canonical([FORMAT, entry]))).hexdigest()


def same(one: Any, other: Any) -> bool:
    """The same value and spelling: 1 is neither 1.0 nor true, and nothing is not empty."""
    return type(one) is type(other) and bool(one == other)


def csv_cell(value: Any, places: int = 0) -> str:
    """Numbers bare, text in quotes, NULL as nothing; what a spreadsheet would run gets a '."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        digits = str(abs(value)).rjust(places + 1, "0")
        if places:
            digits = digits[:-places] + "." + digits[-places:]
        return "-" + digits if value < 0 else digits
    text = str(value).replace('"', '""')
    return '"' + ("'" if text.startswith(RUN_BY_A_SPREADSHEET) else "") + text + '"'


def csv_line(values: Iterable[Any], places: Iterable[int]) -> bytes:
    return encoded(",".join(map(csv_cell, values, places)) + "\r\n")


class Verifier:
    """One export, looked at once; every fault is told as it is found."""

    def __init__(self, folder: str) -> None:
        self.folder, self.at = os.path.abspath(folder), MANIFEST
        self.is_part = True
        self.faults = self.entries = self.rows = self.last = self.anchored_to = 0
        self.manifest: dict[str, Any] = {}
        self.tables: dict[str, dict[str, Any]] = {}
        self.root: dict[str, str] = {}  # a kind of step shares its numbers with all steps
        self.intact: set[str] = set()
        self.anchors: dict[int, list[dict[str, Any]]] = {}
        self.told: dict[str, dict[int, str]] = {}  # by table and row: its kind and its values
        self.seen: set[tuple[str, int]] = set()

    def fault(self, place: str, what: str) -> None:
        self.faults += 1
        if self.faults <= MOST_TOLD:
            say("FAULT  " + place + ": " + what)

    def verify(self, manifest: str, folders: list[str]) -> None:
        content = self.read(MANIFEST)
        digest = hashlib.sha256(content).hexdigest()
        say("SHA-256 of " + MANIFEST + ": " + digest)
        if manifest and digest != manifest.lower():
            self.fault(MANIFEST, "is not the one that was made with this export")
        self.manifest = json.loads(content)
        self.is_part = self.manifest["what"] != EVERYTHING
        self.check_files({each["path"]: each for each in self.manifest["files"]})
        self.read_schema()
        self.read_anchors([os.path.join(self.folder, ANCHORS), *map(os.path.abspath, folders)])
        self.check_chain()
        for name in self.tables:
            self.check_table(name)
        self.check_gone()

    def read(self, path: str) -> bytes:
        self.at = path
        with open(os.path.join(self.folder, path), "rb") as file:
            return file.read()

    def check_files(self, listed: dict[str, dict[str, Any]]) -> None:
        there = set()
        for folder, folders, files in os.walk(self.folder):
            for path in [os.path.join(folder, name) for name in files + folders]:
                if os.path.islink(path) or not os.path.isdir(path):
                    there.add(os.path.relpath(path, self.folder).replace(os.sep, "/"))
        for name in sorted(there - set(listed) - {MANIFEST}):
            self.fault(name, "is not in the manifest: it was put in")
        for name, each in sorted(listed.items()):
            path = os.path.join(self.folder, name)
            if name not in there or os.path.islink(path):
                self.fault(name, "is missing")
            elif digest_of(path) != (each["size"], each["sha256"]):
                self.fault(name, "was altered: it is not what the manifest says")
            else:
                self.intact.add(each["sha256"])

    def read_schema(self) -> None:
        for each in json.loads(self.read(SCHEMA))["tables"]:
            self.root[each["name"]] = each["extends"] or each["name"]
            self.tables[each["name"]] = {
                "names": [column["name"] for column in each["columns"]],
                "places": [column.get("decimal_places", 0) for column in each["columns"]],
            }

    def read_anchors(self, folders: list[str]) -> None:
        known, previous = set(), {}
        for folder in filter(os.path.isdir, folders):
            for name in [each for each in sorted(os.listdir(folder)) if each.endswith(SUFFIX)]:
                content = self.read(os.path.join(folder, name))
                anchor = json.loads(content)
                if encoded(canonical(anchor) + "\n") != content:
                    self.fault(self.at, "is not an anchor as it was written")
                self.anchors.setdefault(anchor["seq"], []).append(anchor)
                known.add(hashlib.sha256(content).hexdigest())
                previous[self.at] = anchor["previous"]
        for path, before in previous.items():
            if before is not None and before not in known:
                self.fault(path, "names an anchor before it, which is missing")
        back = [each for same in self.anchors.values() for each in same]
        for each in sorted(back, key=lambda each: str(each["utc"]), reverse=True):
            made, then = each["reason"].partition(RESTORED)[2], each["utc"]
            if made and each in self.anchors[each["seq"]]:
                say(f"A backup of {made} was restored at {then}: anchors between do not count.")
                for seq, same in list(self.anchors.items()):
                    self.anchors[seq] = [each for each in same if not made < each["utc"] < then]

    def lines(self, name: str) -> Iterator[dict[str, Any]]:
        with open(os.path.join(self.folder, name), "rb") as file:
            for number, line in enumerate(file, 1):
                self.at = name + ", line " + str(number)
                value = json.loads(line)
                if encoded(canonical(value) + "\n") != line:
                    self.fault(self.at, "is not spelt as it was written")
                yield value

    def check_chain(self) -> None:
        previous = GENESIS
        for entry in self.lines(ENTRIES):
            seq, found = entry["seq"], entry.pop("hash")
            place = "entry {} ({}, row {})".format(seq, entry["table"], entry["row"])
            self.entries += 1
            if entry_hash(entry) != found:
                self.fault(place, "was changed: it no longer fits its hash")
            if seq <= self.last:
                self.fault(place, f"stands after entry {self.last}, in {self.at}")
            elif seq > self.last + 1 and not self.is_part:
                self.fault(f"entries {self.last + 1} to {seq - 1}", "are missing")
            elif seq == self.last + 1 and entry["previous"] != previous:
                self.fault(place, "does not follow the entry before it")
            self.fold(place, entry)
            self.last, previous = seq, found
            self.compare_anchors(previous)
        if not self.is_part:
            self.check_end({"seq": self.last, "hash": previous})

    def check_end(self, end: dict[str, Any]) -> None:
        if self.manifest["last_entry"] != end:
            self.fault(ENTRIES, f"ends at entry {self.last}, not where the manifest says")
        for anchor in [each for same in self.anchors.values() for each in same]:
            if anchor["seq"] > self.last and anchor["utc"] <= self.manifest["made_at"]:
                self.fault(ENTRIES, "is cut short: entry {seq} was anchored".format(**anchor))

    def compare_anchors(self, found: str) -> None:
        for anchor in self.anchors.get(self.last, []):
            self.anchored_to = self.last
            if anchor["hash"] != found or (anchor["count"] != self.entries and not self.is_part):
                said = "is not the one anchored at " + anchor["utc"]
                self.fault(f"entry {self.last}", said + ": the trail was rewritten up to here")

    def fold(self, place: str, entry: dict[str, Any]) -> None:
        """What the trail tells of each row; what an entry says was before must have been so."""
        table, row = entry["table"], entry["row"]
        rows = self.told.setdefault(self.root.get(table, table), {})
        values = json.loads(rows[row])[1] if row in rows else {}
        for column, (old, new) in json.loads(entry["changes"]).items():
            if not same(values.get(column), old):
                self.fault(place, f"says {column} was {old!r} before, not {values.get(column)!r}")
            values[column] = new
        rows[row] = canonical([table, values])

    def check_table(self, name: str) -> None:
        table, last = self.tables[name], 0
        told = self.told.get(self.root[name], {})
        self.at = TABLES + name
        with open(os.path.join(self.folder, self.at + ".csv"), "rb") as csv:
            head = BOM + csv_line(table["names"], table["places"])
            fits = csv.read(len(head)) == head
            for row in self.lines(self.at + ".jsonl"):
                if sorted(row) != sorted(table["names"]) or row["id"] <= last:
                    self.fault(self.at, "has not the columns of the schema, or is out of order")
                last = row["id"]
                line = csv_line([row[each] for each in table["names"]], table["places"])
                fits = fits and csv.read(len(line)) == line
                self.check_row(f"{name}, row {last}", name, row, told)
            if not fits or csv.read(1):
                self.fault(TABLES + name + ".csv", "does not say what the .jsonl beside it says")

    def check_row(self, place: str, name: str, row: dict[str, Any], told: dict[int, str]) -> None:
        digest = row.get(FILES.get(name, ""))
        of_others_too = self.is_part and name == "import_run"  # a list of many patients
        if digest is not None and digest not in self.intact and not of_others_too:
            lacking = digest in [each["sha256"] for each in self.manifest["lacking"]]
            when = "was lacking when this was exported" if lacking else "is not here"
            self.fault(place, f"names the file {digest}, which {when}")
        if name in UNAUDITED:
            return
        kind, values = json.loads(told.get(row["id"], '["",{}]'))
        self.rows += kind in (name, "")  # a step of a kind stands in two tables, and is one row
        if name not in (kind, self.root.get(kind, kind)):
            self.fault(place, "was put in past the trail: no entry tells of it")
            return
        self.seen.add((name, row["id"]))
        for column, value in row.items():
            if not same(value, values.get(column)) and (column != LOCK or column in values):
                self.fault(place, f"{column} is {value!r}; the trail says {values.get(column)!r}")

    def check_gone(self) -> None:
        for root, rows in self.told.items():
            for row, told in rows.items():
                for name in sorted({root, json.loads(told)[0]}):
                    if (name, row) not in self.seen:
                        self.fault(f"{name}, row {row}", "is gone; the trail tells of it")

    def sum_up(self) -> None:
        if self.manifest and self.is_part:
            say(f"A part of the records: {self.manifest['what']}. What was left out of it, or was")
            say("rewritten with its hash, only the laboratory's whole trail can tell.")
        elif self.last > self.anchored_to:
            say(f"No anchor protects entries {self.anchored_to + 1} to {self.last}.")
        looked_at = f"{self.entries} entries, {sum(map(bool, self.anchors.values()))} anchored, "
        looked_at += f"{self.rows} rows, {len(self.manifest.get('files', ()))} files here"
        say(f"FAULTS: {self.faults}, in {looked_at}." if self.faults else f"{looked_at}: they fit.")


def digest_of(path: str) -> tuple[int, str]:
    digest, size = hashlib.sha256(), os.path.getsize(path)
    with open(path, "rb") as file:
        for piece in iter(lambda: file.read(1 << 20), b""):
            digest.update(piece)
    return size, digest.hexdigest()


def say(line: str) -> None:
    sys.stdout.buffer.write(line.encode("utf-8", "backslashreplace") + b"\n")


def main() -> int:
    asked = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    asked.add_argument("--export", default=os.path.dirname(os.path.abspath(__file__)))
    asked.add_argument("--manifest", default="", metavar="SHA256", help="noted when it was made")
    asked.add_argument("anchors", nargs="*", metavar="FOLDER OF ANCHORS")
    given = asked.parse_args()
    if strangers := [each for each in [given.export, *given.anchors] if not os.path.isdir(each)]:
        asked.error("there is no folder " + strangers[0])
    verifier = Verifier(given.export)
    try:
        verifier.verify(given.manifest, given.anchors)
    except OSError:
        verifier.fault(verifier.at, "is missing, or cannot be opened: the check ends here")
    except NOT_READ:
        verifier.fault(verifier.at, "cannot be read: the check ends here")
    verifier.sum_up()
    return 1 if verifier.faults else 0


if __name__ == "__main__":
    sys.exit(main())
