"""No test is left out unseen where continuous integration runs them."""

import os
import re
import subprocess
import sys

import pytest

from tests.conventions.tree import ROOT

HERE = "import pytest\n\ndef test_nothing():\n    pytest.skip('not today')\n"
WHOLE = "import pytest\n\npytest.importorskip('no_such_package')\n"


@pytest.mark.parametrize(("ci", "told"), [("1", r"1 failed\b.*\b1 error\b"), ("", r"^2 skipped\b")])
def test_a_skipped_test_and_a_skipped_file_fail_in_continuous_integration_alone(tmp_path, ci, told):
    (tmp_path / "test_skipping.py").write_text(HERE)
    (tmp_path / "test_skipped.py").write_text(WHOLE)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.conftest", f"--rootdir={ROOT}"]

    done = subprocess.run(
        [*command, "--continue-on-collection-errors", tmp_path],
        cwd=ROOT, env=os.environ | {"CI": ci}, capture_output=True, text=True,
    )  # fmt: skip

    assert re.search(told, done.stdout, re.MULTILINE), done.stdout
