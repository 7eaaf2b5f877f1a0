import pytest

from fluoroseg.generate import generate


@pytest.fixture(scope="session")
def torso_set(patients, tmp_path_factory):
    """A real data set of the two coarse torsos, in four shards."""
    folder = tmp_path_factory.mktemp("torsos") / "set"
    generate(folder, patients, 12, size=48, seed=4, workers=1, per_shard=3)
    return folder
