"""The projector: from patients, tools and a camera to the X-ray and everything in it."""

from fluoroseg.project.mesh import Mesh, Solid, project_solids
from fluoroseg.project.picture import Picture
from fluoroseg.project.projection import Projection
from fluoroseg.project.projector import Projector, project, projector_of

__all__ = [
    "Mesh",
    "Picture",
    "Projection",
    "Projector",
    "Solid",
    "project",
    "project_solids",
    "projector_of",
]
