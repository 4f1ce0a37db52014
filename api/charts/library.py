"""The scripts that draw figures in a browser: a page that carries them needs no network."""

from importlib import resources

from plotly.offline import get_plotlyjs


def plotly_script() -> str:
    """Plotly's own script, whole, as it stands between ``<script>`` tags."""
    return str(get_plotlyjs())


def ink_script() -> str:
    """``inked(layout, size, narrow)``: a figure's layout in the colours of the page's style, with
    letters of that size, and room for a narrow page."""
    return resources.files("api.charts").joinpath("ink.js").read_text("utf-8")
