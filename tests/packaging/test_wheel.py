"""A wheel installed elsewhere serves the site: nothing of it depends on the checkout."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path
from urllib.request import urlopen

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.packaging


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Built from the tracked files alone, as one who clones the project would."""
    source = tmp_path_factory.mktemp("source")
    listed = run(["git", "ls-files", "-z", "--cached"], cwd=ROOT).stdout
    for name in filter(None, listed.split("\0")):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, source / name)
    run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", source / "dist", "."],
        cwd=source,
    )
    return next((source / "dist").glob("lims-*.whl"))


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """The `lims` of a fresh environment that borrows the tests' packages, ours excepted."""
    home = tmp_path_factory.mktemp("installed") / "a folder with spaces"
    venv.create(home, with_pip=False)
    site = next(home.glob("lib/python*/site-packages"))
    run([sys.executable, "-m", "pip", "--python", home, "install", "-q", "--no-deps", wheel])
    (site / "borrowed.pth").write_text(sysconfig.get_path("purelib"))
    return home / "bin" / "lims"


@pytest.fixture(scope="module")
def served(installed, tmp_path_factory):
    """The address of the site served from a folder that is no checkout."""
    folder = tmp_path_factory.mktemp("elsewhere")
    environ = {k: v for k, v in os.environ.items() if not k.startswith(("LIMS_", "PYTHON"))}
    run([installed, "init"], cwd=folder, env=environ)
    with subprocess.Popen(
        [installed, "serve", "--bind", "127.0.0.1:0"],
        cwd=folder,
        env=environ,
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        try:
            said = iter(server.stderr.readline, "")
            yield next(line for line in said if "Serving on" in line).split()[-1]
        finally:
            server.terminate()
    assert server.returncode == 0, "it stops when told to"


def run(command, **options):
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def test_the_sign_in_page_is_served_from_another_folder(served):
    with urlopen(served, timeout=10) as answer:
        page = answer.read().decode()

    assert answer.status == 200
    assert 'type="password"' in page


def test_the_stylesheet_a_page_asks_for_is_served(served):
    with urlopen(served, timeout=10) as answer:
        sheet = re.search(r'href="(/[^"]+\.css[^"]*)"', answer.read().decode()).group(1)

    with urlopen(served + sheet, timeout=10) as answer:
        assert answer.headers["Content-Type"].startswith("text/css")
