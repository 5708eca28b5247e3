"""All addresses. The paths are fixed, so that links in the wild keep working."""

from django.contrib import admin
from django.urls import include, path

from klimapakt import health
from klimapakt.website import errors

urlpatterns = [
    path("", include("klimapakt.website.urls")),
    path("", include("partners.urls")),
    path("veranstaltungen/", include("events.urls")),
    path("aktuelles/newsletter/", include("klimapakt.newsletter.urls")),
    path("mein-klimapakt/vereinbarung/", include("agreements.company_urls")),
    path("mein-klimapakt/veranstaltung/", include("events.company_urls")),
    path("mein-klimapakt/", include("partners.company_urls")),
    path("", include("klimapakt.links.urls")),
    path("abbestellen/", include("klimapakt.mailbox.unsubscribe_urls")),
    path("postfach/", include("klimapakt.mailbox.urls")),
    path("admin/", admin.site.urls),
    path("health/live", health.live, name="live"),
    path("health/ready", health.ready, name="ready"),
]

handler400 = errors.bad_request
handler403 = errors.permission_denied
handler404 = errors.not_found
handler500 = errors.server_error
