"""Imports point one way: the rooms of the package, from the ground up (docs/architecture.md shows them)."""

import ast
import re

import pytest
from conftest import ROOT

PACKAGE = ROOT / 'singer_mm'

FLOORS = [
    ('version', 'errors', 'registry', 'utils'),
    ('models', 'datasets', 'visualization'),
    ('evaluation', 'preparation', 'pages'),
    ('engine', 'mini'),
    ('libraries', 'downstream', 'export'),
    ('runs',),
    ('analysis',),
    ('benchmark',),
]
"""A room imports from lower floors and from itself; on one floor the rooms do not know each other."""

LEAF = 'visualization'
"""Imports nothing but utils, so that any room may draw."""


def imported(path):
    """Return the rooms that a file imports."""
    package = path.relative_to(ROOT).parent.parts
    rooms = set()
    for node in ast.walk(ast.parse(path.read_text())):
        names = []
        if isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = '.'.join([*base, *([node.module] if node.module else [])])
            names = [module, *(f'{module}.{alias.name}' for alias in node.names)]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        rooms |= {name.split('.')[1] for name in names if name.startswith('singer_mm.')}
    return rooms & set(sum(FLOORS, ()))


def floor_of(room):
    return next(floor for floor, rooms in enumerate(FLOORS) if room in rooms)


def test_every_room_has_a_floor():
    rooms = {path.stem for path in PACKAGE.iterdir() if path.name not in ('__init__.py', '__pycache__')}
    assert rooms == set(sum(FLOORS, ()))


@pytest.mark.parametrize('room', sorted(set(sum(FLOORS[1:], ()))))
def test_no_arrow_points_up(room):
    for path in (PACKAGE / room).rglob('*.py'):
        wrong = {other for other in imported(path) - {room} if floor_of(other) >= floor_of(room)}
        assert not wrong, f'{path.relative_to(ROOT)} imports {wrong}, which stand no lower than {room}'


def test_the_ground_floor_imports_nothing_above():
    for path in [*PACKAGE.glob('*.py'), *(PACKAGE / 'utils').rglob('*.py')]:
        assert imported(path) <= set(FLOORS[0]), path


def test_drawing_is_a_leaf():
    for path in (PACKAGE / LEAF).rglob('*.py'):
        assert imported(path) <= {LEAF, 'utils'}, path


def test_the_picture_of_the_rooms_is_this_one():
    text = (ROOT / 'docs' / 'architecture.md').read_text()
    positions = [text.index(f'`{room}/`') for floor in FLOORS[1:] for room in floor]
    assert all(position > 0 for position in positions)


def test_the_files_of_the_page_exist():
    names = re.findall(r'`([\w/]+\.py)`', (ROOT / 'docs' / 'architecture.md').read_text())
    assert len(names) > 30
    missing = [name for name in names if not ((ROOT / name).exists() or (PACKAGE / name).exists())]
    assert not missing
