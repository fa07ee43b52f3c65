"""setup.cfg names every package and every file that an installation needs."""

from tests.conventions.tree import LIMS, MIGRATIONS, ROOT, TEMPLATES, tracked_files


def test_every_folder_with_python_in_it_is_a_package_of_setup_cfg(configuration):
    folders = {str(file.parent.relative_to(ROOT)) for file in LIMS.rglob("*.py")}

    assert folders | {"migrations", "templates"} == set(configuration.packages.values())


def test_every_other_file_is_matched_by_a_pattern(configuration):
    packed = {
        file
        for package, patterns in configuration.data.items()
        for pattern in patterns
        for file in (ROOT / configuration.packages[package]).glob(pattern)
    }
    missing = [
        str(file.relative_to(ROOT))
        for file in tracked_files()
        if file.is_relative_to(LIMS)
        and file.suffix != ".py"
        or file.is_relative_to(TEMPLATES)
        or file.is_relative_to(MIGRATIONS)
        and file.parent != MIGRATIONS
        if file not in packed and not file.name.endswith((".po", ".pot"))
    ]

    assert not missing, "add a pattern to [options.package_data] in setup.cfg"
