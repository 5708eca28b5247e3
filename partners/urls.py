from django.urls import path

from partners.views import interest, public, start, steps

app_name = "partners"
urlpatterns = [
    path("klimapartner/", public.partner_list, name="list"),
    path("klimapartner/<slug:slug>/", public.partner_detail, name="detail"),
    path("klimapartner/<slug:slug>/logo/", public.partner_logo, name="logo"),
    path("initialpartner/", public.initial_partner_list, name="initial"),
    path("mitmachen/", public.how_to_join, name="how_to_join"),
    path("mitmachen/interesse/", interest.ask, name="interest"),
    path("mitmachen/interesse/eingang/", interest.receipt, name="interest_receipt"),
    path("mitmachen/antrag/", start.start, name="apply"),
    path("mitmachen/branchen/", steps.sectors, name="sectors"),
    path("mitmachen/link/", interest.link_request, name="link_request"),
    path("mitmachen/link/eingang/", interest.link_request_receipt, name="link_request_receipt"),
]
