"""Text leaves compressed: Brotli where the browser takes it, else gzip."""

import gzip
from functools import lru_cache

import brotli
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.utils.cache import patch_vary_headers

# 5 of 11: measured, 11 saves another tenth of the bytes and costs forty times the time. That is for what is kept.
QUALITY = 5
QUALITY_KEPT = 11
WORTH_IT = 500  # bytes


def best_coding(accepted: str) -> str:
    """The coding for a browser that sent this Accept-Encoding (RFC 9110, 12.5.3): br, gzip or none, an empty text."""
    offered = {}
    for part in accepted.lower().split(","):
        name, _semicolon, weight = part.partition(";")
        offered[name.strip()] = weight.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return next((coding for coding in ("br", "gzip") if offered.get(coding)), "")


def is_worth_it(content_type: str, length: int) -> bool:
    return length >= WORTH_IT and content_type.startswith(("text/", "application/xml", "application/json"))


def compressed(content: bytes, coding: str, quality: int = QUALITY) -> bytes:
    if coding == "br":
        return brotli.compress(content, quality=quality)  # type: ignore[no-any-return]
    return gzip.compress(content, mtime=0)


@lru_cache(maxsize=32)
def compressed_to_keep(content: bytes, coding: str) -> bytes:
    """For a page that many get: smaller, and once, however often it is written anew without a change."""
    return compressed(content, coding, QUALITY_KEPT)


class CompressionMiddleware(GZipMiddleware):
    """Compresses what is written for one visitor; `fachtag.kept` does so with what is for everybody.

    The ETag becomes a weak one, as with gzip (RFC 9110, 8.8.3).
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        is_brotli = best_coding(request.headers.get("Accept-Encoding", "")) == "br"
        if response.streaming or not is_brotli or response.has_header("Content-Encoding"):
            return super().process_response(request, response)
        content = response.content  # type: ignore[attr-defined]
        if not is_worth_it(response.headers.get("Content-Type", ""), len(content)):
            return response
        response.content = compressed(content, "br")  # type: ignore[attr-defined]
        response.headers["Content-Length"] = str(len(response.content))  # type: ignore[attr-defined]
        response.headers["Content-Encoding"] = "br"
        patch_vary_headers(response, ("Accept-Encoding",))
        if (etag := response.headers.get("ETag", "")).startswith('"'):
            response.headers["ETag"] = f"W/{etag}"
        return response
