"""Bring the translation files of the addons up to date with the exported texts.

    i18n_merge.py [--check] FOLDER ADDON...

FOLDER holds one fresh <addon>.pot per addon. `zh_CN.po` is translated by people: texts
that are new are added empty, texts that are gone are dropped. `zh_TW.po` is derived
from it with OpenCC, in the wording of Taiwan. With --check nothing is written.
The exit code is 1 while a text of zh_CN is missing, or (--check) a file is behind.
"""

import argparse
import pathlib
import sys

import polib
from opencc import OpenCC

ROOT = pathlib.Path(__file__).resolve().parent.parent
HEADER = {
    "Project-Id-Version": "Dealer Insurance 19.0",
    "Content-Type": "text/plain; charset=UTF-8",
    "Content-Transfer-Encoding": "8bit",
}


def key(entry):
    """Identity of a text: what is translated, in its context."""
    return entry.msgctxt or "", entry.msgid


def new_file(addon, language=None):
    """Return an empty catalogue with our header, which carries no dates."""
    catalogue = polib.POFile(wrapwidth=78)
    catalogue.header = (
        f"Translation of Odoo.\nThis file contains the translation of the following "
        f"modules:\n\t* {addon}\n"
    )
    catalogue.metadata = dict(HEADER)
    if language:
        catalogue.metadata |= {
            "Language": language,
            "Plural-Forms": "nplurals=1; plural=0;",
        }
    return catalogue


def known_texts(path):
    """Return {identity: translation} of a file that may not be there yet."""
    if not path.is_file():
        return {}
    return {
        key(entry): entry.msgstr
        for entry in polib.pofile(str(path))
        if not entry.obsolete and not entry.fuzzy
    }


def build(addon, source, language, translate):
    """Return the catalogue of one language with the texts of `source`.

    :param source: catalogue exported from the running system
    :param language: code, or None for the template
    :param translate: function from a source entry to its translation
    """
    catalogue = new_file(addon, language)
    for entry in sorted(source, key=key):
        catalogue.append(
            polib.POEntry(
                msgid=entry.msgid,
                msgctxt=entry.msgctxt,
                msgstr=translate(entry),
                occurrences=sorted(entry.occurrences),
                comment=entry.comment,
                flags=[flag for flag in entry.flags if flag != "fuzzy"],
            )
        )
    return catalogue


def update(addon, exported, check):
    """Write (or with `check` compare) the files of one addon.

    :return: list of findings, empty when everything is translated and up to date
    """
    folder = ROOT / "addons" / addon / "i18n"
    source = [entry for entry in polib.pofile(str(exported)) if entry.msgid]
    chinese = known_texts(folder / "zh_CN.po")
    to_taiwan = OpenCC("s2twp")
    findings = []

    files = {
        f"{addon}.pot": build(addon, source, None, lambda entry: ""),
        "zh_CN.po": build(
            addon, source, "zh_CN", lambda entry: chinese.get(key(entry), "")
        ),
        "zh_TW.po": build(
            addon,
            source,
            "zh_TW",
            lambda entry: to_taiwan.convert(chinese.get(key(entry), "")),
        ),
    }
    missing = [entry.msgid for entry in files["zh_CN.po"] if not entry.msgstr]
    if missing:
        findings.append(f"{addon}: {len(missing)} texts have no Chinese:")
        findings += [f"    {text.splitlines()[0][:100]!r}" for text in missing[:30]]
        if len(missing) > 30:
            findings.append(f"    … and {len(missing) - 30} more")
    for name, catalogue in files.items():
        path = folder / name
        if check:
            have = known_texts(path)
            want = {key(entry): entry.msgstr for entry in catalogue}
            behind = [k for k in want if k not in have]
            if behind:
                findings.append(
                    f"{addon}/i18n/{name}: {len(behind)} texts are not in it"
                )
                findings += [f"    {text[:100]!r}" for _context, text in behind[:10]]
            elif have != want:
                findings.append(f"{addon}/i18n/{name}: is behind, run make i18n")
        else:
            folder.mkdir(exist_ok=True)
            catalogue.save(str(path))
    return findings


def main():
    """Update or check all addons named on the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("addons", nargs="+")
    options = parser.parse_args()
    findings = []
    for addon in options.addons:
        exported = options.folder / f"{addon}.pot"
        if exported.is_file() and exported.stat().st_size:
            findings += update(addon, exported, options.check)
    print("\n".join(findings) or "translations are complete")
    return bool(findings)


if __name__ == "__main__":
    sys.exit(main())
