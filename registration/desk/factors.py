"""One's own second factor: set up, shown, replaced and taken away."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import generate_totp_secret
from allauth.mfa.utils import decrypt, encrypt
from cryptography.fernet import InvalidToken
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from events import plaintext
from events.bounds import is_key
from registration import logins, second_factor
from registration.desk import passkeys
from registration.desk.asking import ask
from registration.desk.frame import DeskRequest, View, page
from registration.forms.second_factor import FirstCodeForm

_SECRET, _SHOWN = "second_factor_secret", "second_factor_codes"


def confirmed(view: View) -> View:
    """Whoever has a factor gives one before changing anything about them."""

    @wraps(view)
    def answer(request: DeskRequest, **kwargs: Any) -> HttpResponse:
        if second_factor.is_set_up(request.user) and not second_factor.is_fresh(request, timezone.now()):
            return _to_confirm(request.path)
        return view(request, **kwargs)

    return answer


def _to_confirm(then: str, *, but: Authenticator | None = None) -> HttpResponse:
    query = {"next": then} | ({"ohne": str(but.pk)} if but else {})
    return redirect(f"{reverse('admin:second_factor_confirm')}?{urlencode(query)}")


@require_safe
def overview(request: DeskRequest) -> HttpResponse:
    return page(
        request,
        "second_factor",
        _("Second factor"),
        factors=[(factor, second_factor.in_words(factor)) for factor in second_factor.factors(request.user)],
        has_app=second_factor.factors(request.user).filter(type=second_factor.Type.TOTP).exists(),
        codes_left=len(second_factor.recovery_codes(request.user)),
        must=second_factor.state(request) is second_factor.State.TO_SET_UP,
        came_with_a_recovery_code=second_factor.came_with_a_recovery_code(request),
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: DeskRequest) -> HttpResponse:
    """Give a factor once more; in `ohne`, the key of one that does not count."""
    then, but, now = request.GET.get("next", ""), request.GET.get("ohne", ""), timezone.now()
    if not then or not url_has_allowed_host_and_scheme(then, None):
        then = reverse("admin:second_factor")
    key = int(but) if is_key(but) else None
    asked = ask(request, request.user, now, but=key)
    if asked.factor is not None:
        second_factor.note_given(request, asked.factor, now)
        return HttpResponseRedirect(then)
    title = _("Confirm with another factor") if key else _("Confirm with your second factor")
    return page(request, "second_factor_confirm", title, status=asked.form.status, but=key, **vars(asked))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@confirmed
def app(request: DeskRequest) -> HttpResponse:
    """Show the secret to an app, and take the code that it makes of it."""
    secret, now = _secret(request), timezone.now()
    form = FirstCodeForm(request.POST if request.method == "POST" else None, secret=secret, now=now)
    if form.is_valid():
        second_factor.note_given(request, second_factor.set_app(request.user, secret, form.counter, now), now)
        logins.end_all(request.user, now, but=request.session.session_key or "")
        del request.session[_SECRET]
        messages.success(request, _("The app is set up. From now on, each login asks for a code that it shows."))
        return _show_codes(request)
    in_groups = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    drawn = _drawn(get_adapter().build_totp_url(request.user, secret))
    return page(request, "second_factor_app", _("Set up an app"), form=form, secret=in_groups, drawn=drawn)


def _secret(request: DeskRequest) -> str:
    """The same until it is set up: a wrong code must not cost a new scan."""
    try:
        return str(decrypt(request.session[_SECRET]))
    except (KeyError, InvalidToken):
        secret = str(generate_totp_secret())
        request.session[_SECRET] = encrypt(secret)
        return secret


def _drawn(address: str) -> SafeString:
    import segno  # 7 MB in each process, for those who set up an app

    code = segno.make(address, error="m", boost_error=False, mask=0)
    return mark_safe(code.svg_inline(scale=5, dark="#000", light="#fff", svgclass="qr", lineclass=None, omitsize=True))  # noqa: S308 - no text in it


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@confirmed
def passkey(request: DeskRequest) -> HttpResponse:
    """Let the browser make a passkey, and keep it."""
    now, name = timezone.now(), plaintext.line(request.POST.get("name", ""))[:60]
    if request.method == "POST" and (credential := passkeys.made(request.POST.get("passkey", ""))) is not None:
        is_first = not second_factor.is_set_up(request.user)
        name = name or logins.browser_in_words(request.META.get("HTTP_USER_AGENT", "")) or "1"
        second_factor.note_given(request, second_factor.add_passkey(request.user, name, credential, now), now)
        logins.end_all(request.user, now, but=request.session.session_key or "")
        messages.success(request, _("The passkey is set up. From now on, each login asks for a second factor."))
        return _show_codes(request) if is_first else redirect("admin:second_factor")
    asked, failed = passkeys.to_make(request.user), request.method == "POST"
    title = _("Set up a passkey")
    return page(request, "second_factor_passkey", title, passkey=asked, called=name, failed=failed)


def _show_codes(request: DeskRequest) -> HttpResponse:
    request.session[_SHOWN] = True
    return redirect("admin:second_factor_codes")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@confirmed
def codes(request: DeskRequest) -> HttpResponse:
    """The recovery codes: shown until one says that they are kept, and then never again."""
    if not second_factor.is_set_up(request.user):
        return redirect("admin:second_factor")
    match request.POST.get("do"):
        case "new":
            second_factor.new_recovery_codes(request.user, timezone.now())
            return _show_codes(request)
        case "kept":
            request.session.pop(_SHOWN, None)
            return redirect("admin:second_factor")
    found = second_factor.recovery_codes(request.user)
    shown = found if request.session.get(_SHOWN) else []
    return page(request, "second_factor_codes", _("Recovery codes"), codes=shown, left=len(found))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: DeskRequest, key: int) -> HttpResponse:
    """Take a factor away, once another one has been given."""
    factor, now = get_object_or_404(second_factor.factors(request.user), pk=key), timezone.now()
    if not second_factor.is_fresh(request, now, but=factor):
        return _to_confirm(request.path, but=factor)
    if request.method == "POST":
        if second_factor.remove(factor, now):
            messages.success(request, _("The factor is removed."))
        else:
            messages.error(request, _("Here everybody needs a second factor. Set up another one first."))
        return redirect("admin:second_factor")
    title, what = _("Remove a factor"), second_factor.in_words(factor)
    is_last = not second_factor.factors(request.user).exclude(pk=key).exists()
    return page(request, "second_factor_remove", title, what=what, is_last=is_last)


# What somebody may open who must set up a factor before anything else.
WITHOUT: tuple[Callable[..., HttpResponse], ...] = (overview, confirm, app, passkey, codes)
