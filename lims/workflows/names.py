"""Names of people, folded so that either script and either spelling finds them.

A name is folded to plain lower-case Latin: Cyrillic is written out, accents fall, and spellings
that passports of different years give the same letters are made one. That serves finding, never
printing.
"""

import re
import unicodedata

CYRILLIC = {
    **dict(zip("абвгґдезиіїйклмнопрстуўфыэєё", "abvggdeziiiyklmnoprstuufyeee", strict=True)),
    **{"ж": "zh", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch"},
    **{"ю": "yu", "я": "ya", "ъ": "", "ь": "", "’": "", "'": "", "ʼ": ""},
}
UNACCENTED = {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"}
"""Letters that Unicode does not take apart."""
LETTERS = str.maketrans({**CYRILLIC, **UNACCENTED})
SPELLINGS = (
    ("shch|sch", "sh"),
    ("kh", "h"),
    ("ph", "f"),
    ("tz", "ts"),
    ("[yj]e|yo", "e"),  # Yevgeny, Pyotr
    ("[yj]", "i"),
    ("x", "ks"),
    ("ck|q|c(?!h)", "k"),
    ("w", "v"),
    ("g", "h"),  # a Belarusian passport writes Г as H, a Russian one as G
    ("[^a-z0-9]+", " "),
    (r"(.)\1+", r"\1"),  # Anna and Ana, Dmitrii and Dmitry
)


def folded(name: str) -> str:
    """`name` as it is searched: иванова, Ivanova and IVÁNOVA are one."""
    latin = name.casefold().translate(LETTERS)
    text = "".join(
        sign for sign in unicodedata.normalize("NFKD", latin) if not unicodedata.combining(sign)
    )
    for spelling, one in SPELLINGS:
        text = re.sub(spelling, one, text)
    return text.strip()


def in_script(full_name: str, other_name: str | None, *, latin: bool) -> str:
    """The name whose letters are of the script asked for; where neither is, the name itself."""
    given = (full_name, other_name or "")
    return next((name for name in given if name and _is_latin(name) is latin), full_name)


def _is_latin(name: str) -> bool:
    letters = [sign for sign in name if sign.isalpha()]
    return all(unicodedata.name(sign, "").startswith("LATIN") for sign in letters)


def search_name(*names: str | None) -> str:
    """What is kept to find a person by any of their names."""
    return " | ".join(folded(name) for name in names if name)


def words(name: str) -> frozenset[str]:
    """The folded words of a name, whatever their order."""
    return frozenset(folded(name).split())


def tidy(name: str | None) -> str:
    """A name as it was typed, without the spaces nobody meant."""
    return " ".join((name or "").split())
