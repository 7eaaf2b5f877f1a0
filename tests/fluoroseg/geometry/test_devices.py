"""Machines reach as far as they do, and their detectors are as large as they are."""

import numpy as np
import pytest

from fluoroseg.errors import GeometryError, UsageError
from fluoroseg.geometry.devices import DEVICES, device
from fluoroseg.geometry.regions import Region
from fluoroseg.geometry.standard import REGIONS

CENTRE = np.array([10.0, -20, 300])


def test_a_mobile_c_arm_turns_about_its_isocentre():
    arm = device("mobile c-arm")
    for orbital, angular in ((0, 0), (30, -20), (-90, 10)):
        camera = arm.pose(CENTRE, orbital, angular, size=1536).camera()
        assert np.linalg.norm(camera.source_mm - CENTRE) == pytest.approx(530)
        assert abs(camera.source_distance_mm) == pytest.approx(1020)
        assert np.linalg.norm(camera.right_mm) == pytest.approx(0.194, abs=0.001)
        middle = camera.project(CENTRE[None])[0]
        assert middle == pytest.approx([767.5, 767.5])
        # Where the detector is: LAO at the patient's left, cranial towards the head, both in front.
        detector = camera.origin_mm + 767.5 * (camera.right_mm + camera.down_mm) - CENTRE
        left, back, up = detector / np.linalg.norm(detector)
        assert np.degrees(np.arctan2(left, -back)) == pytest.approx(orbital)
        assert np.degrees(np.arcsin(up)) == pytest.approx(angular)


def test_angles_are_on_the_patients_axes():
    turn = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])
    straight = device("ring imager").pose(CENTRE, 20, 5).camera()
    turned = device("ring imager").pose(turn @ CENTRE, 20, 5, frame=turn).camera()
    assert turned.source_mm == pytest.approx(turn @ straight.source_mm)
    assert turned.right_mm == pytest.approx(turn @ straight.right_mm)


def test_what_a_device_cannot_do_is_refused():
    with pytest.raises(GeometryError, match="angular angle 70"):
        device("fixed angiography").pose(CENTRE, 0, 70)
    with pytest.raises(UsageError, match="mobile c-arm"):
        device("dental")


def test_every_region_has_a_device_and_room_for_the_patient():
    for name, region in REGIONS.items():
        assert isinstance(region, Region)
        shortest = DEVICES[region.device].source_to_detector_mm[0]
        assert max(region.gap_mm) < 0.5 * shortest, name
