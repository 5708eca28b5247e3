"""What does a PDF cost the worker, beside WeasyPrint alone on the same HTML in the same run?

    python -m bench.pdf [--documents N]

Exits 1 when it misses its goal. bench/README.md says how it is measured.
"""

import argparse
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from statistics import median, quantiles

from bench import place
from bench.process import cpu_during, cpu_seconds, database_cpu, free_port

GOAL = 1.15

PAGE = """{% extends "documents/base_pdf.html" %}
{% block title %}Vereinbarung der Musterbäckerei GmbH{% endblock %}
{% block header_note %}Fassung 1{% endblock %}
{% block footer_note %}SHA-256 des Inhalts: 096e24523e4b5c69bce7e049eb7a4efcb1d9b4ad48be0074650a622c57be45b4{% endblock %}
{% block content %}<h1>Vereinbarung</h1><p class="lead">zwischen der Stadt Musterstadt und der Musterbäckerei GmbH</p>
{% for clause in "123456" %}<h2>§ {{ clause }} Was wir vorhaben</h2>
{% for paragraph in "123" %}<p>({{ paragraph }}) {{ text }}</p>{% endfor %}{% endfor %}
<h2>Maßnahmen</h2><table><caption>Maßnahmen des Partners</caption>
<thead><tr><th scope="col">Maßnahme</th><th scope="col">Zeitraum</th><th scope="col" class="number">t CO₂e im Jahr</th></tr></thead>
<tbody>{% for row in rows %}<tr><th scope="row">Photovoltaik auf Halle {{ row }}</th><td>2026–2030</td><td class="number">1.234,5</td></tr>{% endfor %}</tbody></table>
<div class="signatures"><div class="signature"><p>für <strong>die Musterbäckerei GmbH</strong></p><p>Erika Muster</p></div>
<div class="signature"><p>für <strong>die Stadt Musterstadt</strong></p><p>Max Muster</p></div></div>{% endblock %}"""
TEXT = (
    "Die Unterzeichnenden verpflichten sich zur Treibhausgasneutralität und zur Berücksichtigung von"
    " Klimaschutzgesichtspunkten bei Investitionsentscheidungen. Sie berichten einander einmal im Jahr."
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=40)
    options = parser.parse_args()
    place.beside_postgres("bench.pdf")

    with place.portal(free_port()) as environ:
        took = _measure(environ["DATABASE_URL"], options.documents)
        _print_table(took)
    missed = took.ratio > GOAL
    if missed:
        sys.stdout.write(f"Missed: {took.ratio:.2f} > {GOAL}\n")
    return int(missed)


@dataclass
class Took:
    """CPU seconds of each document, and how large it became."""

    bare: list[float] = field(default_factory=list)
    portal: list[float] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)

    @property
    def ratios(self) -> list[float]:
        return [portal / bare for portal, bare in zip(self.portal, self.bare, strict=True)]

    @property
    def ratio(self) -> float:
        return median(self.ratios)


def _measure(url: str, documents: int) -> Took:
    """Measure the yardstick before and after each document, so that a machine that slows down slows both."""
    from bench import data
    from klimapakt.documents import archive

    data.create_pact()
    took = Took()
    archive.register("bench", lambda document: took.sizes.append(len(document.content)))
    for turn in range(3):  # then WeasyPrint, the fonts and the connection are loaded
        _order(f"warm-up {turn}")
        archive.render_next()
        _render_bare()
    took.sizes.clear()
    before = _cpu(_render_bare, url)
    for turn in range(documents):
        _order(f"document {turn}")
        took.portal.append(_cpu(archive.render_next, url))
        after = _cpu(_render_bare, url)
        took.bare.append((before + after) / 2)
        before = after
    if len(took.sizes) != documents:
        raise SystemExit("Not every document was made.")
    return took


def _order(key: str) -> None:
    from klimapakt.documents import archive
    from klimapakt.pact.models import Pact

    archive.order("bench", key=key, name=key, html=_page(), about=Pact.load(), is_kept=True)


def _render_bare() -> None:
    from klimapakt import pdf

    look = pdf.look()
    pdf.HTML(string=_page()).write_pdf(stylesheets=[look.style], font_config=look.fonts, pdf_variant="pdf/ua-1")


@cache
def _page() -> str:
    from django.template import engines

    return engines["django"].from_string(PAGE).render({"rows": range(1, 26), "text": TEXT})


def _cpu(work: Callable[[], object], url: str) -> float:
    """Return the CPU seconds of this process and of its database connection while `work` runs."""
    took = cpu_during(work, lambda: {os.getpid(): cpu_seconds(os.getpid())}, lambda: database_cpu(url))
    if took is None:
        raise SystemExit("The database connection was lost meanwhile.")
    return sum(took)


def _print_table(took: Took) -> None:
    status = Path("/proc/self/status").read_text()
    memory = int(status.partition("VmRSS:")[2].split()[0]) / 1024
    tenths = quantiles(took.ratios, n=10)
    sys.stdout.write(
        "| | CPU ms a document | × bare | eight of ten | goal |\n|---|---|---|---|---|\n"
        f"| WeasyPrint alone | {median(took.bare) * 1000:.0f} | 1.00 | | |\n"
        f"| claimed, rendered, filled | {median(took.portal) * 1000:.0f} | **{took.ratio:.2f}**"
        f" | {tenths[0]:.2f}–{tenths[-1]:.2f} | {GOAL} |\n\n"
        f"{median(took.sizes):,.0f} bytes each; {memory:.0f} MB in use by this process at the end.\n"
    )


if __name__ == "__main__":
    sys.exit(main())
