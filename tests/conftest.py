"""Runtime shape checks (jaxtyping + beartype) for every module but the numba kernels."""

import os
import tempfile
from pathlib import Path

import pytest
from jaxtyping import install_import_hook

# Two test processes share two cores: threads that spin while they wait take them from each other.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.setdefault("FLUOROSEG_CACHE", tempfile.mkdtemp(prefix="fluoroseg-tests-"))  # not the user's own

ROOT = Path(__file__).parents[1]


def _modules() -> list[str]:
    """Leaf modules only: naming a package would pull in its kernels, which numba must compile."""
    files = sorted((ROOT / "src").rglob("*.py"))
    return [
        ".".join(f.relative_to(ROOT / "src").with_suffix("").parts)
        for f in files
        if f.stem != "__init__" and not f.stem.endswith("_kernels")
    ]


install_import_hook(_modules(), "shape_checks.check")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real CTs and X-rays beside the repository; tests that need them skip where they are absent."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the real data folder ../shared/data is not on this machine")
    return folder
