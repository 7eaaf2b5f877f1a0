"""What is put into a varied body: contrast, gas, air around a lung, densities."""

import numpy as np
import pytest
from rods import rod_man

from fluoroseg.patients.patient import Patient
from fluoroseg.patients.variation import Contrast, Gas, Pneumothorax, Variation, vary
from fluoroseg.patients.variation.contents import holds_contrast


@pytest.fixture(scope="module")
def man() -> Patient:
    return rod_man()


def test_contrast_fills_what_it_was_given_into(man: Patient) -> None:
    new = vary(man, Variation(contrasts=(Contrast("urinary", 300.0), Contrast("gut", 200.0))))
    added = new.hu.astype(int) - man.hu
    assert (added[man.labels == man.label_of("urinary_bladder")] == 300).all()
    assert (added[man.labels == man.label_of("stomach")] == 200).all()
    assert (added[~np.isin(man.labels, [man.label_of(n) for n in ("urinary_bladder", "stomach")])] == 0).all()
    assert holds_contrast("aorta", "vessels")
    assert holds_contrast("iliac_vena_left", "vessels")
    assert not holds_contrast("liver", "vessels")


def test_gas_is_in_the_gut_only(man: Patient) -> None:
    new = vary(man, Variation(gas=(Gas(6, 12.0, 5),)))
    gas = (new.hu < -900) & (man.hu > -900)
    assert 20 < gas.sum() < 3000
    assert (man.labels[gas] == man.label_of("stomach")).all()


def test_a_pneumothorax_is_air_around_a_smaller_denser_lung(man: Patient) -> None:
    new = vary(man, Variation(pneumothoraces=(Pneumothorax("left", 0.8),)))
    lung = man.labels == man.label_of("lung_left")
    air = (new.hu[lung] == -1000).mean()
    assert abs(air - (1 - 0.8**3)) < 0.12
    assert new.hu[lung].max() > -800
    mass = (new.hu[lung].astype(float) + 1000).sum() / (man.hu[lung].astype(float) + 1000).sum()
    assert 0.5 < mass < 1.1
    other = man.labels == man.label_of("lung_right")
    assert (new.hu[other] == -800).all()
    outer = new.to_world(np.argwhere(lung & (new.hu == -1000)).astype(float))[:, 0].mean()
    inner = new.to_world(np.argwhere(lung & (new.hu > -1000)).astype(float))[:, 0].mean()
    assert outer > inner, "air lies outwards"


def test_each_structure_has_its_own_density(man: Patient) -> None:
    new = vary(man, Variation(density_sd=0.1, density_seed=4))
    factor = {}
    for label, name in man.structures.items():
        inside = man.labels == label
        if name in ("liver", "stomach", "urinary_bladder"):
            factor[name] = (new.hu[inside].astype(float) + 1000).mean() / (man.hu[inside] + 1000.0).mean()
    assert len({round(f, 3) for f in factor.values()}) == 3
    assert all(0.6 < f < 1.6 for f in factor.values())
    again = vary(man, Variation(density_sd=0.1, density_seed=4))
    assert np.array_equal(again.hu, new.hu)
