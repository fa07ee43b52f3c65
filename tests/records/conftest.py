"""How the tests read a paper: by a second library, as text and as structure."""

from collections.abc import Callable
from io import BytesIO

import pytest
from pypdf import PdfReader

from tests.reading import text_of


@pytest.fixture
def read() -> Callable[[bytes], str]:
    """The text of all pages, words apart by single spaces."""
    return text_of


@pytest.fixture
def fonts() -> Callable[[bytes], dict[str, bool]]:
    """Each font of a paper, forms included, and whether its outlines are in the file."""

    def fonts(pdf: bytes) -> dict[str, bool]:
        reader = PdfReader(BytesIO(pdf))
        objects = [reader.get_object(number) for number in range(1, reader.trailer["/Size"])]
        named = [one for one in objects if isinstance(one, dict) and one.get("/Type") == "/Font"]
        return {
            str(one["/BaseFont"]): "/FontFile2" in one.get("/FontDescriptor", {}) for one in named
        }

    return fonts
