import numpy as np
import pytest
import rlemasklib
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from fluoroseg.dataset import rle
from fluoroseg.dataset.record import box
from fluoroseg.errors import UsageError

shapes = array_shapes(min_dims=3, max_dims=3, min_side=1, max_side=12)
bit_sets = arrays(np.uint64, shapes, elements=st.one_of(st.just(0), st.integers(0, 2**64 - 1)))


def mask_of(bits: np.ndarray, slot: int) -> np.ndarray:
    return (bits[:, :, slot // 64] >> np.uint64(slot % 64)) & np.uint64(1) != 0


def one_by_one(bits: np.ndarray, slots: list[int]) -> list[rle.Runs]:
    """The obvious way: a mask for each label."""
    out = []
    for slot in slots:
        mask = mask_of(bits, slot)
        sides = {"top": mask[0], "bottom": mask[-1], "left": mask[:, 0], "right": mask[:, -1]}
        touched = tuple(side for side, pixels in sides.items() if pixels.any())
        out.append(rle.Runs(rle.encode(mask), int(mask.sum()), box(mask), touched))
    return out


def discs(labels: int, height: int, width: int, seed: int = 0) -> np.ndarray:
    """Overlapping discs, some beyond the picture, with ragged edges and lonely pixels."""
    rng = np.random.default_rng(seed)
    rows, columns = np.indices((height, width))
    bits = np.zeros((height, width, -(-labels // 64)), dtype=np.uint64)
    for slot in range(labels):
        middle, radius = rng.uniform(-0.2, 1.2, 2) * (height, width), rng.uniform(0, 0.4) * height
        far = np.hypot(rows - middle[0], columns - middle[1]) + rng.normal(0, 1, (height, width))
        mask = (far < radius) ^ (rng.random((height, width)) < 1e-3)
        bits[:, :, slot // 64] |= mask.astype(np.uint64) << np.uint64(slot % 64)
    return bits


@given(bit_sets, st.data())
@settings(max_examples=200, deadline=None)
def test_same_as_one_by_one(bits, data):
    slot = st.integers(0, 64 * bits.shape[2] - 1)
    slots = data.draw(st.lists(slot, max_size=20))  # any order, also twice
    assert rle.encode_bits(bits, slots) == one_by_one(bits, slots)


@pytest.mark.parametrize(("height", "width"), [(130, 97), (1, 200), (200, 1), (64, 256)])
def test_many_labels_of_a_picture(height, width):
    bits = discs(117, height, width)
    runs = rle.encode_bits(bits, list(range(117)))
    assert runs == one_by_one(bits, list(range(117)))
    for slot in range(0, 117, 10):
        np.testing.assert_array_equal(rle.decode(runs[slot].rle), mask_of(bits, slot))


def test_same_as_rlemasklib():
    bits = discs(70, 150, 210, seed=1)
    for slot, ours in enumerate(rle.encode_bits(bits, range(70))):
        theirs = rlemasklib.encode(np.asfortranarray(mask_of(bits, slot).astype(np.uint8)))
        assert ours.rle["counts"].encode() == theirs["counts"]
        assert ours.area == rlemasklib.area(theirs)
        assert ours.bbox == [int(n) for n in rlemasklib.to_bbox(theirs)]


def test_empty_full_and_every_bit():
    bits = np.zeros((5, 7, 2), dtype=np.uint64)
    bits[:, :, 1] = np.uint64(2**64 - 1)
    empty, full = rle.encode_bits(bits, [0, 127])
    assert (empty.area, empty.bbox, empty.borders) == (0, [0, 0, 0, 0], ())
    assert (full.area, full.bbox) == (35, [0, 0, 7, 5])
    assert full.borders == ("top", "bottom", "left", "right")
    assert rle.encode_bits(bits, range(128)) == one_by_one(bits, list(range(128)))


def test_layout_does_not_matter_and_nothing_is_written():
    bits = discs(64, 30, 40)
    before = bits.copy()
    expected = rle.encode_bits(bits, range(64))
    np.testing.assert_array_equal(bits, before)
    assert rle.encode_bits(np.asfortranarray(bits), range(64)) == expected
    assert rle.encode_bits(bits[::-1][::-1], tuple(range(64))) == expected


def test_large_picture_with_long_runs():
    bits = np.zeros((3000, 1500, 1), dtype=np.uint64)
    bits[10:, 3:, 0] = 1
    bits[:, 700:, 0] |= np.uint64(1 << 63)
    assert rle.encode_bits(bits, [63, 0]) == one_by_one(bits, [63, 0])


@pytest.mark.parametrize("slots", [[-1], [128], [3, 200]])
def test_slots_beyond_the_bits_are_refused(slots):
    with pytest.raises(UsageError, match="slots are 0 to 127"):
        rle.encode_bits(np.zeros((4, 4, 2), dtype=np.uint64), slots)


@pytest.mark.parametrize("shape", [(0, 4, 1), (4, 0, 1), (1 << 14, (1 << 12) + 1, 1)])
def test_sizes_that_cannot_be_encoded_are_refused(shape):
    with pytest.raises(UsageError, match="pixels"):
        rle.encode_bits(np.broadcast_to(np.uint64(0), shape), [0])
