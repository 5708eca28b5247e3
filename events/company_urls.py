from django.urls import path

from events import company_views

app_name = "company_events"
urlpatterns = [
    path("<slug:slug>/", company_views.event, name="event"),
    path("<slug:slug>/anmelden/", company_views.register, name="register"),
    path("<slug:slug>/aendern/", company_views.change, name="change"),
    path("<slug:slug>/abmelden/", company_views.withdraw, name="withdraw"),
    path("<slug:slug>/absagen/", company_views.decline, name="decline"),
]
