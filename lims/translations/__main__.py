"""Bring each catalogue up to date with the program, and compile it: `make catalogue`."""

import sys

from lims.translations.catalogue import (
    HERE,
    brought_up_to_date,
    compiled,
    read,
    untranslated,
    written,
)

for folder in sorted(HERE.glob("*/LC_MESSAGES")):
    language = folder.parent.name
    fresh = brought_up_to_date(read(language))
    (folder / "messages.po").write_bytes(written(fresh))
    (folder / "messages.mo").write_bytes(compiled(fresh))
    lacking = untranslated(fresh)
    sys.stdout.write(f"{language}: {len(fresh)} sentences, {len(lacking)} to translate\n")
