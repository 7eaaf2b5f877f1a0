"""Blades stand about the target, and replay."""

import json

import numpy as np

from fluoroseg.geometry.pose import View
from fluoroseg.geometry.standard import STANDARD_VIEWS
from fluoroseg.geometry.views import find_view, target_of
from fluoroseg.physics import Exposure
from fluoroseg.physics.fields import collimated

SIZE = 120


def test_blades_leave_the_target_open_and_close_something(body):
    rng, seen = np.random.default_rng(3), 0
    for name in ("ap left knee", "lateral lumbar spine", "pa chest", "pa right hand") * 6:
        view = find_view(body, name, SIZE, rng)
        assert (view.blades is None) == ("blades" not in view.record)
        if view.blades is None:
            continue
        seen += 1
        assert View.from_record(json.loads(json.dumps(view.record))).blades == view.blades
        share = collimated(view.camera, Exposure(), view.blades)
        at = np.rint(view.camera.project(target_of(body, STANDARD_VIEWS[name].region))).astype(int)
        at = at[((at >= 0) & (at < SIZE)).all(axis=1)]
        assert share[tuple(at.T)].mean() > 0.93, name
        assert (share > 0.5).mean() > 0.08
    assert 3 < seen < 20


def test_exact_views_are_not_collimated(body):
    assert find_view(body, "ap pelvis", SIZE).blades is None
