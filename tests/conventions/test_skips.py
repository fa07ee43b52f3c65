"""No test is left out unseen where continuous integration runs them."""

import os
import re
import subprocess
import sys

import pytest

from tests.conventions.tree import ROOT

HERE = "import pytest\n\ndef test_nothing():\n    pytest.skip('not today')\n"
WHOLE = "import pytest\n\npytest.importorskip('no_such_package')\n"


@pytest.mark.parametrize("text", [HERE, WHOLE], ids=["a test", "a file"])
@pytest.mark.parametrize(("ci", "told"), [("1", "1 (failed|error)"), ("", "1 skipped")])
def test_a_skip_fails_in_continuous_integration_alone(tmp_path, text, ci, told):
    (tmp_path / "test_skipping.py").write_text(text)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.conftest", f"--rootdir={ROOT}"]

    done = subprocess.run(
        [*command, tmp_path], cwd=ROOT, env=os.environ | {"CI": ci}, capture_output=True, text=True
    )

    assert re.search(told, done.stdout)
