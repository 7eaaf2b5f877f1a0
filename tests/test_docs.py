"""What the pages show is true: links lead somewhere, commands parse, Python runs or at least compiles."""

import argparse
import re
import shlex
from pathlib import Path

import pytest

import fluorosam.cli
import fluoroseg.cli

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
PROGRAMS = {"fluoroseg": fluoroseg.cli._parser, "fluorosam": fluorosam.cli._parser}
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"(?:\$ )?(?:\S*/)?((?:fluoroseg|fluorosam) .*)")


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _commands(page: Path) -> list[str]:
    """Command lines in indented and fenced blocks; a backslash at the end joins lines."""
    text = page.read_text().replace("\\\n", " ")
    lines = [
        line for language, code in FENCE.findall(text) if language != "python" for line in code.split("\n")
    ]
    lines += [line[4:] for line in FENCE.sub("", text).split("\n") if line.startswith("    ")]
    found = [match[1] for line in lines if (match := COMMAND.fullmatch(line.strip()))]
    return [shlex.join(_words(line)) for line in found]


def _mentions(page: Path) -> list[str]:
    """Commands named in running text, perhaps without their arguments."""
    return re.findall(r"`((?:fluoroseg|fluorosam) [^`]+)`", FENCE.sub("", page.read_text()))


def _words(line: str) -> list[str]:
    words = shlex.split(line, comments=True)
    ends = [i for i, word in enumerate(words) if word in ("|", "&&", "||", ";", ">")]
    return words[: min(ends, default=len(words))]


def _python(page: Path) -> list[str]:
    return [code for language, code in FENCE.findall(page.read_text()) if language == "python"]


def _blocks(needs: bool) -> list:
    """The docs' Python, by whether its first line says that it needs something."""
    blocks = [(page, i, code) for page in PAGES[1:] for i, code in enumerate(_python(page))]
    return [pytest.param(c, id=f"{_name(p)}-{i}") for p, i, c in blocks if c.startswith("# needs ") == needs]


def _anchors(page: Path) -> set[str]:
    """What a link can name within a page, as GitHub makes it from the headings."""
    headings = re.findall(r"^#+ (.*)$", FENCE.sub("", page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", h.lower()).replace(" ", "-") for h in headings}


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_relative_link_leads_to_a_file(page):
    text = re.sub(r"`[^`\n]*`", "", FENCE.sub("", page.read_text()))
    local = [link for link in re.findall(r"\]\(([^)\s]+)\)", text) if not re.match(r"[a-z]+:", link)]
    assert [link for link in local if not (page.parent / link.split("#")[0]).exists()] == []
    inner = [
        (page.parent / link.split("#")[0] if link[0] != "#" else page, link) for link in local if "#" in link
    ]
    assert [link for to, link in inner if link.split("#")[1] not in _anchors(to)] == []


def test_there_is_something_to_check():
    assert len(_commands(PAGES[0])) >= 8
    assert {_name(page) for page in PAGES} >= {"docs/patients.md", "docs/data-sets.md", "docs/physics.md"}
    assert len(_python(PAGES[0])) >= 2


@pytest.mark.parametrize("line", sorted({line for page in PAGES for line in _commands(page)}))
def test_every_command_line_parses(line, capsys):
    program, *words = shlex.split(line)
    try:
        PROGRAMS[program]().parse_args(words)
    except SystemExit:
        pytest.fail(capsys.readouterr().err)


@pytest.mark.parametrize("line", sorted({line for page in PAGES for line in _mentions(page)}))
def test_every_command_in_running_text_exists(line):
    program, *words = _words(line)
    parser = PROGRAMS[program]()
    for word in words:
        groups = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
        if not groups or word == "...":
            break
        assert word in groups[0].choices
        parser = groups[0].choices[word]


def test_the_readmes_simulation_runs(monkeypatch, tmp_path, capsys):
    code = _python(PAGES[0])[1]
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "README.md", "exec"), {"__name__": "__main__"})
    assert "(448, 448)" in capsys.readouterr().out


@pytest.mark.parametrize("code", _blocks(needs=False))
def test_python_that_needs_nothing_runs(code, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "docs", "exec"), {"__name__": "__main__"})


@pytest.mark.parametrize("code", [*_blocks(needs=True), *_python(PAGES[0])[:1]])
def test_other_python_compiles(code):
    compile(code, "docs", "exec")
