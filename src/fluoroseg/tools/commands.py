"""What `fluoroseg tools ...` does. Everything heavy is imported by the command that needs it."""

import argparse
from pathlib import Path
from typing import Any

from fluoroseg.errors import UsageError
from fluoroseg.program import tell


def list_tools(args: argparse.Namespace) -> int:
    """Families and how many models each has; the models of one family; as JSON all models."""
    from fluoroseg.tools.catalogue import families_called, tools

    wanted = families_called(args.family) if args.family else ()
    listed = [one for one in tools().values() if not wanted or one.family in wanted]
    told = {"tools": [_told(one) for one in listed]}
    if wanted:
        tell(args.json, told, _columns([(one.name, one.description) for one in listed]))
        return 0
    counts: dict[str, int] = {}
    for one in listed:
        counts[one.family] = counts.get(one.family, 0) + 1
    lines = _columns([(family, f"{number:>3}") for family, number in counts.items()])
    total = f"{len(counts)} families, {len(listed)} models; their names: tools list --family FAMILY"
    tell(args.json, told, f"{lines}\n{total}")
    return 0


def show(args: argparse.Namespace) -> int:
    """A tool's data and parts; with `-o` its X-ray from two sides."""
    from fluoroseg.tools.catalogue import tool

    one = tool(args.name)
    told = _told(one) | {
        "parts": [
            {
                "material": part.material,
                "volume_mm3": round(part.mesh.volume_mm3, 2),
                "faces": len(part.mesh.faces),
                "open_edges": part.mesh.open_edges,
            }
            for part in one.parts
        ]
    }
    if args.out:
        _write_picture(one, _free(args.out, ".png"))
        told["picture"] = args.out
    lines = [f"{key}: {value}" for key, value in told.items() if key != "parts"]
    for part in told["parts"]:
        leak = f", {part['open_edges']} open edges" if part["open_edges"] else ""
        lines.append(f"part: {part['material']}, {part['volume_mm3']} mm^3, {part['faces']} faces{leak}")
    tell(args.json, told, "\n".join(lines))
    return 0


def export(args: argparse.Namespace) -> int:
    """All parts of a tool as one binary STL, mm."""
    from fluoroseg.tools.catalogue import tool
    from fluoroseg.tools.own import stl_bytes

    one = tool(args.name)
    path = _free(args.out, ".stl")
    path.write_bytes(stl_bytes(one))
    faces = sum(len(part.mesh.faces) for part in one.parts)
    tell(args.json, {"out": args.out, "tool": one.name, "faces": faces}, f"{args.out}: {faces} faces, mm")
    return 0


def _write_picture(one: Any, path: Path) -> None:
    import numpy as np
    from PIL import Image

    from fluoroseg.tools.picture import two_sides

    Image.fromarray((255 * two_sides(one) ** 0.6).astype(np.uint8)).save(path)


def _free(out: str, suffix: str) -> Path:
    path = Path(out)
    if path.suffix.lower() != suffix or not path.parent.is_dir() or path.exists():
        raise UsageError(f"{out}: expected the name of a new {suffix} file in a folder that exists")
    return path


def _told(one: Any) -> dict[str, Any]:
    fields = ("name", "id", "family", "description", "length_mm", "site", "target", "phrases")
    told = {field: getattr(one, field) for field in fields}
    return {key: list(value) if isinstance(value, tuple) else value for key, value in told.items()}


def _columns(rows: list[tuple[str, str]]) -> str:
    width = max((len(first) for first, _ in rows), default=0)
    return "\n".join(f"{first:<{width}}  {second}" for first, second in rows)
