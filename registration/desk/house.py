"""The login that people have in their house anyway, by OpenID Connect: allauth talks to it, and who comes first that
way is known here and may do nothing. Whoever came that way logs out there, too, by OpenID Connect RP-Initiated Logout
1.0."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal.httpkit import add_query_params
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect import views
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from requests import RequestException

from registration.desk import second_step

HOUSE = "haus"
# What allauth lets through of a house that is out of reach, or says what nobody can read.
_OUT_OF_ORDER = (RequestException, OAuth2Error, AttributeError, KeyError, TypeError, ValueError)
_ID_TOKEN = "house_id_token"  # noqa: S105 - where it stands in the session, for logging out


class HouseAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Goes our own way as soon as the house has said who it is, or that it will not."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        raise ImmediateHttpResponse(enter(request, sociallogin, timezone.now()))

    def on_authentication_error(self, request: HttpRequest, provider: Any, **kwargs: Any) -> None:
        raise ImmediateHttpResponse(refused(request))


class _House(views.OpenIDConnectOAuth2Adapter):  # type: ignore[misc]
    def parse_token(self, data: dict[str, Any]) -> Any:
        token = super().parse_token(data)
        token.id_token = data.get("id_token", "")
        return token


def _callback(request: HttpRequest, provider_id: str) -> HttpResponse:
    """As allauth's, which forgets the token that says who came."""
    answer: HttpResponse = OAuth2CallbackView.adapter_view(_House(request, provider_id))(request)
    return answer


def _in_words(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    @wraps(view)
    def answer(request: HttpRequest, provider_id: str) -> HttpResponse:
        if provider_id != HOUSE:  # allauth would take its own name for it too
            raise Http404
        try:
            return view(request, provider_id)
        except _OUT_OF_ORDER:
            return refused(request)

    return answer


login = require_POST(_in_words(views.login))
callback = require_safe(_in_words(_callback))


def enter(request: HttpRequest, came: Any, now: datetime) -> HttpResponse:
    """Go on with whom the house has named, as after a password; `came` is allauth's SocialLogin."""
    try:
        user = _known(came)
    except IntegrityError:  # somebody of this name came at the same moment
        return refused(request)
    if not user.is_active:
        return refused(request)
    user.backend = settings.AUTHENTICATION_BACKENDS[0]
    to = came.state.get("next") or ""
    if not url_has_allowed_host_and_scheme(to, None):
        to = reverse("admin:index")
    response = second_step.begin(request, user, to, now)
    request.session[_ID_TOKEN] = came.token.id_token
    return response


def leaving_it_too(logout: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Whoever came from the house is logged out here, then led there to log out, and comes back."""

    @wraps(logout)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        id_token = request.session.get(_ID_TOKEN)
        response = logout(request, *args, **kwargs)
        if id_token is None or _ID_TOKEN in request.session:
            return response
        try:
            return redirect(_exit(request, id_token))
        except _OUT_OF_ORDER:
            messages.warning(
                request,
                _(
                    "In your house you may still be logged in. On a computer that others use, please log out there too,"
                    " or close the browser."
                ),
            )
            return response

    return answer


def _exit(request: HttpRequest, id_token: str) -> str:
    """Where the house logs somebody out and leads back here. Raises KeyError without such an address, and ValueError
    where the browser would not follow: forms lead to the house's own origin alone."""
    found: str = views.OpenIDConnectOAuth2Adapter(request, HOUSE).openid_config["end_session_endpoint"]
    if urlsplit(found)[:2] != urlsplit(settings.OIDC["OIDC_ISSUER"])[:2]:
        raise ValueError(found)
    back = str(settings.SITE_URL) + reverse("admin:login")
    asked = {"client_id": settings.OIDC["OIDC_CLIENT_ID"], "id_token_hint": id_token, "post_logout_redirect_uri": back}
    return str(add_query_params(found, {name: value for name, value in asked.items() if value}))


def refused(request: HttpRequest) -> HttpResponse:
    messages.error(request, _("Your house did not let you in. Please try again, or log in with your password."))
    return redirect("admin:login")


@transaction.atomic
def _known(came: Any) -> User:
    """Never whoever has the same address here: by it alone, a house could take over any login. Of what the house tells,
    only who it is stays."""
    user: User = came.user
    if not came.is_existing:
        user = User(
            username=_free(user.username or user.email.partition("@")[0] or "haus"),
            email=user.email,
            first_name=user.first_name[:150],
            last_name=user.last_name[:150],
        )
        user.set_unusable_password()
        user.save()
        came.account.user = user
        came.account.save()
    SocialAccount.objects.filter(pk=came.account.pk).update(extra_data={})
    return user


def _free(name: str) -> str:
    """A user name like this one that nobody has."""
    name, number = name[:140], 1
    found = name
    while User.objects.filter(username__iexact=found).exists():
        number += 1
        found = f"{name}-{number}"
    return found
