"""A `Patient` refuses what cannot be one, with a clear error."""

import subprocess
import sys

import numpy as np
import pytest

from fluoroseg.errors import GeometryError
from fluoroseg.patients import Patient

HU, LABELS = np.zeros((3, 4, 5), np.int16), np.zeros((3, 4, 5), np.uint16)


def sheared(deg):
    affine = np.eye(4)
    affine[1, 2] = np.tan(np.deg2rad(deg))
    return affine


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"hu": HU.astype(">i2")}, "byte order"),
        ({"hu": HU[:0], "labels": LABELS[:0]}, "some voxels"),
        ({"structures": {0: "liver"}}, r"1 to 65535, not \[0\]"),
        ({"structures": {70000: "liver"}}, "1 to 65535"),
        ({"world_from_index": np.full((4, 4), np.nan)}, "finite"),
        ({"world_from_index": np.diag([1.0, 0, 1, 1])}, "voxel size"),
        ({"world_from_index": sheared(2.0)}, r"2\.0 degrees off a right angle"),
    ],
)
def test_what_is_no_patient(changed, words):
    good = {"hu": HU, "labels": LABELS, "world_from_index": np.eye(4), "structures": {}}
    with pytest.raises(GeometryError, match=words):
        Patient(**(good | changed))


WITHOUT_SHAPE_CHECKS = """
import numpy as np
from fluoroseg.errors import GeometryError
from fluoroseg.patients import Patient
hu, labels, eye = np.zeros((3, 4, 5), np.int16), np.zeros((3, 4, 5), np.uint16), np.eye(4)
for case in [(hu.astype("f4"), labels, eye), (hu, labels.astype("i4"), eye), (hu[0], labels[0], eye),
             (hu, labels[:2], eye), (hu.tolist(), labels, eye), (hu, labels, np.eye(3))]:
    try:
        Patient(*case, {})
    except GeometryError as error:
        print(error)
"""


def test_wrong_types_and_shapes_as_users_meet_them():
    """In a process of its own: here, the tests' shape checks would answer first."""
    run = subprocess.run(
        [sys.executable, "-c", WITHOUT_SHAPE_CHECKS], capture_output=True, text=True, check=True
    )
    told = ["hu is float32", "labels is int32", "three axes", "differ", "hu is list", "4x4"]
    lines = run.stdout.splitlines()
    assert len(lines) == len(told)
    assert all(word in line for word, line in zip(told, lines, strict=True))


def test_rounding_is_no_shear():
    assert Patient(HU, LABELS, sheared(0.3), {5: "liver"}).known == {"liver"}
