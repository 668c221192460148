"""A year of made-up weather: pandas for the numbers, a chart to look at them."""

import math

import altair as alt
import pandas as pd
import streamlit as st

CITIES = {"Lisbon": (17.5, 6.0), "Oslo": (6.5, 11.0), "Nairobi": (19.0, 1.5), "Wellington": (13.0, -4.0)}


@st.cache_data
def temperatures() -> pd.DataFrame:
    days = pd.date_range("2025-01-01", "2025-12-31", name="day")
    season = pd.Series([-math.cos(2 * math.pi * day / 365) for day in range(len(days))], index=days)
    weather = pd.Series([math.sin(day * day / 97) for day in range(len(days))], index=days)
    return pd.DataFrame({city: mean + swing * season + 2 * weather for city, (mean, swing) in CITIES.items()})


st.set_page_config(page_title="Weather", page_icon="🌤️", layout="wide")
st.title("A year of weather")
st.caption("Invented, but plausible: the temperature in four cities.")

cities = st.multiselect("Cities", list(CITIES), default=["Lisbon", "Oslo"])
window = st.slider("Average over days", 1, 60, 14)

if not cities:
    st.info("Choose a city.")
    st.stop()

smooth = temperatures()[cities].rolling(window, min_periods=1, center=True).mean().round(1)
columns = st.columns(len(cities))
for column, city in zip(columns, cities, strict=True):
    column.metric(city, f"{smooth[city].mean():.1f} °C", f"{smooth[city].max() - smooth[city].min():.1f} °C range", "off")

long = smooth.reset_index().melt("day", var_name="city", value_name="celsius")
chart = alt.Chart(long).mark_line().encode(
    x=alt.X("day:T", title=None), y=alt.Y("celsius:Q", title="°C"), color=alt.Color("city:N", title=None)
)
st.altair_chart(chart)

with st.expander("The numbers by month"):
    st.dataframe(smooth.resample("MS").mean().round(1))
