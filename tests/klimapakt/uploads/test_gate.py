"""Every file that comes in passes the shared check: no module takes one past it."""

import ast
from pathlib import Path

from tests.test_imports import modules

FORM_FIELDS = {"FileField", "ImageField", "FilePathField", "MultipleFileField"}


def past_the_check(path: Path, *, is_ours: bool = False) -> list[str]:
    """Return what a module does with uploads without `klimapakt.uploads`.

    `request.FILES` may only be handed to a form; a form's file field is ours; a model's file field stores under our
    random path.
    """
    tree = ast.parse(path.read_text())
    parents = {child: parent for parent in ast.walk(tree) for child in ast.iter_child_nodes(parent)}
    found = []
    for node in ast.walk(tree):
        name = getattr(node, "attr", getattr(node, "id", ""))
        if name == "FILES" and not _is_handed_on(node, parents):
            found.append(f"line {node.lineno} reads FILES")
        if name in FORM_FIELDS and not is_ours and not _stores_by_our_path(node, parents):
            found.append(f"line {node.lineno} has a {name}")
        if isinstance(node, ast.ImportFrom) and FORM_FIELDS & {alias.name for alias in node.names}:
            found.append(f"line {node.lineno} imports a field")
        if name in ("body", "upload_handlers") and _is_of_a_request(node):
            found.append(f"line {node.lineno} reads the body")
    return found


def _is_handed_on(node: ast.AST, parents: dict) -> bool:
    """Whether FILES goes whole to a call, perhaps together with POST."""
    parent = parents[node]
    while isinstance(parent, ast.Tuple | ast.Starred | ast.IfExp | ast.keyword):
        node, parent = parent, parents[parent]
    if isinstance(parent, ast.Assign):
        return isinstance(parent.value, ast.Tuple | ast.IfExp)
    return isinstance(parent, ast.Call) and node is not parent.func


def _stores_by_our_path(node: ast.AST, parents: dict) -> bool:
    call = parents[node]
    given = {word.arg: word.value for word in getattr(call, "keywords", [])}
    is_asked_for = isinstance(call, ast.Call) and any(
        node is argument or _holds(argument, node) for argument in call.args
    )
    return getattr(given.get("upload_to"), "id", "") == "document_path" or is_asked_for


def _holds(tree: ast.AST, node: ast.AST) -> bool:
    return any(child is node for child in ast.walk(tree))


def _is_of_a_request(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "request"


def test_no_module_takes_a_file_past_the_check():
    wrong = {
        name: found
        for name, path in modules().items()
        if (found := past_the_check(path, is_ours=name.startswith("klimapakt.uploads")))
    }

    assert wrong == {}


def test_the_search_finds_what_it_looks_for(tmp_path):
    planted = {
        "data = request.FILES['scan'].read()": "reads FILES",
        "for name, file in request.FILES.items(): pass": "reads FILES",
        "files = request.FILES": "reads FILES",
        "from django.forms import FileField": "imports a field",
        "class F(forms.Form):\n    scan = forms.FileField()": "has a FileField",
        "class M(models.Model):\n    logo = models.ImageField(upload_to='logos')": "has a ImageField",
        "json.loads(request.body)": "reads the body",
    }
    harmless = [
        "form = ScanForm(request.POST, request.FILES)",
        "form = ScanForm(data=request.POST, files=request.FILES)",
        "data = (request.POST, request.FILES) if request.method == 'POST' else ()",
        "scan = models.FileField(upload_to=document_path, blank=True)",
        "if isinstance(field, forms.FileField): pass",
    ]

    for number, (code, finding) in enumerate(planted.items()):
        file = tmp_path / f"{number}.py"
        file.write_text(code)
        assert [finding in found for found in past_the_check(file)] == [True], code
    for code in harmless:
        file = tmp_path / "harmless.py"
        file.write_text(code)
        assert past_the_check(file) == [], code
