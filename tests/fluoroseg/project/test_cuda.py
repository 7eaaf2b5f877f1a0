"""The CUDA driver gives the CPU's picture: here under numba's simulator, on a card where there is one."""

import os
import subprocess
import sys

import numpy as np
import pytest

from fluoroseg.errors import UsageError
from fluoroseg.geometry.camera import aim
from fluoroseg.patients.patient import Patient
from fluoroseg.project import Projector
from fluoroseg.project.mesh import Cover

OPTIONS = {
    "plain": {},
    "all": {"lengths": True, "depths": True, "factors": {"liver": 1.4}},
}


def scene(size):
    rng = np.random.default_rng(5)
    shape = (20, 16, 24)
    coarse = rng.integers(0, 4, (5, 4, 6)).repeat(4, 0).repeat(4, 1).repeat(4, 2)
    hu = rng.integers(-1000, 1500, shape).astype(np.int16)
    hu[:, :, :9] = -1000
    world_from_index = np.diag([2.0, 2.5, -1.5, 1.0])
    world_from_index[:3, 3] = [-19, -18, 17]
    names = {1: "liver", 2: "aorta", 3: "sternum"}
    patient = Patient(hu, coarse.astype(np.uint16), world_from_index, names)
    camera = aim(
        np.zeros(3), np.array([0.3, 1.0, 0.2]), np.array([0.0, 0.0, 1.0]), 120, 200, 80 / size, (size, size)
    )
    rays = size * size
    cover = Cover(np.arange(rays + 1), np.full(rays, 110, np.float32), np.full(rays, 117, np.float32))
    return patient, camera, cover


def picture(device, size, option):
    patient, camera, cover = scene(size)
    seen = Projector(patient, contrast=("aorta",), device=device).project(
        camera, cover=cover, **OPTIONS[option]
    )
    layer = seen.layers[0]
    assert seen.areal_g_cm2.max() > 1
    got = {"areal": seen.areal_g_cm2, "bits": layer.bits, "start": layer.start_mm, "step": layer.step_mm}
    if option == "all":
        for name in seen.names:
            got[f"length {name}"] = seen.length_mm(name)
            got[f"enter {name}"], got[f"leave {name}"] = seen.depths_mm(name)
    return got


def compare(one, other):
    assert one.keys() == other.keys()
    for key, array in one.items():
        np.testing.assert_allclose(array, other[key], rtol=1e-5, atol=1e-5, err_msg=key)


@pytest.mark.parametrize("option", OPTIONS)
def test_the_simulated_card_gives_the_cpus_picture(option, tmp_path):
    """NUMBA_DISABLE_JIT makes the kernels plain Python, so the simulator is a process of its own."""
    script = (
        "import sys, numpy as np\n"
        f"sys.path.insert(0, {os.path.dirname(__file__)!r})\n"
        "from test_cuda import picture\n"
        f"np.savez({str(tmp_path / 'card.npz')!r}, **picture('cuda', 12, {option!r}))\n"
    )
    environment = os.environ | {"NUMBA_ENABLE_CUDASIM": "1", "NUMBA_DISABLE_JIT": "1"}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]
    with np.load(tmp_path / "card.npz") as card:
        compare(picture("cpu", 12, option), dict(card))


@pytest.mark.parametrize("option", OPTIONS)
def test_a_real_card_gives_the_cpus_picture(option):
    from numba import cuda

    if not cuda.is_available():
        pytest.skip("no NVIDIA card on this machine")
    compare(picture("cpu", 200, option), picture("cuda", 200, option))


def test_a_device_that_is_not_there():
    from numba import cuda

    with pytest.raises(UsageError, match="tpu"):
        Projector(scene(4)[0], device="tpu")
    if not cuda.is_available():
        with pytest.raises(UsageError, match="NVIDIA"):
            Projector(scene(4)[0], device="cuda")
