"""Legal forms of organisations in Germany, as far as a pact tells them apart."""

from django.db import models


class LegalForm(models.TextChoices):
    SOLE = "sole", "Einzelunternehmen"
    EK = "ek", "eingetragener Kaufmann, eingetragene Kauffrau (e. K.)"
    GBR = "gbr", "GbR"
    OHG = "ohg", "OHG"
    KG = "kg", "KG"
    GMBH_KG = "gmbh_kg", "GmbH & Co. KG"
    PARTG = "partg", "Partnerschaftsgesellschaft"
    GMBH = "gmbh", "GmbH, auch gGmbH"
    UG = "ug", "UG (haftungsbeschränkt)"
    AG = "ag", "AG"
    SE = "se", "SE"
    EG = "eg", "eingetragene Genossenschaft (eG)"
    EV = "ev", "eingetragener Verein (e. V.)"
    FOUNDATION = "foundation", "Stiftung"
    PUBLIC = "public", "Körperschaft oder Anstalt des öffentlichen Rechts"
    OTHER = "other", "andere"
