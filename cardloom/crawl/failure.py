"""Why a host gave no answer, in words that stand behind “because”. Nothing is asked here."""

from __future__ import annotations

import errno
import re
import socket
import ssl

import aiohttp

from cardloom.crawl.wire import NotHttpError

_CERTIFICATES = {
    9: "its certificate is not valid yet",
    10: "its certificate has expired",
    18: "its certificate is not valid: it is self-signed",
    19: "its certificate is not valid: it comes from an authority that signed itself",
    20: "its certificate is not valid: the authority that signed it is not known, or is not sent",
    21: "its certificate is not valid: the authority that signed it is not known, or is not sent",
    62: "its certificate is not valid: it is for another host",
    64: "its certificate is not valid: it is for another host",
}
_CONNECTIONS = {
    errno.ECONNREFUSED: "the connection was refused",
    errno.EHOSTUNREACH: "there is no way to the host",
    errno.ENETUNREACH: "there is no way to the host",
    errno.EHOSTDOWN: "the host is down",
    errno.ETIMEDOUT: "the host does not answer",
    errno.ECONNRESET: "the host closed the connection without an answer",
}
_NO_SUCH_NAME = {
    socket.EAI_NONAME,
    getattr(socket, "EAI_NODATA", socket.EAI_NONAME),
    getattr(socket, "EAI_FAIL", socket.EAI_NONAME),
}
_ERRNO = re.compile(r"\[Errno (\d+)\]")


def why(error: Exception) -> str:
    """The end of a sentence for an error of aiohttp or the network."""
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return _of_name(error.os_error)
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return _of_certificate(error.certificate_error)
    if isinstance(error, aiohttp.ClientSSLError):
        return _of_security(error)
    if isinstance(error, aiohttp.ClientConnectorError):
        return _of_connection(error.os_error)
    if isinstance(error, aiohttp.ServerDisconnectedError | ConnectionResetError):
        return "the host closed the connection without an answer"
    if isinstance(error, NotHttpError):
        return "the answer is not HTTP"
    return f"no answer ({type(error).__name__})"


def _of_name(error: OSError) -> str:
    if error.errno in _NO_SUCH_NAME or error.errno is None:
        return "there is no host of that name"
    return "the host's name could not be looked up (is this machine online?)"


def _of_certificate(error: Exception) -> str:
    code = error.verify_code if isinstance(error, ssl.SSLCertVerificationError) else -1
    return _CERTIFICATES.get(code, "its certificate is not valid")


def _of_security(error: aiohttp.ClientSSLError) -> str:
    said = str(getattr(error, "os_error", error)).upper().replace(" ", "_")
    if "WRONG_VERSION_NUMBER" in said or "HTTP_REQUEST" in said or "RECORD_LAYER" in said:
        return "it does not speak https at this port"
    return "the secure connection failed"


def _of_connection(error: OSError) -> str:
    # Where a name has several addresses, asyncio puts all their errors into one text.
    numbers = [error.errno] if error.errno else map(int, _ERRNO.findall(str(error)))
    known = [_CONNECTIONS[number] for number in numbers if number in _CONNECTIONS]
    return known[-1] if known else "the host cannot be reached"
