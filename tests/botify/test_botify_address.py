"""What people paste: addresses of projects, tokens, addresses of the API."""

from __future__ import annotations

import pytest

from cardloom.botify import Client, ProjectAddress, clean_project_url, clean_token

ACME = "https://app.botify.com/acme/example.com/"


@pytest.mark.parametrize(
    ("text", "analysis"),
    [
        ("https://app.botify.com/acme/example.com/", ""),
        ("https://app.botify.com/acme/example.com", ""),
        ("  http://APP.botify.com/acme/example.com/keywords/x?y=1#z\n", ""),
        ("app.botify.com/acme/example.com/crawl", ""),
        ("acme/example.com", ""),
        ("https://app.botify.com/acme/example.com/20160115/", "20160115"),
        ("https://app.botify.com/acme/example.com/20240101-2/links?x", "20240101-2"),
        (
            "https://app.botify.com/acme/example.com/crawl?analysisSlug=20250413&"
            "comparisonAnalysisSlug=20250330",
            "20250413",
        ),
        ("https://app.botify.com/acme/example.com/crawl?analysisSlug=../../etc", ""),
        ("https://app.botify.com:443//acme//example.com/", ""),
    ],
)
def test_any_address_of_the_app_is_the_one_project(text: str, analysis: str):
    assert clean_project_url(text) == ProjectAddress("acme", "example.com", ACME, analysis)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Paste the address"),
        ("https://app.botify.com/", "names no project"),
        ("https://app.botify.com/acme", "names no project"),
        ("https://app.botify.com/api/v1/projects", "names no project"),
        ("https://botify.com/acme/example.com", "leads to botify.com"),
        ("https://app.botify.com.evil.example/acme/p", "leads to app.botify.com.evil.example"),
        ("https://me:pw@app.botify.com/acme/p", "begins with"),
        ("ftp://app.botify.com/acme/p", "begins with"),
        ("https://app.botify.com/acme/a b", "no spaces"),
        ("https://app.botify.com/acme/%2e%2e", "can't be"),
        ("https://app.botify.com/ac%2Fme/p", "can't be"),
        ("https://[/acme/p", "not an address"),
    ],
)
def test_what_is_no_project_is_said_in_a_sentence(text: str, said: str):
    with pytest.raises(ValueError, match=said):
        clean_project_url(text)


@pytest.mark.parametrize(
    "pasted",
    [
        "abcdef1234567890",
        " abcdef1234567890\n# username: first.last\n",
        "Token abcdef1234567890",
        "Authorization: Token abcdef1234567890",
        '"abcdef1234567890"',
    ],
)
def test_a_token_is_cleaned_of_what_was_copied_with_it(pasted: str):
    assert clean_token(pasted) == "abcdef1234567890"


@pytest.mark.parametrize(
    "pasted", ["", "  \n", "two words here", "short", "abcdéfghijk", "a\tbcdefghij"]
)
def test_what_is_no_token_is_refused_and_not_repeated(pasted: str):
    with pytest.raises(ValueError) as refused:
        clean_token(pasted)
    assert not pasted.strip() or pasted.strip() not in str(refused.value)


@pytest.mark.parametrize(
    "base", ["http://api.botify.com/v1", "ftp://x/", "https://u:p@api.botify.com/v1", "api", ""]
)
def test_a_base_over_which_a_token_would_travel_openly_is_refused(base: str):
    with pytest.raises(ValueError, match="API's address"):
        Client("abcdef1234567890", base)
