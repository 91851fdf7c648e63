from singer_mm.analysis.ablations.variant_table import columns_of, to_markdown, to_rich

MEASURED = {
    'FitNet': [{'distance': 0.5, 'knn/pets': 30.0}, {'distance': 0.7, 'knn/pets': 32.0}],
    'SiNGER': [{'distance': 0.25, 'norm ratio': 0.44, 'paper/nyud': 1.299}],
}


def test_columns_in_the_order_of_their_appearance():
    assert columns_of(MEASURED) == ['distance', 'knn/pets', 'norm ratio', 'paper/nyud']


def test_markdown_has_mean_and_deviation_over_seeds():
    assert to_markdown(MEASURED).splitlines() == [
        '| variant | distance | knn/pets | norm ratio | paper/nyud |',
        '| --- | ---: | ---: | ---: | ---: |',
        '| FitNet | 0.6 ± 0.1 | 31.0 ± 1 | – | – |',
        '| SiNGER | 0.25 | – | 0.44 | 1.3 |',
    ]


def test_the_terminal_shows_the_same_cells():
    assert to_rich(MEASURED).row_count == 2
