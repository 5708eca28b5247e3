from django.urls import path

from klimapakt.mailbox import unsubscribe

app_name = "unsubscribe"
urlpatterns = [
    path("<str:token>/", unsubscribe.page, name="page"),
    path("<str:token>/wieder/", unsubscribe.undo, name="undo"),
]
