"""The numbers of Tables 2 to 8 of the SiNGER paper, with their sources."""

from dataclasses import dataclass

SOURCES = ('picture', 'poster', 'slides', 'third party')
"""``picture``: the paper's own table, on the authors' project page. We did not have the paper's full text."""


@dataclass(frozen=True)
class PublishedNumber:
    """One number of a table.

    Attributes:
        table: Number of the table in the paper, such as ``5a``.
        row: The measured network or layer.
        quantity: The measured quantity.
        statistic: ``value`` or, over images or tokens, ``mean``, ``std``, ``median`` or ``p95``.
        value: The number.
        source: One of :data:`SOURCES`.
        subset: Whether the networks were trained on the authors' subset of ImageNet, which was never released; None if
            unknown. Numbers of a subset cannot be compared with those of full data.
    """

    table: str
    row: str
    quantity: str
    statistic: str
    value: float
    source: str
    subset: bool | None


MEAN_STD_MEDIAN = ('mean', 'std', 'median')

# Number of the table, source, whether of the subset, quantity and statistic of each column, numbers of each row.
_Table = tuple[str, str, bool | None, list[tuple[str, str]], dict[str, tuple[float, ...]]]
_TABLES: tuple[_Table, ...] = (
    # Teacher and student. The slides give no scale: see docs/the_papers_other_tables.md.
    (
        '2',
        'slides',
        None,
        [('Gram distance', 'value'), ('CKA', 'value')],
        {'FitNet': (0.237, 0.732), 'ViTKD': (0.520, 0.745), 'SiNGER': (0.130, 0.660)},
    ),
    (
        '3',
        'picture',
        None,
        [('cosine of patches', statistic) for statistic in MEAN_STD_MEDIAN],
        {
            'layer 17, teacher and refined': (0.9566, 0.0038, 0.9569),
            'layer 18, teacher and refined': (0.9731, 0.0021, 0.9732),
        },
    ),
    # Accuracies of 11 % after a whole training: the files of these runs say SUBSET.
    (
        '4',
        'picture',
        True,
        [('IN-val top-1', 'value'), ('ADE20K mIoU', 'value'), ('NYUd RMSE', 'value')],
        {
            'random start, no losses': (10.83, 4.35, 1.3048),
            'nullspace, no losses': (10.57, 4.32, 1.1943),
            'nullspace, outlier loss': (11.04, 4.77, 1.1870),
            'nullspace, info loss': (11.06, 4.38, 1.1870),
            'nullspace, both losses': (11.57, 4.99, 1.1690),
        },
    ),
    (
        '5a',
        'picture',
        None,
        [('E_prob', 'value'), ('E_safe', 'value')],
        {
            'layer 17, up, random': (0.2565, 0.2532),
            'layer 17, up, SiNGER': (0.1479, 0.8337),
            'layer 23, up, random': (0.2537, 0.2541),
            'layer 23, up, SiNGER': (0.1833, 0.7589),
            'layer 17, down, random': (0.3100, 0.2494),
            'layer 17, down, SiNGER': (0.2847, 0.5485),
            'layer 23, down, random': (0.3025, 0.2641),
            'layer 23, down, SiNGER': (0.2746, 0.5774),
        },
    ),
    # The slides misprint two of these means (12.22 and 73.36).
    (
        '5b',
        'picture',
        None,
        [('Gram distance', statistic) for statistic in MEAN_STD_MEDIAN],
        {
            'teacher and refined, outlier loss': (14.22, 1.45, 14.28),
            'teacher and refined, both losses': (7.25, 0.84, 7.19),
            'teacher and student, outlier loss': (72.36, 7.61, 71.85),
            'teacher and student, both losses': (41.71, 7.01, 40.89),
        },
    ),
    # Of the teacher alone, without any training.
    (
        '7',
        'poster',
        False,
        [('ratio', statistic) for statistic in ('mean', 'median', 'p95')],
        {
            'G_FFN1': (0.0719, 0.0714, 0.0844),
            'G_FFN2': (0.7988, 0.7945, 0.8571),
            'change by FFN': (0.1871, 0.1852, 0.2210),
            'change by attention': (0.1417, 0.1415, 0.1611),
        },
    ),
    (
        '8',
        'poster',
        False,
        [('L2', 'value'), ('cosine', 'value'), ('CKA', 'value')],
        {'surrogate': (0.169, 0.9787, 0.9975), 'Jacobian': (0.191, 0.9564, 0.9947)},
    ),
)
PUBLISHED = tuple(
    PublishedNumber(table, row, quantity, statistic, value, source, subset)
    for table, source, subset, columns, rows in _TABLES
    for row, values in rows.items()
    for (quantity, statistic), value in zip(columns, values, strict=True)
)
"""All known numbers of Tables 2 to 8. No source has Table 6; Figure 5 shows Table 7."""
