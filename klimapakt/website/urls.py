from django.urls import path

from klimapakt.website import views

app_name = "website"
urlpatterns = [
    path("", views.start, name="start"),
    path("wirkung/", views.impact, name="impact"),
    path("impressum/", views.imprint, name="imprint"),
    path("datenschutz/", views.privacy, name="privacy"),
    path("barrierefreiheit/", views.accessibility, name="accessibility"),
    path("favicon.ico", views.favicon, name="favicon"),
    path("robots.txt", views.robots, name="robots"),
    path("sitemap.xml", views.sitemap, name="sitemap"),
]
