"""What the doctor may find, each with what to do about it."""

from lims.errors import N_
from lims.workflows.findings import Finding, Notice


class CannotBeUsed(Finding):
    sentence = N_("%(problem)s")


class WrongPragma(Finding):
    sentence = N_(
        "SQLite's %(pragma)s is %(found)s, not %(wanted)s."
        " Keep the file on a local disk and let nothing else open it."
    )


class SqliteHasAFault(Notice):
    sentence = N_(
        "SQLite %(version)s has a rare fault that %(sound)s mends. Serve one process only, keep"
        " backups, and prefer PostgreSQL for work on patients."
    )


class LogGrows(Finding):
    sentence = N_(
        "%(path)s has %(mib)s MiB: nobody writes it back into the database."
        " Let lims serve run, or lims worker, and end what has been reading for long."
    )


class SchemaLacks(Finding):
    sentence = N_(
        "Missing or altered in the schema: %(line)s. Tell quality. Run: lims migrate, which puts"
        " triggers and nothing else back; what then is missing comes with the last good backup:"
        " lims restore lists the backups there are."
    )


class SchemaHasMore(Finding):
    sentence = N_("Not ours, in the schema: %(line)s. Ask who put it there, then drop it.")


class TransitionsDiffer(Finding):
    sentence = N_(
        "The table of transitions differs from the program: %(row)s. Run: lims migrate, then"
        " lims verify, and ask who changed it."
    )


class OwnsTheTables(Notice):
    sentence = N_(
        "The program's user owns the tables and could switch their rules off. Let another user own"
        " them: name it in LIMS_MIGRATION_URL, and lims migrate gives this one what it needs."
    )


class ShortKey(Finding):
    sentence = N_("The secret key has %(bytes)s bytes; give at least %(least)s.")


class OpenKey(Finding):
    sentence = N_("Others may read %(path)s. Run: chmod 600 %(path)s")


class MissingFont(Finding):
    sentence = N_("The font %(name)s is missing, so papers cannot be printed. Install lims again.")


class FolderNotWritable(Finding):
    sentence = N_("%(path)s cannot be written. Let the user who runs the program own it.")


class AnchorsNotWritable(Finding):
    sentence = N_(
        "No anchor can be written to %(path)s: the end of the audit trail is not protected."
        " Make the folder writable or name another in LIMS_ANCHOR_DIR."
    )


class AnchorsBesideTheData(Notice):
    sentence = N_(
        "The anchors lie on the disk of the data they protect."
        " Name a folder of another machine in LIMS_ANCHOR_DIR."
    )


class AnchorDamaged(Finding):
    sentence = N_("The anchor file %(name)s is damaged. Run: lims verify")


class NoAnchor(Notice):
    sentence = N_("No anchor of the audit trail was written yet. Run: lims anchor")


class OldAnchor(Finding):
    sentence = N_("The newest anchor is of %(utc)s. Is the server running? Run: lims anchor")
