"""Pages to be rendered: one with everything a document may have, and one with a single text."""

from django.template import engines

from klimapakt.pact.models import Pact

RICH = """{% extends "documents/base_pdf.html" %}
{% block title %}Vereinbarung der Musterbäckerei GmbH{% endblock %}
{% block header_note %}Fassung 2{% endblock %}
{% block footer_note %}SHA-256 des Inhalts: {{ sha256 }}{% endblock %}
{% block content %}
<h1>Vereinbarung</h1>
<p class="lead">zwischen der Stadt Musterstadt und der Musterbäckerei GmbH</p>
<section aria-labelledby="ziele"><h2 id="ziele">§&nbsp;1 Ziele</h2>
<p class="numbered"><span class="numbered__number">(1)</span> {{ clause }} Siehe <a href="#massnahmen">Maßnahmen</a> und
<a href="https://www.musterstadt.example/">die Seite der Stadt</a>.</p>
<p class="numbered"><span class="numbered__number">(2)</span> <em>Sofort</em> und <strong>ohne Ausnahme</strong>: {{ clause }}</p>
</section>
<dl class="facts"><dt>Laufzeit</dt><dd>5 Jahre</dd><dt>Ansprechperson</dt><dd>{{ name }}</dd></dl>
<ul><li>erstens<ul><li>davon dies</li></ul></li><li>zweitens</li></ul>
<ol><li>eins</li><li>zwei</li></ol>
<h2 id="massnahmen">§&nbsp;2 Maßnahmen</h2>
<table class="numbers"><caption>Maßnahmen des Partners</caption>
<thead><tr><th scope="col">Maßnahme</th><th scope="col">Zeitraum</th><th scope="col" class="number">t CO₂e im Jahr</th></tr></thead>
<tbody>{% for number in rows %}<tr><th scope="row">Photovoltaik auf Halle {{ number }}</th><td>2026–2030</td><td class="number">1.234,5</td></tr>{% endfor %}</tbody>
<tfoot><tr><th scope="row" colspan="2">zusammen</th><td class="number">12.345,0</td></tr></tfoot></table>
<h2>Unterschriften</h2>
<div class="signatures"><div class="signature"><p>für <strong>die Musterbäckerei GmbH</strong></p><p class="signature__name">Erika Muster</p>
<p class="note">mit einem Code per E-Mail</p></div><div class="signature"><h3>Für die Stadt</h3><p class="line">Ort, Datum, Unterschrift</p></div></div>
<img alt="Ein grüner Punkt" width="10" height="10" src="data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPj/HwADBwIAMCbHYQAAAABJRU5ErkJggg==">
{% endblock %}"""

CLAUSE = (
    "Die Unterzeichnenden verpflichten sich zur Treibhausgasneutralität und zur Berücksichtigung von"
    " Klimaschutzgesichtspunkten bei Investitionsentscheidungen sowie zur Umsetzungsberichterstattung."
)

PLAIN = """{% extends "documents/base_pdf.html" %}
{% block title %}Ein Blatt{% endblock %}
{% block content %}<h1>Ein Blatt</h1><p>{{ text }}</p>{% endblock %}"""


def rich_page(*, name: str = "Erika Muster", rows: int = 40) -> str:
    """Return a page with every element that documents use; `rows` makes it long."""
    context = {"name": name, "rows": range(1, rows + 1), "clause": CLAUSE, "sha256": "0123456789abcdef" * 4}
    return _filled(RICH, **context)


def plain_page(text: str = "Guten Tag.") -> str:
    return _filled(PLAIN, text=text)


def _filled(source: str, **context: object) -> str:
    return engines["django"].from_string(source).render({"pact": Pact(name="Klimapakt Musterstadt"), **context})
