from django.urls import path

from partners import views

app_name = "partners"
urlpatterns = [
    path("klimapartner/", views.partner_list, name="list"),
    path("klimapartner/<slug:slug>/", views.partner_detail, name="detail"),
    path("initialpartner/", views.initial_partner_list, name="initial"),
    path("mitmachen/", views.how_to_join, name="how_to_join"),
    path("mitmachen/antrag/", views.apply, name="apply"),
    path("mitmachen/antrag/eingang/", views.receipt, name="receipt"),
    path("mitmachen/antrag/eingang/adresse/", views.mend_address, name="mend_address"),
]
