"""One-time codes as a hand copies them: no two signs look alike, in groups of four."""

import hashlib
import secrets

SIGNS = "ACDEFGHJKMNPQRTUVWXY34679"
"""Without 0 O, 1 I L, 2 Z, 5 S and 8 B, of which each looks like another one."""
GROUPS, IN_A_GROUP = 6, 4
"""24 of 25 signs: 111 bits, which nobody guesses in the days that a code lives."""


def new_code() -> str:
    """`AC4D-9XQF-…`"""
    groups = ("".join(secrets.choice(SIGNS) for _ in range(IN_A_GROUP)) for _ in range(GROUPS))
    return "-".join(groups)


def sha256_of(typed: str) -> str:
    """What is kept of a code; small letters, spaces and what parts the groups do not count."""
    signs = "".join(sign for sign in typed.upper() if sign.isalnum())
    return hashlib.sha256(signs.encode()).hexdigest()
