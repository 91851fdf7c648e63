import io

from matplotlib.figure import Figure
from matplotlib.text import Text

from singer_mm.visualization.save_figure import without_math

NAME = r'price $\no_math_200$.jpg'


def test_names_with_dollars_are_drawn_as_they_are():
    figure = Figure()
    left, right = figure.subplots(1, 2)
    left.set_title(NAME)
    left.set_xticks([0, 1], [NAME, 'b'])
    left.plot([0, 1], label=NAME)
    left.legend()
    left.text(0, 0, NAME)
    right.semilogy([1, 1000])
    assert without_math(figure) is figure
    figure.savefig(io.BytesIO(), format='png')
    named = [text for text in figure.findobj(Text) if text.get_text() == NAME]
    assert len(named) >= 4
    assert not any(text.get_parse_math() for text in named)
    powers = [text for text in right.get_yticklabels() if '10^' in text.get_text()]
    assert powers
    assert all(text.get_parse_math() for text in powers)
