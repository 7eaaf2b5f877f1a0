"""All standard views. Of two that fit a person's words, the one that stands first here is meant."""

from fluoroseg.geometry import (
    standard_arm,
    standard_head,
    standard_heart,
    standard_leg,
    standard_pelvis,
    standard_trunk,
)

_TABLES = (standard_trunk, standard_head, standard_pelvis, standard_leg, standard_arm, standard_heart)
REGIONS = {name: region for table in _TABLES for name, region in table.REGIONS.items()}
STANDARD_VIEWS = {name: view for table in _TABLES for name, view in table.VIEWS.items()}
