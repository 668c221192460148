"""Explore the planets: choose two measures, see them against each other."""

import pandas as pd
import plotly.express as px
from dash import Dash, Input, Output, callback, dcc, html

PLANETS = pd.DataFrame(
    {
        "planet": ["Mercury", "Venus", "Earth", "Mars", "Jupiter", "Saturn", "Uranus", "Neptune"],
        "distance from the sun (AU)": [0.39, 0.72, 1.0, 1.52, 5.2, 9.58, 19.2, 30.1],
        "diameter (km)": [4879, 12104, 12756, 6792, 142984, 120536, 51118, 49528],
        "mass (Earths)": [0.055, 0.815, 1.0, 0.107, 317.8, 95.2, 14.5, 17.1],
        "orbit (years)": [0.24, 0.62, 1.0, 1.88, 11.9, 29.4, 84.0, 164.8],
        "moons": [0, 0, 1, 2, 97, 274, 28, 16],
    }
)
MEASURES = [column for column in PLANETS.columns if column != "planet"]

app = Dash(__name__, title="Planets")
server = app.server

app.layout = html.Main(
    [
        html.H1("Planets"),
        html.P("Choose what to set against what. Both scales are logarithmic, so a law of powers is a line."),
        html.Div(
            [
                html.Label(["Across", dcc.Dropdown(MEASURES, MEASURES[0], id="x", clearable=False)]),
                html.Label(["Up", dcc.Dropdown(MEASURES, "orbit (years)", id="y", clearable=False)]),
            ],
            className="controls",
        ),
        dcc.Graph(id="chart", config={"displayModeBar": False}),
    ]
)


@callback(Output("chart", "figure"), Input("x", "value"), Input("y", "value"))
def draw(x: str, y: str):
    visible = PLANETS[(PLANETS[x] > 0) & (PLANETS[y] > 0)]
    figure = px.scatter(visible, x=x, y=y, text="planet", log_x=True, log_y=True, template="plotly_white")
    figure.update_traces(marker={"size": 14, "color": "#6b4fd8"}, textposition="top center")
    return figure.update_layout(margin={"t": 20, "r": 20}, font={"family": "system-ui, sans-serif"})
