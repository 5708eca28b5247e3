from django.urls import path

from klimapakt.newsletter import views

app_name = "newsletter"
urlpatterns = [
    path("", views.subscribe, name="subscribe"),
    path("eingang/", views.receipt, name="receipt"),
    path("bestaetigt/", views.confirmed, name="confirmed"),
]
