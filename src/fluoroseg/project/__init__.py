"""The projector: from a patient and a camera to materials, silhouettes and path lengths along each ray."""

from fluoroseg.project.cpu import Projector, project
from fluoroseg.project.projection import Projection

__all__ = ["Projection", "Projector", "project"]
