from django.urls import path

from klimapakt.links import views

app_name = "links"
urlpatterns = [path("z/<str:token>/", views.open, name="open")]
