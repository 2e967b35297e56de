"""Find the header of a sheet and what its columns mean.

A header may stand below a title, may have two levels (merged or not), other wordings,
another order, or be missing. Pure functions.
"""

import re
import unicodedata
from dataclasses import dataclass, field

from .coerce import coerce
from .script import simplified

SEARCH_ROWS = 40
MIN_SHARE = 0.3
# Cells that are read, and the share of them that must fit, to settle a column
VALUES_READ = 50
LIKELY = 0.8
# Types of which any text can be a value
_WORDLESS = frozenset({"char", "name", "staff"})

# Words that say the same in a header; the left is replaced by the right.
_CANONICAL = (
    ("号码", "号"),
    ("编号", "号"),
    ("姓名", "名"),
    ("名称", "名"),
    ("日期", "日"),
    ("时间", "日"),
    ("(元)", ""),
    ("number", "no"),
    ("num", "no"),
)
_BRACKETS = re.compile(r"[(\[{<【〔《][^)\]}>】〕》]*[)\]}>】〕》]")
_NOISE = re.compile(r"[\W_]+", re.UNICODE)
# One column for two wordings: "车辆识别代号/车架号", "身份证号或信用代码"
_EITHER = re.compile(r"[/／|、或]")

# Scores: how sure a wording is
EXACT = 4
EXACT_GROUP = 6
BRACKET = 3
CANONICAL = 2


@dataclass
class HeaderCell:
    """One column of the header.

    :param group: text of the upper level, "" when there is none
    :param label: text of the column itself
    :param field_key: the field it was recognised as, None when unknown or ambiguous
    :param score: how sure that is (0 = not recognised)
    :param candidates: keys of the fields that fit equally well
    """

    group: str
    label: str
    field_key: str | None = None
    score: int = 0
    candidates: tuple = ()

    @property
    def title(self):
        """The header as one text: group/label."""
        return f"{self.group}/{self.label}" if self.group else self.label


@dataclass
class Header:
    """The header of a sheet; rows from 0, `columns` by column index from 0."""

    first_row: int
    last_row: int
    columns: dict = field(default_factory=dict)
    missing: list = field(default_factory=list)
    unknown: list = field(default_factory=list)
    ambiguous: list = field(default_factory=list)
    score: int = 0

    @property
    def mapping(self):
        """Return {field key: column index}."""
        return {
            cell.field_key: col for col, cell in self.columns.items() if cell.field_key
        }

    @property
    def fingerprint(self):
        """The header wordings as one text, the same whatever stands below."""
        return "|".join(
            f"{normalise(cell.group)}/{normalise(cell.label)}"
            for _col, cell in sorted(self.columns.items())
        )


def _fold(text):
    """Width, case and script made equal; a plus stays, it makes one sum of two."""
    text = simplified(unicodedata.normalize("NFKC", str(text or "")).lower())
    return text.replace("+", "加").replace("&", "加")


def normalise(text, brackets=True):
    """Header wording for comparison: NFKC, lower case, no blanks and punctuation.

    :param brackets: False leaves out what stands in brackets
    """
    text = _fold(text)
    if not brackets:
        text = _BRACKETS.sub("", text)
    return _NOISE.sub("", text)


def canonical(text):
    """A coarser form: words that mean the same in a header are made equal."""
    text = _BRACKETS.sub("", _fold(text))
    for word, short in _CANONICAL:
        text = text.replace(word, short)
    return _NOISE.sub("", text).removesuffix("元")


