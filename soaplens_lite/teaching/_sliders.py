"""A figure with sliders; where widgets are not available, the same figure without them."""

import base64
import io
from collections.abc import Callable, Sequence

from matplotlib import pyplot as plt
from matplotlib.axes import Axes


class sliders:
    """
    Draw a figure again whenever a slider is moved.

    The result holds the interactive figure and a picture of it: a notebook in JupyterLab shows the first, a page or a
    program that has no widgets the second.

    Parameters
    ----------
    draw : callable
        Takes one keyword for each slider and returns the axes it drew.
    **values : sequence
        The values of each slider. The figure begins with the middle ones.

    Examples
    --------
    >>> def draw(n):
    ...     axes = plt.figure().subplots()
    ...     axes.plot(range(n))
    ...     return axes
    >>> sorted(sliders(draw, n=[2, 4, 8])._repr_mimebundle_())
    ['application/vnd.jupyter.widget-view+json', 'image/png', 'text/plain']
    """

    def __init__(self, draw: Callable[..., Axes], **values: Sequence) -> None:
        self.draw = draw
        self.values = {name: list(options) for name, options in values.items()}

    def _repr_mimebundle_(self, **_: object) -> dict:
        """The widget, and a picture for those who cannot show it."""
        import ipywidgets

        start = {name: options[len(options) // 2] for name, options in self.values.items()}
        controls = [
            ipywidgets.SelectionSlider(options=options, value=start[name], description=name, continuous_update=False)
            for name, options in self.values.items()
        ]
        picture = ipywidgets.Image(value=self._picture(start), format="png")

        def redraw(_):
            picture.value = self._picture({slider.description: slider.value for slider in controls})

        for slider in controls:
            slider.observe(redraw, names="value")
        self.box = ipywidgets.VBox([*controls, picture])
        return self.box._repr_mimebundle_() | {"image/png": base64.b64encode(picture.value).decode()}

    def _picture(self, values):
        """The figure for these values, as PNG."""
        figure, buffer = self.draw(**values).figure, io.BytesIO()
        figure.savefig(buffer, format="png", dpi=130, bbox_inches="tight")
        plt.close(figure)
        return buffer.getvalue()
