from engine.learning.older import OlderRelease
from engine.learning.packages import SourceFile
from tests.learning.test_leakage import OTHER, SECRET


def release(*texts):
    return OlderRelease(SourceFile(f"m{n}.py", text) for n, text in enumerate(texts))


def test_what_stood_in_the_release_is_known_whole_changed_a_little_and_in_part():
    older = release("import heapq\n\n" + SECRET)
    assert older.holds(SECRET)
    assert older.holds(SECRET.replace("return averages", "yield averages"))
    assert older.holds("\n".join(SECRET.splitlines()[4:7]))  # a block of it
    assert older.holds("Average of every window of the values")  # its description


def test_what_was_written_or_rewritten_since_is_not():
    older = release(SECRET)
    assert not older.holds(OTHER)
    rewritten = "def moving_average(values, width):\n    kernel = np.ones(width) / width\n"
    assert not older.holds(rewritten + "    return np.convolve(values, kernel, mode='valid')\n")
    assert not older.holds("total")
    assert not release().holds(SECRET)
