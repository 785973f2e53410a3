from django.contrib.admin.apps import AdminConfig


class DeskConfig(AdminConfig):
    """Django's admin, with the organisers' desk in front of it."""

    default_site = "registration.desk.site.Desk"
