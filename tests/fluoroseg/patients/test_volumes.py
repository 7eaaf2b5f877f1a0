"""Volumes beside textbook ranges: counted with parts, told when cut off; every name of the table is known."""

import numpy as np
import pytest

from fluoroseg import anatomy
from fluoroseg.patients import volumes
from fluoroseg.patients.patient import Patient
from fluoroseg.patients.volumes import volume_table


@pytest.fixture
def patient() -> Patient:
    labels = np.zeros((40, 40, 40), np.uint16)
    labels[5:15, 5:15, 5:15] = 7  # 1000 voxels of 0.1 ml
    labels[20:30, 5:15, 5:15] = 8
    labels[20:30, 20:30, 30:40] = 9  # reaches the edge
    structures = {7: "colon_ascending", 8: "colon_transverse", 9: "liver", 10: "spleen"}
    affine = np.diag([5.0, 4.0, 5.0, 1.0])
    return Patient(np.zeros(labels.shape, np.int16), labels, affine, structures)


def test_parts_are_summed_and_what_is_absent_has_no_row(patient: Patient) -> None:
    rows = {row.name: row for row in volume_table(patient)}
    assert set(rows) == {"colon", "liver"}
    assert rows["colon"].ml == pytest.approx(200.0)
    assert not rows["colon"].within
    assert not rows["colon"].cut
    assert rows["liver"].ml == pytest.approx(100.0)
    assert rows["liver"].cut


def test_every_range_belongs_to_a_structure_and_sides_agree() -> None:
    ranges = {name: (low, high) for name, low, high in volumes._ranges()}
    assert len(ranges) >= 40
    for name, (low, high) in ranges.items():
        assert anatomy.structure(name).name == name
        assert 0 < low < high
        assert ranges.get(name.replace("_left", "_right"), (low, high))[0] <= 1.2 * low
