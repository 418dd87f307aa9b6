"""What the pages say is so: links lead somewhere, blocks are well formed, names are known."""

import ast
import importlib
import inspect
import json
import re
from string import Formatter

import pytest
import yaml

import prompts
from assistant import Kindred
from assistant.tools.registry import TOOLS
from segmentation.data.mapping import load_mapping, pick_of
from segmentation.insight.metrics import METRICS

PATH = re.compile(r"(?:[\w.-]+/)+[\w.-]*")
OURS = ("assistant/", "segmentation/", "store/", "prompts/", "tests/", "benchmarks/", "docs/")


def test_links_lead_somewhere(page, pages, root):
    for link in page.links:
        if re.match(r"[a-z]+:", link):
            continue
        place, _, name = link.partition("#")
        target = (page.path.parent / place).resolve() if place else page.path
        assert target.exists(), link
        if name:
            assert name in pages[str(target.relative_to(root))].anchors, link


def test_every_page_is_in_the_index(pages, root):
    index = pages["docs/README.md"]
    linked = {(index.path.parent / link.partition("#")[0]).resolve() for link in index.links}
    assert {page.path for page in pages.values()} - {index.path, root / "README.md"} <= linked


def test_a_block_says_what_it_is(block):
    known = {"bash", "console", "python", "json", "yaml", "csv", "sql", "text", "mermaid"}
    assert block.language in known


def test_comments_before_blocks_are_understood(block):
    assert not block.before or block.not_run or block.file, block.before


def test_documents_parse(block):
    if block.language == "json":
        json.loads(block.text)
    if block.language == "yaml":
        yaml.safe_load(block.text)


def test_mapping_files_are_valid(block):
    content = yaml.safe_load(block.text) if block.language == "yaml" else {}
    if "orders" in content:
        mapping = load_mapping(content)
        for columns in mapping.tables.values():
            named = {name: said for name, said in columns.items() if name != "kinds"}
            assert all(pick_of(said).columns for said in named.values() if said is not None)


def test_names_in_python_exist(block):
    """Imports resolve, and what is called on a Kindred takes these arguments."""
    tree = ast.parse(block.text) if block.language == "python" else ast.Module([], [])
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            module = importlib.import_module(node.module)
            assert all(hasattr(module, name.name) for name in node.names)
    made = {
        target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and "Kindred(" in ast.unparse(node.value)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value
            if isinstance(owner, ast.Name) and owner.id in made:
                check_call(node)


def check_call(node):
    signature = inspect.signature(getattr(Kindred, node.func.attr))
    named = {keyword.arg: None for keyword in node.keywords if keyword.arg}
    signature.bind(None, *[None] * len(node.args), **named)


def test_paths_exist(page, root):
    for code in page.code:
        if code.startswith(OURS) and PATH.fullmatch(code):
            assert (root / code).exists(), code


def test_the_readmes_tree_is_the_houses(pages, root):
    trees = [b.text for b in pages["README.md"].blocks if "pipeline.py" in b.text]
    inside = [path for room in OURS for path in (root / room).rglob("*")]
    known = {path.name for path in inside} | {room.rstrip("/") for room in OURS}
    files = re.findall(r"[\w-]+\.(?:py|yaml|md|css|js)\b", trees[0])
    folders = re.findall(r"^ *([\w-]+)/", trees[0], flags=re.M)
    assert files and folders
    assert {*files, *folders} <= known


def test_every_tool_has_its_section(pages):
    headed = {tool for _, tool in pages["docs/questions.md"].questions() if tool}
    assert headed == set(TOOLS)


def test_every_tool_has_questions_in_both_languages(pages):
    for name in TOOLS:
        asked = [said for said, tool in pages["docs/questions.md"].questions() if tool == name]
        chinese = [said for said in asked if re.search(r"[\u4e00-\u9fff]", said)]
        assert chinese, name
        assert len(asked) > len(chinese), name


def test_every_metric_is_on_its_page(pages):
    rows = re.findall(r"^\| `(\w+)` \|", pages["docs/metrics.md"].text, flags=re.M)
    assert set(rows) == set(METRICS)


def sentences(said):
    """All wording below a node of a YAML file."""
    if isinstance(said, dict):
        for one in said.values():
            yield from sentences(one)
    elif isinstance(said, str):
        yield said


def pattern(sentence):
    """What a wording can come out as, once its placeholders are filled."""
    parts = Formatter().parse(sentence)
    return "".join(re.escape(text) + (".+?" if field else "") for text, field, _, _ in parts)


@pytest.fixture(scope="module")
def wordings():
    """All that is said in answers, but for what is placeholders and little else."""
    said = [prompts.load_folder("answers/en"), prompts.load_yaml("router/replies")]
    return [one for content in said for one in sentences(content) if len(literal(one)) >= 20]


def literal(sentence):
    return "".join(text for text, _, _, _ in Formatter().parse(sentence))


def is_said(said, wordings):
    """Whether a quotation is a wording with its placeholders filled, or the beginning of one."""
    return any(re.match(pattern(one), said) or one.startswith(said) for one in wordings)


def quoted(page):
    """What Kindred is said to say: quotations, and the right side of the table of refusals."""
    yield from re.findall(r"^> (.+)$", page.text, flags=re.M)
    yield from re.findall(r'^\| \*.+\* \| "(.+)" \|$', page.text, flags=re.M)


def test_what_it_is_said_to_say_is_its_wording(pages, wordings):
    said = list(quoted(pages["docs/questions.md"]))
    assert len(said) > 5
    assert [one for one in said if not is_said(one, wordings)] == []


def test_a_wording_that_nobody_says_would_be_noticed(wordings):
    assert not is_said("I have sent the e-mail.", wordings)
