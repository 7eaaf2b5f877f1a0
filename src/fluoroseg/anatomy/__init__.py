"""What can be named: every structure and group, and the words for them."""

from fluoroseg.anatomy.catalogue import Structure, groups, members, structure, structures
from fluoroseg.anatomy.phrases import phrases, title
from fluoroseg.anatomy.reader import Answer, read

__all__ = ["Answer", "Structure", "groups", "members", "phrases", "read", "structure", "structures", "title"]
