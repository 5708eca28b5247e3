from django.urls import path

from partners import company_views

app_name = "company"
urlpatterns = [
    path("", company_views.partner, name="partner"),
    path("einwilligung/<str:purpose>/widerrufen/", company_views.withdraw_consent, name="withdraw_consent"),
    path("einwilligung/<str:purpose>/erteilen/", company_views.give_consent, name="give_consent"),
    path("antrag/", company_views.application, name="application"),
    path("antrag/antwort/", company_views.answer, name="answer"),
    path("antrag/zurueckziehen/", company_views.withdraw, name="withdraw"),
]
