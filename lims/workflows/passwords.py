"""What a password must be: long enough, not a known one, nothing else."""

from lims.errors import LimsError, N_
from lims.models.user import User

SHORTEST = 12
LONGEST = 256


class PasswordTooShort(LimsError):
    sentence = N_("A password has at least %(shortest)s characters; a few words are easiest.")


class PasswordTooLong(LimsError):
    sentence = N_("A password has at most %(longest)s characters.")


class PasswordKnown(LimsError):
    sentence = N_(
        "This password is easily guessed. Choose one that names neither you nor a pattern."
    )


def require_good_password(password: str, person: User) -> None:
    """Raise unless `password` may protect this person's account (no rules of composition)."""
    if len(password) < SHORTEST:
        raise PasswordTooShort(shortest=SHORTEST)
    if len(password) > LONGEST:
        raise PasswordTooLong(longest=LONGEST)
    folded = password.casefold()
    own = [person.login, *person.full_name.casefold().split()]
    without_own = folded
    for word in own:
        without_own = without_own.replace(word, "") if len(word) > 2 else without_own
    if len(set(folded)) < 5 or len(without_own) < SHORTEST // 2:
        raise PasswordKnown()
