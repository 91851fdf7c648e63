"""The meaning of a value's text on the command line."""

from collections.abc import Iterator
from typing import Any

QUOTES = '\'"'
BRACKETS = {'[': ']', '(': ')'}


def parse_option(text: str, present: Any = None) -> Any:
    """Return the value of ``text`` in ``KEY=text``; ``present`` is the value that the config has now.

    A value in quotes is text. A value that replaces text is text, too, except ``None``, ``True``, ``False`` and lists
    in brackets: ``data_root=2024``, ``data_root=a,b`` and ``data_root=my photos`` are folders. All other values are
    read as in MMEngine: numbers, flags and None as such, ``[1, 2]`` and ``1,2`` as lists, ``(1, 2)`` as a tuple.

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
    """Return the number, flag or None in ``text``, or else ``text``."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return {'true': True, 'false': False}.get(text.lower(), None if text == 'None' else text)


def _unquoted(text: str) -> str | None:
    """Return the text between two quotes around the whole text; None without such quotes."""
    if len(text) > 1 and text[0] in QUOTES and text.find(text[0], 1) == len(text) - 1:
        return text[1:-1]
    return None


def _in_brackets(text: str) -> bool:
    """Return whether the last character of ``text`` closes the bracket at its start."""
    if not text or BRACKETS.get(text[0]) != text[-1]:
        return False
    return all(depth > 0 for position, depth in _depths(text) if position < len(text) - 1)


def _split(text: str) -> Iterator[str]:
    """Yield the parts between commas outside of brackets and quotes; a trailing comma adds no part."""
    start = 0
    for position, depth in _depths(text):
        if depth == 0 and text[position] == ',':
            yield text[start:position].strip()
            start = position + 1
    if text[start:].strip():
        yield text[start:].strip()


def _depths(text: str) -> Iterator[tuple[int, int]]:
    """Yield the position of each character outside of quotes, and the number of open brackets after it.

    Raises:
        ValueError: If a bracket or quote has no partner.
    """
    expected: list[str] = []
    quote, before = '', ','
    for position, character in enumerate(text):
        if quote:
            quote = '' if character == quote else quote
            continue
        # An apostrophe within a word is no quote.
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
