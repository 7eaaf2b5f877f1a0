"""Procedures: tools that belong together in one scene."""

from fluoroseg.procedures.procedure import Procedure, Step, perform, procedure, procedures

__all__ = ["Procedure", "Step", "perform", "procedure", "procedures"]