class Vocabulary:
    """The wordings of the fields of a kind, prepared for look-up."""

    def __init__(self, fields):
        self.fields = list(fields)
        self._labels = {}
        self._canonical = {}
        self._joined = {}
        self._joined_canonical = {}
        self._groups = {}
        for item in self.fields:
            wordings = (*item.synonyms, item.key, str(item.label))
            groups = {normalise(group) for group in item.groups}
            self._groups[item.key] = groups
            for wording in item.aliases:
                self._put(self._joined, normalise(wording), item.key)
            for wording in wordings:
                self._put(self._labels, normalise(wording), item.key)
                if canonical(wording):
                    self._put(self._canonical, canonical(wording), item.key)
                for group in item.groups:
                    joined = normalise(group) + normalise(wording)
                    self._put(self._joined, joined, item.key)
                    # "保险单号(交强)": the group stands behind the wording
                    joined = normalise(wording) + normalise(group)
                    self._put(self._joined, joined, item.key)
                    self._put(
                        self._joined_canonical,
                        canonical(group) + canonical(wording),
                        item.key,
                    )

    @staticmethod
    def _put(index, wording, key):
        if wording and key not in index.setdefault(wording, []):
            index[wording].append(key)

    def scores(self, group, label):
        """Return {field key: score} for one header cell."""
        result = {}

        def note(keys, score):
            for key in keys:
                if score > result.get(key, 0):
                    result[key] = score

        if not label:
            return result
        norm_group = normalise(group)
        bare_group = normalise(group, brackets=False)
        forms = (
            (normalise(label), self._labels, EXACT),
            (normalise(label, brackets=False), self._labels, BRACKET),
            (canonical(label), self._canonical, CANONICAL),
        )
        for text, index, score in forms:
            for key in index.get(text, ()):
                groups = self._groups[key]
                if not groups:
                    # Without a group of its own it may stand below any, less surely
                    note([key], score - 1 if norm_group else score)
                elif norm_group in groups or bare_group in groups:
                    note([key], score + 2)
        # One-level header that carries the group in its text, or a group that
        # belongs to the wording ("交强险" over "保单号" -> synonym "交强险保单号")
        note(self._joined.get(normalise(label), ()), EXACT + 1)
        note(self._joined.get(normalise(label, brackets=False), ()), EXACT)
        note(self._joined_canonical.get(canonical(label), ()), CANONICAL + 1)
        if norm_group:
            joined = norm_group + normalise(label)
            note(self._labels.get(joined, ()), EXACT_GROUP)
            note(self._joined.get(joined, ()), EXACT_GROUP)
        if not result:
            parts = [part for part in _EITHER.split(str(label)) if part.strip()]
            for part in parts if len(parts) > 1 else ():
                for key, score in self.scores(group, part).items():
                    note([key], min(score, BRACKET))
        return result

    def settle(self, scores):
        """Judge the fields that count only beside another one.

        :param scores: {column: {field key: score}}, changed in place
        """
        found = {
            key
            for column in scores.values()
            for key, score in column.items()
            if score >= BRACKET
        }
        for item in self.fields:
            if not item.beside:
                continue
            for column in scores.values():
                if item.key not in column:
                    continue
                if item.beside in found:
                    column[item.key] += EXACT_GROUP
                else:
                    del column[item.key]


def find_header(sheet, fields, vocabulary=None):
    """Find the header rows of a sheet and map its columns.

    :param sheet: `spreadsheet.Sheet`
    :param fields: `ImportField`s of the kind
    :param vocabulary: `Vocabulary(fields)`, to be reused over many sheets
    :return: `Header`, or None when no row looks like a header of this kind
    """
    vocabulary = vocabulary or Vocabulary(fields)
    fields = vocabulary.fields
    best = None
    for first in range(min(SEARCH_ROWS, len(sheet.rows))):
        for levels in (1, 2):
            last = first + levels - 1
            if last >= len(sheet.rows):
                continue
            labels = _labels(sheet, first, last)
            if labels is None:
                continue
            header = map_columns(labels, vocabulary)
            header.first_row, header.last_row = first, last
            rank = (header.score, -levels, -first)
            if best is None or rank > best[0]:
                best = (rank, header)
    if best is None:
        return None
    header = best[1]
    _decide_by_values(header, sheet, fields)
    recognised = len(header.mapping) + len(header.ambiguous)
    required = [item.key for item in fields if item.required]
    hit = sum(key in header.mapping for key in required)
    enough = recognised >= 3 or (recognised >= 2 and len(header.columns) <= 3)
    if recognised == 1 and len(header.columns) == 1:
        enough = True
    share = recognised / max(len(header.columns), 1)
    known = share >= MIN_SHARE or recognised >= 5 or (required and hit == len(required))
    if not enough or not known:
        return None
    return header


def _decide_by_values(header, sheet, fields):
    """Settle a wording that fits several fields by what stands below it.

    A field wins when nearly all cells can be its values and nearly none can be values
    of any other candidate; else the user is asked.
    """
    by_key = {item.key: item for item in fields}
    _leave_empty_twins(header, sheet)
    for col in list(header.ambiguous):
        cell = header.columns[col]
        shares = {
            key: _share(sheet, header.last_row + 1, col, by_key[key])
            for key in cell.candidates
            if key not in header.mapping
        }
        likely = [key for key, share in shares.items() if share and share >= LIKELY]
        if len(likely) != 1 or any(
            share is None or share > 1 - LIKELY
            for key, share in shares.items()
            if key != likely[0]
        ):
            continue
        cell.field_key, cell.candidates = likely[0], ()
        header.ambiguous.remove(col)


def _leave_empty_twins(header, sheet):
    """One wording over several columns of which at most one holds anything."""
    twins = {}
    for col in header.ambiguous:
        if len(header.columns[col].candidates) == 1:
            twins.setdefault(header.columns[col].candidates[0], []).append(col)
    for key, cols in twins.items():
        first = header.last_row + 1
        filled = [
            col
            for col in cols
            if any(
                cell is not None and cell.text.strip()
                for cell in (
                    sheet.cell(row, col) for row in range(first, len(sheet.rows))
                )
            )
        ]
        if len(filled) > 1 or len(cols) < 2:
            continue
        keeper = (filled or cols)[0]
        header.columns[keeper].field_key = key
        for col in cols:
            header.columns[col].candidates = ()
            header.ambiguous.remove(col)
            if col != keeper:
                header.unknown.append(col)


