"""The projector: from a patient and a camera to materials, silhouettes and path lengths along each ray."""

from fluoroseg.project.projection import Projection
from fluoroseg.project.projector import Projector, project

__all__ = ["Projection", "Projector", "project"]
