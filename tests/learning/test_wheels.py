import pytest

from engine.errors import DataError
from engine.job import run_to_end
from engine.learning.packages import Release
from engine.learning.wheels import (
    fetch,
    read_python,
    read_stated,
    repositories_of,
    sha256_of,
)
from tests.learning.wheel_files import make_wheel


def fetched(release, cache):
    return run_to_end(fetch(release, cache))


def test_a_wheel_is_read_as_text_without_tests_and_skipped_folders(tmp_path):
    files = {
        "made/work.py": "x = 1\n",
        "made/old/work.py": "x = 2\n",
        "made/tests/test_work.py": "x = 3\n",
        "made/_vendor/theirs.py": "x = 4\n",
        "made/wire_pb2.py": "x = 5\n",
        "made/latin.py": b"# \xe9\n",
        "made/copied.py": "# GNU General Public License, version 3\nx = 6\n",
        "made/data.json": "{}",
    }
    wheel = make_wheel(tmp_path, files=files)
    found = list(read_python(wheel, skip=("made/old/",), package="made"))
    assert [(file.path, file.text, file.package) for file in found] == [
        ("made/work.py", "x = 1\n", "made")
    ]


def test_metadata_licence_files_and_repositories_are_read(tmp_path):
    stated = read_stated(make_wheel(tmp_path))
    assert stated.metadata["License-Expression"] == "MIT"
    assert stated.texts == ("Permission is granted",)
    assert repositories_of(stated.metadata) == {"some/project"}


def test_a_file_that_is_no_wheel_is_one_line(tmp_path):
    path = tmp_path / "made-1.0-py3-none-any.whl"
    path.write_bytes(b"half a file")
    with pytest.raises(DataError, match="no wheel"):
        read_stated(path)


def test_pip_downloads_what_is_missing_and_only_that(tmp_path, index):
    make_wheel(index)
    cache = tmp_path / "cache"
    wheel = fetched(Release("made", "1.0"), cache)
    assert wheel == cache / "made-1.0-py3-none-any.whl"
    (index / wheel.name).unlink()
    assert fetched(Release("Made", "1.0"), cache) == wheel
    assert sorted(path.name for path in cache.iterdir()) == [wheel.name]


@pytest.mark.parametrize("pinned", [True, False])
def test_a_damaged_download_in_the_cache_is_replaced(tmp_path, index, pinned):
    whole = make_wheel(index)
    release = Release("made", "1.0", sha256_of(whole) if pinned else "")
    damaged = tmp_path / "cache" / whole.name
    damaged.parent.mkdir()
    damaged.write_bytes(whole.read_bytes()[:-200])
    assert fetched(release, damaged.parent).read_bytes() == whole.read_bytes()


def test_another_file_than_the_listed_one_is_refused_and_not_kept(tmp_path, index):
    make_wheel(index)
    with pytest.raises(DataError, match="is not the listed file"):
        fetched(Release("made", "1.0", "0" * 64), tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


def test_what_pip_cannot_get_is_one_line(tmp_path, index):
    with pytest.raises(DataError, match=r"could not download made 9\.9"):
        fetched(Release("made", "9.9"), tmp_path / "cache")


def test_the_wheel_of_the_listed_platform_is_taken(tmp_path):
    other = make_wheel(tmp_path, tag="cp311-cp311-manylinux_2_28_x86_64")
    wanted = make_wheel(tmp_path, tag="cp311-cp311-macosx_11_0_arm64")
    assert fetched(Release("made", "1.0", platform="macosx_11_0_arm64"), tmp_path) == wanted
    assert fetched(Release("made", "1.0", sha256_of(other)), tmp_path) == other


def test_a_download_that_is_stopped_leaves_nothing(tmp_path, index):
    make_wheel(index)
    job = fetch(Release("made", "1.0"), tmp_path / "cache")
    next(job)
    job.close()
    assert list((tmp_path / "cache").iterdir()) == []
