from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RegistrationConfig(AppConfig):
    name = "registration"
    verbose_name = _("Registration")

    def ready(self) -> None:
        """An event's page shows the seats."""
        from events import views
        from registration.booking import headcount

        views.SHOWN_TOO["headcount"] = headcount
