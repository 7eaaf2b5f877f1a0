import numpy as np
import pytest

from fluoroseg.errors import UsageError
from fluoroseg.physics import Defects, defect_map
from fluoroseg.physics.defects import with_defects

RAMP = np.add.outer(np.arange(200), 2 * np.arange(300)).astype(np.float32) + 1


def test_one_seed_is_one_panel():
    first, again = (defect_map(RAMP.shape, Defects(pixels=0.01, lines=2, seed=3)) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert np.any(first != defect_map(RAMP.shape, Defects(pixels=0.01, lines=2, seed=4)))


def test_share_of_pixels_and_lines():
    assert defect_map((500, 500), Defects(pixels=0.01)).mean() == pytest.approx(0.01, abs=0.002)
    lines = defect_map((50, 60), Defects(pixels=0.0, lines=1, seed=1))
    rows, columns = np.nonzero(lines)
    assert (len(set(rows)) == 1 and columns.max() == 59) or (len(set(columns)) == 1 and rows.max() == 49)


def test_uncorrected_defects_are_dark_and_the_rest_is_untouched():
    defects = Defects(pixels=0.01, lines=1, corrected=False)
    dead, picture = defect_map(RAMP.shape, defects), with_defects(RAMP, defects)
    assert not picture[dead].any()
    np.testing.assert_array_equal(picture[~dead], RAMP[~dead])


def test_corrected_defects_are_their_neighbours_mean():
    """Of a plane the mean of symmetric neighbours is the pixel itself."""
    defects = Defects(pixels=0.001)
    dead, picture = defect_map(RAMP.shape, defects), with_defects(RAMP, defects)
    dead[:1] = dead[-1:] = dead[:, :1] = dead[:, -1:] = False
    assert dead.sum() > 20
    off = np.abs(picture - RAMP)[dead]
    assert np.median(off) < 1e-3
    assert off.max() <= 3


def test_no_such_share():
    with pytest.raises(UsageError, match="share"):
        Defects(pixels=0.5)
