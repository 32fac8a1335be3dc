"""A site in any spelling, links by the WHATWG rules, and what belongs to a site."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardloom.crawl import clean_site


@pytest.mark.parametrize(
    ("spelled", "clean"),
    [
        ("example.com", "https://example.com/"),
        ("HTTPS://Example.com:443/#x", "https://example.com/"),
        ("http://example.com:80", "http://example.com/"),
        ("  //example.com/a?b=1&a=2 ", "https://example.com/a?b=1&a=2"),
        ("example.com:8080/docs/../x", "https://example.com:8080/x"),
        ("localhost:5001", "http://localhost:5001/"),
        ("127.0.0.1:80/help", "http://127.0.0.1/help"),
        ("[::1]:8000", "http://[::1]:8000/"),
        ("http://intranet", "http://intranet/"),
        ("Bücher.example", "https://xn--bcher-kva.example/"),
        ("localhost.example.com", "https://localhost.example.com/"),
        ("http:example.com", "http://example.com/"),
    ],
)
def test_any_spelling_becomes_one_address(spelled: str, clean: str) -> None:
    assert clean_site(spelled) == clean
    assert clean_site(clean) == clean


@pytest.mark.parametrize(
    "spelled",
    [
        *("", " \t", "hello", "/docs", "..", "a\x00b.com", "x.com/\ud800", "a" * 3000 + ".com"),
        *("ftp://example.com", "mailto:a@example.com", "javascript:alert(1)", "file:///etc"),
        *("https://", "http:///", "https://?q", "https://user:pw@example.com", "user@example.com"),
        *("https://exa mple.com", "http://[::1", "http://%00.com", "a..com"),
        *("example.com:0", "example.com:99999"),
    ],
)
def test_what_is_no_site_is_refused_with_a_sentence(spelled: str) -> None:
    with pytest.raises(ValueError, match=r"^[A-Z“].{20,}[.]$"):
        clean_site(spelled)


@given(st.text(max_size=60))
def test_clean_site_never_fails_otherwise_and_is_settled(text: str) -> None:
    try:
        clean = clean_site(text)
    except ValueError:
        return
    assert clean_site(clean) == clean
    assert clean.startswith(("http://", "https://"))