def _share(sheet, first, col, item):
    """Share of the cells of a column that can be values of a field, None unknown."""
    if item.type in _WORDLESS and not item.choices:
        return None
    known = {normalise(word) for word in item.choices}
    good = total = 0
    for row in range(first, len(sheet.rows)):
        cell = sheet.cell(row, col)
        if cell is None or not cell.text.strip():
            continue
        total += 1
        if known:
            good += normalise(cell.text) in known
        else:
            value, findings = coerce(cell, item, is_text=True)
            good += value is not None and all(found.applied for found in findings)
        if total >= VALUES_READ:
            break
    return good / total if total else None


def header_at(sheet, first_row, last_row, fields, vocabulary=None):
    """Map the columns of a header whose rows the user has given (from 0)."""
    vocabulary = vocabulary or Vocabulary(fields)
    labels = _labels(sheet, first_row, last_row) or {}
    header = map_columns(labels, vocabulary)
    header.first_row, header.last_row = first_row, last_row
    return header


def _labels(sheet, first, last):
    """Return {column: (group, label)} of the rows, None when they cannot be one."""
    lower = _texts(sheet, last)
    if first == last:
        if len(lower) < 1:
            return None
        return {col: ("", text) for col, text in lower.items()}
    upper = _texts(sheet, first)
    if not upper or not lower:
        return None
    # Range of each upper text: its merged range, else up to the next text
    merged = {
        (row, col): (last_row, last_col)
        for row, col, last_row, last_col in sheet.merges
        if row == first
    }
    labels = {}
    current = None
    current_end = -1
    for col in range(max([*upper, *lower]) + 1):
        if col in upper:
            current = upper[col]
            last_row, last_col = merged.get((first, col), (first, None))
            if last_row > first and last_row >= last:
                # merged over both levels: the text is the label
                labels[col] = ("", current)
                current, current_end = None, col
                continue
            # without merged ranges a group reaches to the next upper text
            current_end = last_col if last_col is not None else None
        in_group = current is not None and (current_end is None or col <= current_end)
        if col in lower:
            labels[col] = (current if in_group else "", lower[col])
        elif col in upper:
            labels[col] = ("", upper[col])
    if all(not group for group, _label in labels.values()):
        return None
    return labels


def _texts(sheet, row):
    """Return {column: text} of a row; only text cells can be header cells."""
    result = {}
    for col, cell in enumerate(sheet.rows[row]):
        if cell is not None and cell.text.strip() and len(cell.text) <= 60:
            result[col] = " ".join(cell.text.split())
    return result


def map_columns(labels, vocabulary):
    """Assign fields to header texts.

    :param labels: {column: (group, label)}
    :return: `Header` (rows are filled in by the caller)
    """
    header = Header(0, 0)
    scores = {}
    for col, (group, label) in sorted(labels.items()):
        header.columns[col] = HeaderCell(group, label)
        scores[col] = vocabulary.scores(group, label)
    vocabulary.settle(scores)
    # The surest pairs first; a field is given once, a column gets one field
    pairs = sorted(
        (
            (score, col, key)
            for col, found in scores.items()
            for key, score in found.items()
        ),
        key=lambda pair: -pair[0],
    )
    taken = {}
    index = 0
    while index < len(pairs):
        score = pairs[index][0]
        block = []
        while index < len(pairs) and pairs[index][0] == score:
            _score, col, key = pairs[index]
            index += 1
            cell = header.columns[col]
            if cell.field_key is None and not cell.candidates and key not in taken:
                block.append((col, key))
        columns_of, keys_of = {}, {}
        for col, key in block:
            columns_of.setdefault(key, []).append(col)
            keys_of.setdefault(col, []).append(key)
        for col, keys in keys_of.items():
            cell = header.columns[col]
            if len(keys) == 1 and len(columns_of[keys[0]]) == 1:
                cell.field_key, cell.score = keys[0], score
            else:
                cell.candidates, cell.score = tuple(sorted(keys)), score
        taken.update(dict.fromkeys(columns_of))
    for col, cell in header.columns.items():
        if cell.candidates:
            header.ambiguous.append(col)
        elif not cell.field_key:
            header.unknown.append(col)
    found = set(header.mapping)
    asked = {key for col in header.ambiguous for key in header.columns[col].candidates}
    header.missing = [
        item.key
        for item in vocabulary.fields
        if item.required and item.key not in found and item.key not in asked
    ]
    header.score = sum(
        cell.score + 10 for cell in header.columns.values() if cell.score
    )
    return header
