"""One coarse phantom for all that looks at whole bodies."""

import pytest

from fluoroseg import phantom
from fluoroseg.patients.patient import Patient

COARSE_MM = 5.0


@pytest.fixture(scope="session")
def body() -> Patient:
    return phantom(spacing_mm=COARSE_MM)


@pytest.fixture(scope="session")
def raised() -> Patient:
    return phantom(spacing_mm=COARSE_MM, arms="up", legs="apart")
