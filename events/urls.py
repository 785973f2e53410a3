from django.urls import path

from events import views
from events.models import LegalPage

app_name = "events"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("kalender.ics", views.feed, name="feed"),
    path("impressum/", views.legal_page, {"key": LegalPage.Key.IMPRINT}, name="imprint"),
    path("datenschutz/", views.legal_page, {"key": LegalPage.Key.PRIVACY}, name="privacy"),
    path("barrierefreiheit/", views.legal_page, {"key": LegalPage.Key.ACCESSIBILITY}, name="accessibility"),
    path("media/<path:name>", views.picture, name="picture"),
    path("<slug:slug>/vorschau.png", views.preview, name="preview"),
    path("<slug:slug>/livestream/", views.livestream, {"stream": "livestream_url"}, name="livestream"),
    path(
        "<slug:slug>/livestream/untertitel/",
        views.livestream,
        {"stream": "livestream_captions_url"},
        name="livestream_captions",
    ),
    path(
        "<slug:slug>/livestream/gebaerdensprache/",
        views.livestream,
        {"stream": "livestream_sign_language_url"},
        name="livestream_sign_language",
    ),
    path("<slug:slug>/kalender.ics", views.event_calendar, name="event_calendar"),
]
