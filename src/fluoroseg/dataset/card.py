"""The counts of `fluoroseg.dataset.info` for reading: on the terminal, and as a data card."""

from pathlib import Path
from typing import Any

from fluoroseg.dataset.files import atomic
from fluoroseg.errors import UsageError

_TITLES = {
    "regions": "body parts",
    "views": "views",
    "patients": "patients",
    "procedures": "procedures",
    "tools": "tools",
    "structures": "structures",
}


def table(counts: dict[str, Any]) -> str:
    """`info` for reading."""
    lines = [_headline(counts), *_facts(counts)]
    for key, title in _TITLES.items():
        lines += ["", f"{title} ({len(counts[key])})"]
        lines += [f"  {number:>8}  {name}" for name, number in counts[key].items()]
    return "\n".join(lines)


def write_card(counts: dict[str, Any], name: str, path: Path) -> None:
    """The data card: the same numbers as Markdown. Raises UsageError when the file exists."""
    if path.exists():
        raise UsageError(f"{path}: exists already; take another name for the card")
    lines = [f"# Data set: {_plain(name)}", "", _headline(counts) + ".", ""]
    lines += ["Simulated X-rays with a mask, phrases and geometry for every structure and tool in them"]
    lines[-1] += f" (fluoroseg {(counts['versions'] or {}).get('fluoroseg', 'of an unknown version')})."
    lines += ["", *(f"- {fact}" for fact in _facts(counts)), ""]
    lines += [
        "Body part: the region of which a picture shows the greatest part. What an image's labels do not"
    ]
    lines += ["know is in neither its `objects` nor its `absent` list: it must not be taught as absent.", ""]
    for key, title in _TITLES.items():
        rows = [f"| {_plain(word)} | {number} |" for word, number in counts[key].items()]
        lines += [f"## {title.capitalize()} ({len(rows)})", "", "| | images |", "| --- | ---: |", *rows, ""]
    lines += ["## Sources", "", *_sources(counts), ""]
    try:
        with atomic(path) as file:
            file.write("\n".join(lines).encode())
    except OSError as e:
        raise UsageError(f"{path}: the card cannot be written: {e.strerror}") from None


def _headline(counts: dict[str, Any]) -> str:
    return f"{counts['images']} images" + ("" if counts["complete"] else " (not complete)")


def _facts(counts: dict[str, Any]) -> list[str]:
    of = f"in {counts['records_read']} of {counts['images']} records"
    spread = "{} {:g} to {:g}, median {:g}"
    facts = [
        f"{counts['phrases']} different phrases {of}",
        f"{counts['objects']:g} objects and {counts['absent']:g} names known to be absent an image",
        f"{100 * counts['cut']:.0f} % of the objects cut by the picture's edge",
        "pixels: " + ", ".join(counts["sizes"]),
    ]
    for title, key in (("kVp", "kvp"), ("mm a pixel at the detector", "pixel_mm")):
        if counts[key]:
            low, middle, high = counts[key]
            facts.append(spread.format(title, low, high, middle) + " (5th to 95th percentile)")
    left = counts["not_placed"]
    if left:
        facts.append(f"{sum(left.values())} tools found no place {of}")
    return facts


def _sources(counts: dict[str, Any]) -> list[str]:
    """What it was made from: patients' names and the seed, but no paths."""
    listed = counts["sources"] or [{"name": "", "plan": counts["plan"], "images": counts["images"]}]
    lines = []
    for source in listed:
        plan = source.get("plan") or {}
        patients = ", ".join(dict.fromkeys(Path(str(p)).name for p in plan.get("patients", ())))
        parts = [source.get("name", ""), f"{source.get('images')} images", patients and f"of {patients}"]
        seed = f"seed {plan['seed']}" if "seed" in plan else ""
        lines.append("- " + _plain(", ".join(part for part in (*parts, seed) if part)))
    return lines


def _plain(text: str) -> str:
    """Nothing in it that Markdown or HTML would read as a sign."""
    for sign, instead in (("&", "&amp;"), ("<", "&lt;"), ("|", "\\|"), ("`", "\\`"), ("[", "\\[")):
        text = text.replace(sign, instead)
    return " ".join(text.split())
