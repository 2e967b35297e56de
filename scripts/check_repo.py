"""Checks of our own that no linter makes; prints one line per finding.

- nothing in the repository names a folder of one machine or a host of a registry
- `sudo()` stands only in methods named `_sudo_...` or goes into a name ending `_sudo`
- `_` comes from `self.env._`, save in chart templates, where Odoo itself reads it
- every addon has tests, each test file is imported, and zh_CN is complete
- no file of code is so long that nobody reads it
"""

import ast
import pathlib
import re
import subprocess
import sys

import polib

ROOT = pathlib.Path(__file__).resolve().parent.parent
# About 500 is the aim; tables of columns are looked up, not read.
MAX_LINES = 600
TEXT_SUFFIXES = {
    *(".py", ".xml", ".csv", ".md", ".yml", ".yaml", ".toml", ".sh", ".cfg", ".conf"),
    *(".js", ".scss", ".txt", ".po", ".pot", ".json", ""),
}
# Folders that exist on one machine only, and hosts that only a mirror's user knows.
MACHINE = re.compile(
    r"(?<![\w.$}/<~-])/(?:work|farm|root|home/\w+|Users/\w+)/\w"
    r"|https?://[\w.-]*(?:pypi|npmjs|debian|ubuntu|mirror)[\w.-]*\.(?:org|com|cn|net)"
)


def tracked_files():
    """Paths that git knows or would add, as text files of the repository."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    for name in sorted(filter(None, listed.split("\0"))):
        path = ROOT / name
        if path.is_file() and path.suffix in TEXT_SUFFIXES:
            yield path


def check_machine_facts(path, text):
    """Yield lines that name a machine's folder or a registry's host."""
    for number, line in enumerate(text.splitlines(), 1):
        if MACHINE.search(line):
            yield f"{number}: names a folder or a host of one machine: {line.strip()}"


class SudoVisitor(ast.NodeVisitor):
    """Find calls of sudo() that neither a method's nor a variable's name owns up to."""

    def __init__(self):
        self.names = []
        self.lines = []

    def visit_FunctionDef(self, node):
        self.visit_under(node.name.startswith("_sudo_"), node)

    def visit_under(self, owned, node):
        """Visit what is below a node, whose name owns up to sudo or does not."""
        self.names.append(owned)
        self.generic_visit(node)
        self.names.pop()

    def visit_Assign(self, node):
        self.visit_under(self.is_named(node.targets), node)

    def visit_For(self, node):
        self.visit_under(self.is_named([node.target]), node)

    def visit_NamedExpr(self, node):
        self.visit_under(self.is_named([node.target]), node)

    @staticmethod
    def is_named(targets):
        return all(
            isinstance(target, ast.Name) and target.id.endswith("_sudo")
            for target in targets
        )

    def visit_Call(self, node):
        if (
            isinstance(node.func, ast.Attribute)
            and node.func.attr == "sudo"
            # sudo(False) and sudo(self.env.su) give rights up or hand them on.
            and not node.args
            and not any(self.names)
        ):
            self.lines.append(node.lineno)
        self.generic_visit(node)


def check_python(path, text):
    """Yield findings in one Python file of an addon."""
    tree = ast.parse(text, str(path))
    if "tests" not in path.parts and "migrations" not in path.parts:
        visitor = SudoVisitor()
        visitor.visit(tree)
        for number in visitor.lines:
            yield f"{number}: sudo() in neither a method _sudo_x nor a name x_sudo"
        count = text.count("\n")
        if count > MAX_LINES and not path.stem.endswith("_columns"):
            yield f"{count} lines; split it (at most {MAX_LINES})"
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.ImportFrom)
                and node.module in ("odoo", "odoo.tools.translate")
                and any(alias.name in ("_", "_lt") for alias in node.names)
                and "chart_template" not in path.name
            ):
                yield f"{node.lineno}: use self.env._ for user texts"


def check_addon(addon):
    """Yield findings about what an addon as a whole must have."""
    tests = addon / "tests"
    files = sorted(path.stem for path in tests.glob("test_*.py"))
    if not files:
        yield "has no tests"
    else:
        init = tests / "__init__.py"
        source = init.read_text("utf-8") if init.is_file() else ""
        imported = {
            alias.name
            for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        }
        for name in sorted(set(files) - imported):
            yield f"tests/{name}.py is not imported in tests/__init__.py"
    po_file = addon / "i18n" / "zh_CN.po"
    if not po_file.is_file():
        yield "has no i18n/zh_CN.po (make i18n)"
    elif todo := [
        entry
        for entry in polib.pofile(str(po_file))
        if not entry.obsolete and (not entry.msgstr or entry.fuzzy)
    ]:
        yield f"i18n/zh_CN.po: {len(todo)} texts are not translated"


def main():
    """Print all findings; the exit code tells whether there were any."""
    findings = []
    for path in tracked_files():
        # A file in the middle of being replaced by an editor may not be readable.
        text = path.read_text("utf-8", errors="replace")
        checks = [check_machine_facts(path, text)]
        if path.suffix == ".py" and ROOT / "addons" in path.parents:
            checks.append(check_python(path, text))
        findings += [
            f"{path.relative_to(ROOT)}:{finding}"
            for check in checks
            for finding in check
        ]
    for manifest in sorted((ROOT / "addons").glob("*/__manifest__.py")):
        findings += [
            f"addons/{manifest.parent.name}: {finding}"
            for finding in check_addon(manifest.parent)
        ]
    print("\n".join(findings))
    return bool(findings)


if __name__ == "__main__":
    sys.exit(main())
