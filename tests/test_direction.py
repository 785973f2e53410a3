"""One direction of imports: fachtag -> registration -> events -> Django."""

import ast
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


def test_no_drawer_for_everything() -> None:
    names = {path.stem for app in (*FORBIDDEN, "fachtag") for path in (ROOT / app).rglob("*.py")}
    assert len(names) > 20
    assert names & {"utils", "helpers", "services", "core", "common"} == set()
