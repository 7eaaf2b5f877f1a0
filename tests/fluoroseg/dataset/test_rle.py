import numpy as np
import pytest
import rlemasklib
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from fluoroseg.dataset import rle
from fluoroseg.errors import LimitError, ReadError

masks = arrays(bool, array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=40))


def slow_counts(mask: np.ndarray) -> str:
    """The packing, one pixel and one five-bit group at a time."""
    runs, inside, length = [], False, 0
    for column in range(mask.shape[1]):
        for row in range(mask.shape[0]):
            if bool(mask[row, column]) != inside:
                runs.append(length)
                inside, length = not inside, 0
            length += 1
    runs.append(length)
    text = ""
    for i, run in enumerate(runs):
        value = run - (runs[i - 2] if i > 2 else 0)
        while True:
            group, value = value & 31, value >> 5
            done = value == (-1 if group & 16 else 0)
            text += chr(48 + group + (0 if done else 32))
            if done:
                break
    return text


@given(masks)
@settings(max_examples=150, deadline=None)
def test_same_as_the_slow_way_and_back(mask):
    packed = rle.encode(mask)
    assert packed == {"size": list(mask.shape), "counts": slow_counts(mask)}
    np.testing.assert_array_equal(rle.decode(packed), mask)


@pytest.mark.parametrize("seed", range(8))
def test_same_as_rlemasklib(seed):
    rng = np.random.default_rng(seed)
    rows, columns = np.indices((300, 448))
    middle, radius = rng.uniform(50, 300, 2), rng.uniform(5, 200)
    mask = (rows - middle[0]) ** 2 + (columns - middle[1]) ** 2 < radius**2
    mask ^= rng.random(mask.shape) < 10.0 ** -(seed % 4 + 1)
    theirs = rlemasklib.encode(np.asfortranarray(mask.astype(np.uint8)))
    ours = rle.encode(mask)
    assert ours["counts"].encode() == theirs["counts"]
    np.testing.assert_array_equal(rle.decode(dict(theirs, size=list(theirs["size"]))), mask)


def test_empty_full_and_large_masks():
    for mask in (np.zeros((5, 7), bool), np.ones((5, 7), bool), np.ones((3000, 2000), bool)):
        np.testing.assert_array_equal(rle.decode(rle.encode(mask)), mask)


@given(
    st.integers(1, 20),
    st.integers(1, 20),
    st.lists(st.one_of(st.just(0), st.integers(0, 60)), max_size=600),
)
@settings(max_examples=150, deadline=None)
def test_runs_of_no_pixels_are_read_as_others_do(height, width, runs):
    """Foreign files may hold them; ours do not. More than 255 of them in one place must not be lost."""
    runs = [n for n, total in zip(runs, np.cumsum(runs), strict=True) if total <= height * width]
    runs = np.array([*runs, height * width - sum(runs), 0, 0], dtype=np.int64)
    inside = np.repeat(np.arange(runs.size) % 2 == 1, runs)
    mask = rle.decode({"size": [height, width], "counts": rle.pack_runs(runs)})
    np.testing.assert_array_equal(mask, inside.reshape(width, height).T)


def test_decoded_mask_is_an_array_of_its_own_in_rows():
    mask = rle.decode(rle.encode(np.eye(13, 11, dtype=bool)))
    assert mask.flags.c_contiguous
    assert mask.flags.writeable


@pytest.mark.parametrize(
    "broken",
    [
        None,
        [],
        {"size": [4, 4]},
        {"size": [4, 4], "counts": ""},
        {"size": [4, 4], "counts": [8, 8]},
        {"size": [4, 4], "counts": "\u00e9"},
        {"size": [4, 4], "counts": "!!"},
        {"size": [4, 4], "counts": "P"},
        {"size": [4, 4], "counts": "PPPPPPPPPP0"},
        {"size": [4, 4], "counts": "O"},
        {"size": [4, 4], "counts": "9"},
        {"size": [4.0, 4], "counts": "`0"},
        {"size": [True, 16], "counts": "`0"},
        {"size": [-4, -4], "counts": "`0"},
        {"size": [4, 4, 1], "counts": "`0"},
    ],
)
def test_broken_runs_are_refused(broken):
    with pytest.raises(ReadError):
        rle.decode(broken)


def test_runs_whose_sum_overflows_to_the_right_number_are_refused():
    step, total = 2**34 - 1, 2**64 + 16
    rising = int(((8 * total / step + 1) ** 0.5 - 1) / 2)  # runs of step, 2 step, ...: nearly all of it
    rest = total - step * rising * (rising + 1) // 2
    flat = np.zeros(rising + 1, dtype=np.int64)
    flat[-1 - rest // step : -1], flat[-1] = step, rest % step
    runs = np.empty(2 * rising + 1, dtype=np.int64)
    runs[1::2], runs[::2] = step * np.arange(1, rising + 1), flat
    assert int(runs.sum()) == 16
    with pytest.raises(ReadError, match="add up"):
        rle.decode({"size": [4, 4], "counts": rle.pack_runs(runs)})


def test_huge_size_is_refused_before_allocating():
    with pytest.raises(LimitError):
        rle.decode({"size": [10**9, 10**9], "counts": "0"})


@given(st.text(alphabet=[chr(c) for c in range(48, 112)], min_size=1, max_size=30))
@settings(max_examples=200, deadline=None)
def test_any_string_gives_a_mask_or_our_error(counts):
    try:
        mask = rle.decode({"size": [6, 5], "counts": counts})
    except ReadError:
        return
    assert mask.shape == (6, 5)
