"""What a password must be: long enough and not easily guessed; nothing else is asked of it.

NIST SP 800-63B 5.1.1.2: length, a list of known passwords, no rules of composition, no
truncation, no change without a reason.
"""

import re
from collections.abc import Iterator

from lims.errors import N_, LimsError
from lims.models.user import User
from lims.workflows import names
from lims.workflows.common_passwords import ROWS_OF_KEYS, WORDS

SHORTEST = 12
LONGEST = 256
LEAST_UNKNOWN = 8
"""Letters that must be left when everything easily guessed is taken out."""
WALK = 4
"""Neighbouring keys that count as a walk over the keyboard."""
SHORTEST_OWN_WORD = 3

LOOKALIKES = str.maketrans("013457@$!", "oleastasi")
YEAR = re.compile(r"(19|20)\d\d")
SAME_AGAIN = re.compile(r"(.)\1\1+")


class PasswordTooShort(LimsError):
    sentence = N_("A password has at least %(shortest)s characters; a few words are easiest.")


class PasswordTooLong(LimsError):
    sentence = N_("A password has at most %(longest)s characters.")


class PasswordKnown(LimsError):
    sentence = N_(
        "This password is easily guessed. Choose one that names neither you nor a pattern."
    )


def require_good_password(password: str, person: User) -> None:
    """Raise unless `password` may protect this person's account."""
    if len(password) < SHORTEST:
        raise PasswordTooShort(shortest=SHORTEST)
    if len(password) > LONGEST:
        raise PasswordTooLong(longest=LONGEST)
    folded = password.casefold()
    own = own_words(person)
    left = min((unknown_part(text, own) for text in (folded, names.folded(password))), key=len)
    if len(period(folded)) < SHORTEST or len(left) < LEAST_UNKNOWN:
        raise PasswordKnown()


def own_words(person: User) -> list[str]:
    """What whoever knows the person would try first, in both scripts."""
    own = f"{person.login} {person.full_name}"
    words = re.split(r"\W+", f"{own.casefold()} {names.folded(own)}")
    return [word for word in words if len(word) >= SHORTEST_OWN_WORD]


def unknown_part(folded: str, own: list[str]) -> str:
    """What remains of a password without known words, walks, years and runs of one letter.

    Digits and marks count only where nothing much was taken out: behind a known word they are
    the usual ornament.
    """
    for word in sorted({*own, *WORDS, *walks()}, key=len, reverse=True):
        folded = folded.replace(word, "")
    folded = SAME_AGAIN.sub("", YEAR.sub("", folded))
    plain = folded.translate(LOOKALIKES)
    for word in sorted({*own, *WORDS}, key=len, reverse=True):
        plain = plain.replace(word, "")
    return re.sub(r"[\d\W_]+", "", plain) if len(plain) < SHORTEST else plain


def period(text: str) -> str:
    """The part that `text` repeats; `text` itself where it repeats nothing."""
    return text[: (text + text).find(text, 1)]


def walks() -> Iterator[str]:
    """Every run of neighbouring keys, to the right and to the left."""
    for row in ROWS_OF_KEYS:
        for keys in (row, row[::-1]):
            for start in range(len(keys) - WALK + 1):
                for end in range(start + WALK, len(keys) + 1):
                    yield keys[start:end]
