"""One direction of imports: fachtag -> registration -> events -> Django."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FORBIDDEN = {"events": {"registration", "fachtag"}, "registration": {"fachtag"}}


def imports(path: Path) -> set[str]:
    """The top-level packages that a module imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            found.add((node.module or "").split(".")[0])
    return found


@pytest.mark.parametrize("app", FORBIDDEN)
def test_imports_go_one_way(app: str) -> None:
    paths = [path for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts]
    assert len(paths) >= 4
    assert {path: imports(path) & FORBIDDEN[app] for path in paths} == {path: set() for path in paths}


@pytest.mark.parametrize("app", FORBIDDEN)
def test_templates_go_the_same_way(app: str) -> None:
    """No template loads tags, includes parts or names pages of an app above its own."""
    paths = list((ROOT / "templates" / app).rglob("*.html"))
    assert len(paths) >= 8
    above = re.compile(
        rf"""{{%\s*(?:load\b[^%]*\b(?P<tags>{"|".join(FORBIDDEN[app])})\b|(?:include|extends|url)\s+["'](?P<name>{"|".join(FORBIDDEN[app])})[/:])"""
    )
    assert {path.name: found[0] for path in paths if (found := above.search(path.read_text()))} == {}


def test_no_app_reaches_back_when_it_is_ready() -> None:
    configurations = list(ROOT.glob("*/apps.py"))
    assert len(configurations) == 2
    assert [path for path in configurations if "def ready" in path.read_text()] == []


def test_no_drawer_for_everything() -> None:
    names = {path.stem for app in (*FORBIDDEN, "fachtag") for path in (ROOT / app).rglob("*.py")}
    assert len(names) > 20
    assert names & {"utils", "helpers", "services", "core", "common"} == set()
