"""The script that draws figures in a browser: a page that carries it needs no network."""

from plotly.offline import get_plotlyjs


def plotly_script() -> str:
    """Plotly's own script, whole, as it stands between ``<script>`` tags."""
    return str(get_plotlyjs())
