"""Recognise shortened and misspelt names of colleagues. Pure functions."""

import re
import unicodedata

# Forms of address put before a surname: 小何, 阿何, 老何
_NICK = re.compile(r"[小阿老大]([\u4e00-\u9fff])")
# and behind it: 何经理
_TITLE = re.compile(r"([\u4e00-\u9fff])(?:经理|主管|专员|顾问|总|姐|哥|工|师傅)")
_HAN = re.compile(r"[\u4e00-\u9fff]+")
# A misspelling is rare beside the right writing
RARE = 3


def clean_name(name):
    """Return the name without outer and double blanks, full-width made half."""
    text = unicodedata.normalize("NFKC", str(name or ""))
    text = re.sub(r"[\u200b-\u200f\u2060\ufeff]", "", text)
    return re.sub(r"\s+", " ", text).strip()


def variant_of(name, known_counts):
    """Return the full name that a shortened or misspelt name stands for.

    Understood are: blanks inside ("罗敏 怡"), a nickname of the surname ("小何"), the
    given name alone ("绮雯"), one wrong character of at least three. The answer must be
    the only one that fits, else nothing is said.

    :param name: name as typed
    :param known_counts: {full name: how often it is written}; names known from master
        data count as often as the caller likes
    :return: the full name, None when the name is right, unknown or not unique
    """
    text = clean_name(name)
    if not text:
        return None
    known = {clean_name(item): count for item, count in known_counts.items() if item}
    own = known.get(text, 0)
    if " " in text:
        joined = text.replace(" ", "")
        if _HAN.fullmatch(joined):
            return joined if known.get(joined) else None
    if not _HAN.fullmatch(text):
        return None
    full = [item for item in known if item != text and _HAN.fullmatch(item)]
    if match := _NICK.fullmatch(text) or _TITLE.fullmatch(text):
        surname = match.group(1)
        return _only(
            item
            for item in full
            if item.startswith(surname)
            and len(item) >= 2
            and not _NICK.fullmatch(item)
            and not _TITLE.fullmatch(item)
            and known[item] >= own
        )
    if len(text) == 2:
        # given name without the surname
        return _only(
            item
            for item in full
            if len(item) == 3 and item.endswith(text) and known[item] > own
        )
    if len(text) >= 3 and own < RARE:
        return _only(
            item
            for item in full
            if len(item) == len(text)
            and known[item] >= RARE * max(own, 1)
            and sum(a != b for a, b in zip(item, text, strict=True)) == 1
        )
    return None


def _only(items):
    """Return the single item, None when there is none or more than one."""
    found = set(items)
    return found.pop() if len(found) == 1 else None
