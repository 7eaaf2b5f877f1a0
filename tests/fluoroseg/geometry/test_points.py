import numpy as np
import pytest

from fluoroseg.geometry.points import MOST_POINTS, structure_points
from fluoroseg.patients.patient import Patient

NAMES = {3: "liver", 4: "spleen", 7: "heart", 8: "heart", 900: "aorta", 901: "stomach"}


def blocks(order: str = "C") -> Patient:
    """Random blocks of labels, one of them without a name and one without a voxel; the heart has two."""
    rng, labels = np.random.default_rng(5), np.zeros((60, 70, 80), np.uint16, order=order)
    for n in range(300):
        low = rng.integers(1, [40, 50, 60])
        i, j, k = low + rng.integers(1, 19, 3)
        labels[low[0] : i, low[1] : j, low[2] : k] = (0, 3, 4, 7, 8, 55)[n % 6]
    labels[59, 20, 20] = 900
    affine = np.array([[0, 0, -2.0, 9], [1.5, 0, 0, 4], [0, 3.0, 0, -7], [0, 0, 0, 1]])
    return Patient(np.zeros(labels.shape, np.int16), labels, affine, NAMES)


def chosen_slowly(count: int) -> list[int]:
    """Of a structure's voxels, in order: one of each `every`, at a share that multiples of phi give."""
    every = max(1, -(-count // MOST_POINTS))
    shares = ((number * 0x9E3779B97F4A7C15 % 2**64) / 2**64 for number in range(count))
    places = (number * every + int(share * every) for number, share in zip(range(count), shares, strict=True))
    return [place for place in places if place < count]


@pytest.mark.parametrize("order", ["C", "F"])
def test_points_are_those_of_the_slow_reference(order):
    patient = blocks(order)
    points = structure_points(patient)
    assert list(points) == ["liver", "spleen", "heart", "aorta"]
    for name, here in points.items():
        labels = [label for label, other in NAMES.items() if other == name]
        index = np.argwhere(np.isin(patient.labels, labels))
        assert here.world_mm == pytest.approx(
            patient.to_world(index[chosen_slowly(len(index))].astype(float))
        )
        assert here.box == tuple(slice(a, b + 1) for a, b in zip(index.min(0), index.max(0), strict=True))
        assert here.cut == (name == "aorta")
    assert len(points["liver"].world_mm) > 0.8 * MOST_POINTS
    assert points["aorta"].at_end.all()


def test_points_are_spread_evenly():
    labels = np.zeros((64, 64, 64), np.uint16)
    labels[:, :, :] = (
        3  # lines as long as the steps from point to point: a plain stride would stay in a plane
    )
    points = structure_points(Patient(labels.astype(np.int16), labels, np.eye(4), {3: "liver"}))["liver"]
    assert 0.98 * MOST_POINTS < len(points.world_mm) <= MOST_POINTS
    for axis in range(3):
        share = np.histogram(points.world_mm[:, axis], 8, (-0.5, 63.5))[0] / len(points.world_mm)
        assert share == pytest.approx(0.125, abs=0.01)
