"""Which joint an injection goes into: one of those listed, or another, said in words."""

from lims.errors import N_, FieldError, LimsError
from lims.models.site import Joint
from lims.workflows import names

LONGEST = 100


class JointUnnamed(LimsError):
    sentence = N_("Say in words which joint it is.")


class JointListed(LimsError):
    sentence = N_("This is said in words of another joint alone: choose “other”, or empty it.")


def named(joint: Joint, words: str | None, *, field: str = "joint_named") -> str | None:
    """The words for a joint that is another; raises where they are missing, or say it twice."""
    said = names.tidy(words)
    if joint is Joint.OTHER and not said:
        raise FieldError(field=field, problem=JointUnnamed())
    if joint is not Joint.OTHER and said:
        raise FieldError(field=field, problem=JointListed())
    return said or None
