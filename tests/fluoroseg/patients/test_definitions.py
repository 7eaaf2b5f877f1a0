"""The lung above the visible dome."""

import numpy as np

from fluoroseg.patients.definitions import above_dome, cardiac_silhouette


def _box(top: int, bottom: int, left: int, right: int) -> np.ndarray:
    mask = np.zeros((100, 80), bool)
    mask[top:bottom, left:right] = True
    return mask


def _path(top: int, bottom: int, left: int, right: int, mm: float = 100.0) -> np.ndarray:
    return _box(top, bottom, left, right) * np.float32(mm)


def test_the_lung_ends_at_the_dome() -> None:
    masks = {
        "lung_left": _path(10, 80, 45, 75),
        "lung_right": _path(10, 80, 5, 35),
        "subdiaphragm": _path(60, 100, 0, 80),
    }
    out = above_dome(masks)
    assert np.array_equal(out["lung_left_above_dome"], _box(10, 60, 45, 75))
    assert np.array_equal(out["lung_right_above_dome"], _box(10, 60, 5, 35))


def test_lobes_and_organs_stand_for_lung_and_diaphragm() -> None:
    masks = {
        "lung_upper_lobe_left": _path(10, 40, 45, 75),
        "lung_lower_lobe_left": _path(35, 80, 45, 75),
        "stomach": _path(60, 100, 40, 58),
        "spleen": _path(60, 100, 59, 80),  # one column of fat between them is not lung
    }
    out = above_dome(masks)
    assert set(out) == {"lung_left_above_dome"}
    differs = out["lung_left_above_dome"] ^ _box(10, 60, 45, 75)
    assert differs.sum() <= 2, "only the notch's rounded top may stay"
    assert not differs[62:].any()


def test_no_answer_without_what_carries_the_dome() -> None:
    lungs = {"lung_left": _path(10, 80, 45, 75), "lung_right": _path(10, 80, 5, 35)}
    assert above_dome(lungs) == {}
    assert set(above_dome({**lungs, "liver": _path(60, 100, 0, 50)})) == {"lung_right_above_dome"}
    assert above_dome({"subdiaphragm": _path(60, 100, 0, 80)}) == {}


def test_thin_tongues_of_lung_and_thin_edges_of_the_abdomen_do_not_count() -> None:
    out = above_dome(
        {
            "lung_left": np.maximum(_path(10, 80, 45, 75), _path(10, 80, 35, 45, mm=15)),
            "subdiaphragm": np.maximum(_path(60, 100, 0, 80), _path(50, 60, 0, 80, mm=20)),
        }
    )
    assert np.array_equal(out["lung_left_above_dome"], _box(10, 60, 45, 75))


def test_the_heart_s_outline_ends_at_the_arch_and_at_the_heart_s_lower_border() -> None:
    paths = {
        "cardiomediastinum": _path(5, 95, 35, 45),  # what lies between the lungs, from the neck down
        "heart": _path(50, 80, 30, 60),
        "aorta": _path(20, 100, 40, 50),
        "pulmonary_artery": _path(45, 50, 50, 75, mm=8),  # a small branch beside the hilum
    }
    out = cardiac_silhouette(paths, (-1.0, 0.0))
    assert out is not None
    assert np.array_equal(out, _box(20, 80, 35, 50) | _box(50, 80, 30, 60))
    upside_down = cardiac_silhouette({n: p[::-1] for n, p in paths.items()}, (1.0, 0.0))
    assert upside_down is not None
    assert np.array_equal(upside_down, out[::-1])


def test_the_heart_s_outline_has_no_holes_and_needs_what_lies_between_the_lungs() -> None:
    ring = _path(20, 80, 30, 60) * ~_box(40, 60, 40, 50)  # the windpipe
    out = cardiac_silhouette({"cardiomediastinum": ring}, (-1.0, 0.0))
    assert out is not None
    assert np.array_equal(out, _box(20, 80, 30, 60))
    assert cardiac_silhouette({"heart": ring}, (-1.0, 0.0)) is None


def test_the_right_lung_ends_where_it_is_thick_and_keeps_its_thin_apex() -> None:
    thick = _path(20, 80, 5, 35)
    recess = _path(20, 80, 35, 42, mm=50)  # behind gullet and heart, over the spine
    apex = _path(10, 20, 5, 35, mm=20)
    under = {"subdiaphragm": _path(80, 100, 0, 80)}
    right = above_dome({"lung_right": thick + recess + apex, **under})["lung_right_above_dome"]
    assert np.array_equal(right, _box(10, 80, 5, 35))
    turned = {name: np.rot90(path) for name, path in {"lung_right": thick + recess + apex, **under}.items()}
    again = above_dome(turned, left=(-1.0, 0.0))["lung_right_above_dome"]
    assert np.array_equal(np.rot90(again, -1), right)
    left = {"lung_left": (thick + recess + apex)[:, ::-1], **under}
    assert np.array_equal(
        above_dome(left)["lung_left_above_dome"], _box(10, 20, 45, 75) | _box(20, 80, 38, 75)
    )
