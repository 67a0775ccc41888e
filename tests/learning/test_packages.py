import pytest

from engine.errors import DataError
from engine.learning.packages import read_list
from engine.paths import RESOURCES

ENTRY = '[[package]]\nname = "{}"\nversion = "1.0"\nlicence = "{}"\nuse = ["{}"]\n'


def listing(folder, *entries):
    path = folder / "packages.toml"
    path.write_text("\n".join(entries), encoding="utf-8")
    return path


def test_an_entry_may_name_the_release_it_is_compared_with(tmp_path):
    entry = ENTRY.format("Made.Up", "MIT", "twins")
    entry += 'skip = ["made/old/"]\nbefore = { version = "0.1", python = "3.7" }\n'
    (package,) = read_list(listing(tmp_path, entry))
    assert (str(package.release), package.release.stem) == ("Made.Up 1.0", "made_up-1.0")
    assert package.skip == ("made/old/",)
    assert (package.before.name, package.before.version) == ("Made.Up", "0.1")


@pytest.mark.parametrize("name", ["d2l", "D2L", "d2lzh", "code-search-net"])
def test_a_package_that_is_an_evaluation_set_is_refused(tmp_path, name):
    with pytest.raises(DataError, match="the source of an evaluation set"):
        read_list(listing(tmp_path, ENTRY.format(name, "MIT", "pairs")))


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ([ENTRY.format("made", "GPL-3.0-only", "pairs")], "not a permissive licence"),
        ([ENTRY.format("made", "MIT", "everything")], "use is one or more of pairs, twins"),
        ([ENTRY.format("made", "MIT", "pairs").replace('version = "1.0"', "")], "version"),
        ([ENTRY.format("a-b", "MIT", "pairs"), ENTRY.format("A_B", "MIT", "pairs")], "a_b twice"),
        (["[package"], "not a list of packages"),
    ],
)
def test_a_list_that_is_wrong_is_one_line(tmp_path, entries, message):
    with pytest.raises(DataError, match=message) as raised:
        read_list(listing(tmp_path, *entries))
    assert "\n" not in str(raised.value)


def test_the_shipped_list_is_sound():
    packages = read_list(RESOURCES / "training/packages.toml")
    assert len(packages) >= 100
    assert {"transformers", "keras", "ivy", "tensorly", "dgl", "gluoncv"} <= {
        package.name for package in packages if "twins" in package.use
    }
    for package in packages:
        for release in filter(None, (package.release, package.before)):
            assert len(release.sha256) == 64, release
