"""What a look at the records may find: each names its place, in a sentence."""

from lims.errors import N_, LimsError


class Finding(LimsError):
    """Something in the database, the anchors or the files is not as it was recorded."""


class EntryEdited(Finding):
    sentence = N_(
        "Entry %(seq)s (%(table)s, row %(row)s) was changed after it was written:"
        " it no longer fits its hash."
    )


class EntryIsMissing(Finding):
    sentence = N_("Entry %(first)s is missing.")


class EntriesMissing(Finding):
    sentence = N_("Entries %(first)s–%(last)s are missing.")


class EntryTwice(Finding):
    sentence = N_("Entry %(seq)s (%(table)s, row %(row)s) stands in the trail twice.")


class LinkBroken(Finding):
    sentence = N_(
        "Entry %(seq)s (%(table)s, row %(row)s) does not follow entry %(before)s:"
        " one was changed, removed, put in or swapped here."
    )


class HeadDiffers(Finding):
    sentence = N_("The chain ends at entry %(last)s, its head says %(head)s.")


class AnchorDamaged(Finding):
    sentence = N_("The anchor file %(name)s is not what was written.")


class AnchorMissing(Finding):
    sentence = N_("The anchor before the one of entry %(seq)s (%(utc)s) is missing.")


class AnchorDiffers(Finding):
    sentence = N_(
        "Entry %(seq)s is not the one anchored at %(utc)s:"
        " the chain was written anew, at this entry or before it."
    )


class CutShort(Finding):
    sentence = N_(
        "The chain ends at entry %(last)s, but entry %(seq)s was anchored at %(utc)s:"
        " its end was cut off, or an old copy was put in its place."
    )


class RowMissing(Finding):
    sentence = N_("%(table)s, row %(row)s is gone; entry %(seq)s still tells of it.")


class RowWithoutTrail(Finding):
    sentence = N_("%(table)s, row %(row)s was put in past the trail: no entry tells of it.")


class ValueDiffers(Finding):
    sentence = N_(
        "%(table)s, row %(row)s, %(column)s: the table says %(live)s, entry %(seq)s says %(trail)s."
    )


class OldValueDiffers(Finding):
    sentence = N_(
        "%(table)s, row %(row)s, %(column)s: before entry %(seq)s it was changed past the trail"
        " from %(trail)s to %(old)s."
    )


class UnknownTable(Finding):
    sentence = N_("Entry %(seq)s tells of the table %(table)s, which keeps no trail.")


class FileGone(Finding):
    sentence = N_(
        "The file %(path)s is missing; %(table)s, row %(row)s names it."
        " Bring it back from the last backup: lims restore BACKUP --only-files."
    )


class FileAltered(Finding):
    sentence = N_(
        "The file %(path)s was altered after it was stored; %(table)s, row %(row)s names it."
        " Bring it back from the last backup, lims restore BACKUP --only-files, and tell quality."
    )


class StrangeFile(Finding):
    sentence = N_(
        "%(path)s lies among the stored files but was not stored by this program."
        " Ask who put it there, and move it away."
    )


class Notice(LimsError):
    """Not a fault, and worth knowing."""


class NotAnchored(Notice):
    sentence = N_("Entries %(first)s–%(last)s are not anchored yet: nothing outside protects them.")


class Restored(Notice):
    sentence = N_(
        "The backup of %(made)s was restored at %(utc)s: it ends at entry %(seq)s. No anchor tells"
        " of entries that it did not have."
    )


class RestoredOlder(Notice):
    sentence = N_(
        "The backup of %(made)s was restored at %(utc)s: it ends at entry %(seq)s. Entries up to"
        " %(last)s that were anchored before are not in the trail; the database that held them was"
        " kept."
    )


class UnnamedFile(Notice):
    sentence = N_(
        "No row names the file %(path)s: what it was stored for was refused, or given up by a"
        " restore."
    )


class Whole(Notice):
    sentence = N_(
        "%(entries)s entries, %(anchors)s anchors, %(rows)s rows and %(files)s files fit together."
    )


class Faults(Notice):
    sentence = N_("Faults: %(count)s, in %(entries)s entries, %(rows)s rows and %(files)s files.")


class More(Notice):
    sentence = N_("And %(count)s more like these.")
