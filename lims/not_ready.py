"""Why a database cannot be worked on, a sentence for each way; light, for help is quick by it."""

from lims.errors import N_, LimsError


class NotReady(LimsError):
    """The program and its database do not fit together; nothing is served until they do."""

    status = 503


class NoFolder(NotReady):
    sentence = N_(
        "There is no folder %(path)s, in which the data should lie. Check LIMS_DATA_DIR. To bring a"
        " laboratory back run lims restore; for a new one, lims init."
    )


class NoTables(NotReady):
    sentence = N_(
        "There are no tables in %(database)s yet. If it should have records, check LIMS_DATA_DIR"
        " and LIMS_DATABASE_URL. Is it a new laboratory (a demonstration has its own: lims demo)?"
        " Run: lims init"
    )


class OlderTables(NotReady):
    sentence = N_(
        "The tables are of an older version (revision %(found)s; this program needs %(wanted)s)."
        " Run: lims migrate"
    )


class NewerTables(NotReady):
    sentence = N_(
        "The database belongs to a newer version of this program: version %(version)s does not"
        " know its revision %(found)s. Install the version that made it, or a newer one."
    )


class HalfUpgraded(NotReady):
    sentence = N_(
        "An upgrade of the tables was broken off half way (%(sign)s). Nothing is served from them."
        " Go back to the backup made before it: lims restore lists the backups there are."
    )


class TablesAhead(NotReady):
    sentence = N_(
        "The tables are ahead of the revision %(found)s that they name: %(sign)s is there already."
        " An upgrade was broken off half way, or somebody changed the tables. Nothing is served"
        " from them. Go back to the backup that lims migrate made before it: lims restore lists the"
        " backups there are, that one as “upgrade”."
    )


class TablesLost(NotReady):
    sentence = N_(
        "Tables are missing from the database (%(tables)s), and what was recorded in them. Go back"
        " to the last good backup: lims restore lists the backups there are."
    )


class NotOurs(NotReady):
    sentence = N_(
        "%(database)s holds tables that are not this program's (%(tables)s). Check LIMS_DATA_DIR"
        " and LIMS_DATABASE_URL: they have to name a database of its own."
    )
