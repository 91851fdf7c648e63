"""The text of a value on the command line, and what it means."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

QUOTES = '\'"'
BRACKETS = {'[': ']', '(': ')'}


def parse_option(text: str, present: Any = None) -> Any:
    """Return the value that ``text`` stands for.

    A value in quotes is text, and so is what takes the place of text, but for ``None``, ``True``, ``False`` and lists
    in brackets: ``data_root=2024``, ``data_root=a,b`` and ``data_root=my photos`` are folders. Anything else is read as
    MMEngine does: numbers, flags and None by their look, ``[1, 2]`` and ``1,2`` as lists, ``(1, 2)`` as a tuple.

    Args:
        text: What stands behind ``KEY=``.
        present: The value that the config has now.

    Raises:
        ValueError: If a bracket or quote has no partner.
    """
    text = text.strip()
    inner = _unquoted(text)
    if inner is not None:
        # Scripts for MMEngine's own DictAction put quotes around lists, too.
        is_list = isinstance(present, list | tuple) and _in_brackets(inner.strip())
        return _parse(inner.strip()) if is_list else inner
    if isinstance(present, str) and not _in_brackets(text):
        word = _word(text)
        return word if word is None or isinstance(word, bool) else text
    return _parse(text)


def _parse(text: str) -> Any:
    inner = _unquoted(text)
    if inner is not None:
        return inner
    if _in_brackets(text):
        values = [_parse(part) for part in _split(text[1:-1])]
        return tuple(values) if text.startswith('(') else values
    parts = list(_split(text))
    is_list = len(parts) > 1 or text.endswith(',')
    return [_parse(part) for part in parts] if is_list else _word(text)


def _word(text: str) -> Any:
    """Return the number, flag or None that ``text`` looks like, or else ``text``."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return {'true': True, 'false': False}.get(text.lower(), None if text == 'None' else text)


def _unquoted(text: str) -> str | None:
    """Return what stands between two quotes that enclose the whole text; None if none do."""
    if len(text) > 1 and text[0] in QUOTES and text.find(text[0], 1) == len(text) - 1:
        return text[1:-1]
    return None


def _in_brackets(text: str) -> bool:
    """Tell whether the first bracket of ``text`` is closed by its last character."""
    if not text or BRACKETS.get(text[0]) != text[-1]:
        return False
    return all(depth > 0 for position, depth in _depths(text) if position < len(text) - 1)


def _split(text: str) -> Iterator[str]:
    """Yield the parts between the commas that stand outside of brackets and quotes; a trailing comma adds none."""
    start = 0
    for position, depth in _depths(text):
        if depth == 0 and text[position] == ',':
            yield text[start:position].strip()
            start = position + 1
    if text[start:].strip():
        yield text[start:].strip()


def _depths(text: str) -> Iterator[tuple[int, int]]:
    """Yield the position of each character outside of quotes, and how many brackets are open behind it.

    Raises:
        ValueError: If a bracket or quote has no partner.
    """
    expected: list[str] = []
    quote, before = '', ','
    for position, character in enumerate(text):
        if quote:
            quote = '' if character == quote else quote
            continue
        # An apostrophe within a word is none of a pair.
        if character in QUOTES and before in ',[(':
            quote = character
            continue
        if character in BRACKETS:
            expected.append(BRACKETS[character])
        elif character in BRACKETS.values() and (not expected or expected.pop() != character):
            raise ValueError(f'{character!r} closes no bracket')
        before = before if character == ' ' else character
        yield position, len(expected)
    if quote or expected:
        raise ValueError(f'{quote or expected[-1]!r} is missing')
