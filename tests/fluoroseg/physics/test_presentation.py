import numpy as np
import pytest

from fluoroseg.errors import UsageError
from fluoroseg.physics import presented, round_field
from fluoroseg.randomization import present


def body(shape=(120, 120)):
    rows, columns = np.indices(shape)
    depth = np.clip(4 - np.hypot(rows - 60, columns - 60) / 15, 0, None)
    depth[55:65, 20:100] += 0.8
    return np.exp(-depth).astype(np.float32)


def test_plain_presentation_is_that_of_network_input():
    np.testing.assert_array_equal(presented(body()), present(body()))


def test_polarity():
    np.testing.assert_allclose(presented(body(), bone="black"), 1 - presented(body()), atol=1e-7)


def test_edges_get_steeper_and_flat_parts_stay():
    plain, sharp = (presented(body(), edges=e, window=(0.0, 100.0)) for e in (0.0, 1.0))
    step = [p[66, 60] - p[64, 60] for p in (plain, sharp)]
    assert step[1] < 1.3 * step[0] < 0
    assert sharp.dtype == np.float32
    assert 0 <= sharp.min() <= sharp.max() <= 1


def test_what_lies_outside_the_field_is_black_and_not_windowed():
    field = round_field((120, 120))
    dark = np.where(field, body(), np.float32(0))
    shown = presented(dark, field=field)
    assert not shown[~field].any()
    np.testing.assert_allclose(shown[field], presented(np.where(field, body(), 1))[field], atol=1e-6)
    black = presented(dark, field=field, bone="black")
    assert not black[~field].any()


def test_bad_input_is_refused():
    with pytest.raises(UsageError, match="grey"):
        presented(body(), bone="grey")
    with pytest.raises(UsageError, match="percentile"):
        presented(body(), window=(90.0, 10.0))
    with pytest.raises(UsageError, match="shape"):
        presented(body(), field=np.ones((3, 3), dtype=bool))
