"""The guide's pictures: each is made by the script, shown in the guide, and no tool is without."""

import ast
import re
from pathlib import Path

from desktop.tools import ToolName

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "images" / "guide"
SCRIPTS = sorted((ROOT / "tests" / "benchmarks").glob("guide_*.py"))


def shown() -> set[str]:
    """Return the pictures that the guide shows; each has words for those who do not see it."""
    text = (ROOT / "docs" / "guide.md").read_text("utf-8")
    found = re.findall(r"!\[([^\]]*)\]\(images/guide/([a-z_]+)\.webp\)", text)
    assert all(len(words) > 10 for words, _ in found)
    return {name for _, name in found}


def made() -> set[str]:
    """Return the names of what the scripts photograph."""
    names: set[str] = set()
    for path in SCRIPTS:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "SHOTS":
                assert isinstance(node.value, ast.Dict)
                names |= {key.value for key in node.value.keys if isinstance(key, ast.Constant)}
    return names


def test_every_picture_is_made_by_the_script_and_shown() -> None:
    assert shown() == made() == {path.stem for path in FOLDER.glob("*.webp")}


def test_every_tool_has_a_picture() -> None:
    assert {tool.value for tool in ToolName} <= shown()
