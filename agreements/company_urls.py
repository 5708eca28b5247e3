from django.urls import path

from agreements import company_views

app_name = "agreements"
urlpatterns = [
    path("", company_views.agreement, name="agreement"),
    path("pdf/", company_views.file, name="file"),
    path("code/", company_views.send_code, name="send_code"),
    path("unterschreiben/", company_views.sign, name="sign"),
    path("aenderung/", company_views.request_change, name="request_change"),
    path("ablehnen/", company_views.decline, name="decline"),
    path("dokument/<str:sha256>/", company_views.file_of_company, name="file_of_company"),
]
