from django.urls import path

from klimapakt.mailbox import views

app_name = "mailbox"
urlpatterns = [
    path("", views.sent_mails, name="list"),
    path("<str:key>/", views.sent_mail, name="detail"),
    path("<str:key>/html/", views.sent_mail_html, name="html"),
    path("<str:key>/anhang/<int:number>/", views.attachment, name="attachment"),
]
