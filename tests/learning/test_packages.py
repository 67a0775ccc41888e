import zipfile

import pytest

from engine.errors import DataError
from engine.learning.packages import fetch, read_list, read_python

ENTRY = '[[package]]\nname = "{}"\nversion = "1.0"\nlicence = "MIT"\nuse = ["docstrings"]\n'


def make_wheel(folder, name="made"):
    path = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("made/work.py", "x = 1\n")
        archive.writestr("made/old/work.py", "x = 2\n")
        archive.writestr("made/tests/test_work.py", "x = 3\n")
        archive.writestr("made/latin.py", b"# \xe9\n")
        archive.writestr("made/data.json", "{}")
    return path


def test_a_wheel_is_read_as_text_without_tests_and_skipped_folders(tmp_path):
    files = list(read_python(make_wheel(tmp_path), skip=("made/old/",)))
    assert [(file.path, file.text) for file in files] == [("made/work.py", "x = 1\n")]


def test_a_wheel_in_the_cache_is_not_fetched_again(tmp_path):
    wheel = make_wheel(tmp_path)
    listing = tmp_path / "packages.toml"
    listing.write_text(ENTRY.format("made"))
    (package,) = read_list(listing)
    assert fetch(package, tmp_path) == wheel


def test_a_package_that_is_an_evaluation_set_is_refused(tmp_path):
    listing = tmp_path / "packages.toml"
    listing.write_text(ENTRY.format("d2l"))
    with pytest.raises(DataError, match="names d2l"):
        read_list(listing)


def test_the_shipped_list_is_sound():
    from engine.paths import RESOURCES

    packages = read_list(RESOURCES / "training/packages.toml")
    assert len({package.name for package in packages}) == len(packages) >= 20
    assert all(package.licence in {"MIT", "Apache-2.0", "BSD-3-Clause"} for package in packages)
