"""Titles and addresses of pages in any encoding, as Chromium 156 shows and sends them."""

from __future__ import annotations

import pytest
from webencodings.labels import LABELS

from cardloom.crawl.encodings import decode

# Bytes of a title, and the title that Chromium shows for them, for each encoding there is.
SAMPLES = {
    "utf-8": ("d0ba d0be d182", "кот"),
    "ibm866": ("aaae e2", "кот"),
    "iso-8859-2": ("a3f3 64bc", "Łódź"),
    "iso-8859-3": ("a661 6cb6", "Ĥalĥ"),
    "iso-8859-4": ("a3b3", "Ŗŗ"),
    "iso-8859-5": ("dade e2", "кот"),
    "iso-8859-6": ("c8c7", "با"),
    "iso-8859-7": ("e1e2 a4", "αβ€"),
    "iso-8859-8": ("e0e5 e3", "אוד"),
    "iso-8859-8-i": ("e0e5 e3", "אוד"),
    "iso-8859-10": ("a2b2", "Ēē"),
    "iso-8859-13": ("d9e8", "Łč"),
    "iso-8859-14": ("a1a2", "Ḃḃ"),
    "iso-8859-15": ("a4bc bd", "€Œœ"),
    "iso-8859-16": ("aade", "ȘȚ"),
    "koi8-r": ("cbcf d4", "кот"),
    "koi8-u": ("aea4 a6", "ўєі"),
    "macintosh": ("8adb", "ä€"),
    "windows-874": ("c0d2 c9d2", "ภาษา"),
    "windows-1250": ("8c9c", "Śś"),
    "windows-1251": ("eaee f2", "кот"),
    "windows-1252": ("80fc", "€ü"),
    "windows-1253": ("e1e2", "αβ"),
    "windows-1254": ("f0fd", "ğı"),
    "windows-1255": ("e0ca e5", "א\u05baו"),
    "windows-1256": ("c8c7", "با"),
    "windows-1257": ("c8e8", "Čč"),
    "windows-1258": ("d0fe", "Đ₫"),
    "x-mac-cyrillic": ("eaee f2 a2", "котҐ"),
    "gbk": ("cdf8 d5be b5d8 cdbc 80", "网站地图€"),
    "gb18030": ("cdf8 d5be 8139 ee39 a8bc", "网站㐀ḿ"),
    "big5": ("baf4 afb8 a145 a3e1", "網站‧€"),
    "euc-jp": ("b2f1 bcd2 ada1 a1c1 8eb1 8fb0 a1", "会社①～ｱ丂"),
    "iso-2022-jp": ("1b24 42 3271 3c52 2d21 1b28 49 31 1b28 4a 5c 1b28 42 61", "会社①ｱ¥a"),
    "shift_jis": ("89ef 8ed0 88c4 93e0 8740", "会社案内①"),
    "euc-kr": ("c7d1 b1db 8c63", "한글똠"),
    "utf-16be": ("043a 043e 0442", "кот"),
    "utf-16le": ("3a04 3e04 4204", "кот"),
    "x-user-defined": ("41", "A"),
}


def titled(encoding: str, sample: bytes) -> bytes:
    head, tail = "<!doctype html><title>", "</title><a href='/end'>x</a>"
    if encoding.startswith("utf-16"):
        return head.encode(encoding) + sample + tail.encode(encoding)
    return head.encode() + sample + tail.encode()


async def test_every_label_of_the_standard_in_the_header(site, walk):
    readable = {label: name for label, name in LABELS.items() if name != "replacement"}
    pages = {f"/{n}": label for n, label in enumerate(sorted(readable))}
    site.links("/", *pages)
    for path, label in pages.items():
        sample = bytes.fromhex(SAMPLES[readable[label]][0])
        kind = f"text/html; charset={label.upper()}"
        site.page(path, titled(readable[label], sample), Content_Type=kind)
    meta = (await walk()).meta
    assert {label: meta[path]["title"] for path, label in pages.items()} == {
        label: SAMPLES[name][1] for label, name in readable.items()
    }


async def test_encodings_that_no_browser_reads_are_said_not_to_be_read(site, walk):
    labels = [label for label, name in LABELS.items() if name == "replacement"]
    site.links("/", *(f"/{n}" for n in range(len(labels))))
    for n, label in enumerate(labels):
        kind = f"text/html; charset={label}"
        site.page(f"/{n}", "<title>x</title><a href=/end>x</a>", Content_Type=kind)
    found = await walk()
    assert len(labels) == found.summary["incomplete"]["total"] == 6
    assert found.meta["/0"]["incomplete"] == "its charset is one that no browser reads"
    assert found.meta["/0"]["title"] == ""


CYRILLIC = b"<title>\xea\xee\xf2</title>"
GERMAN = "<title>Grüße aus Köln</title>".encode("cp1252")
FILLING = b"<style>" + b"x" * 1100 + b"</style>"


@pytest.mark.parametrize(
    ("body", "title"),
    [
        (b"<meta charset=windows-1251>" + CYRILLIC, "кот"),
        (b"<META CharSet = 'x-cp1251'/>" + CYRILLIC, "кот"),
        (
            b"<meta http-equiv=Content-Type content='text/html; charset=cp1251'>" + CYRILLIC,
            "кот",
        ),
        (
            b"<meta content='a charset; charset = \"cp1251\"' http-equiv=content-type>" + CYRILLIC,
            "кот",
        ),
        (b"<meta content='text/html; charset=cp1251'>" + GERMAN, "Grüße aus Köln"),
        (b"<meta name=description content='charset=cp1251'>" + GERMAN, "Grüße aus Köln"),
        (b"<meta charset=nonsense><meta charset=cp1251>" + CYRILLIC, "кот"),
        (b"<meta charset=utf-16>" + "<title>кот</title>".encode(), "кот"),
        (b"<meta charset=x-user-defined><title>\xe4</title>", "ä"),
        (b"<!-- <meta charset=koi8-r> --><meta charset=cp1251>" + CYRILLIC, "кот"),
        (b"<!--><meta charset=cp1251>" + CYRILLIC, "кот"),
        (b"<p title='<meta charset=koi8-r>'><meta charset=cp1251>" + CYRILLIC, "кот"),
        (
            b"<p a=x> </meta charset=koi8-r><? <meta charset=koi8-r> ><meta charset=cp1251>"
            + CYRILLIC,
            "кот",
        ),
        (b"<metadata charset=koi8-r><meta charset=cp1251>" + CYRILLIC, "кот"),
        (b"<?xml version='1.0' encoding='windows-1251'?>" + CYRILLIC, "кот"),
        (FILLING + b"<meta charset=windows-1251>" + CYRILLIC, "кот"),
        (CYRILLIC + FILLING + b"<meta charset=windows-1251>", "кот"),
        (b"<title>\xd0\xba\xd0\xbe\xd1\x82</title>" + FILLING + b"<meta charset=utf-8>", "кот"),
        (FILLING + GERMAN + b"<body><p>x<meta charset=windows-1251>", "Grüße aus Köln"),
        (b"\xff\xfe" + "<meta charset=koi8-r><title>кот</title>".encode("utf-16le"), "кот"),
        ("<title>кот</title>".encode(), "кот"),
    ],
)
async def test_what_a_page_says_of_its_own_encoding(site, walk, body, title):
    site.page("/", body, Content_Type="text/html")
    assert (await walk()).meta["/"]["title"] == title


@pytest.mark.parametrize(
    ("encoding", "title"),
    [
        ("cp1251", "Добро пожаловать на наш сайт"),
        ("koi8-r", "Добро пожаловать на наш сайт"),
        ("shift_jis", "会社案内 ようこそ"),
        ("euc-jp", "会社案内 ようこそ"),
        ("iso-2022-jp", "会社案内 ようこそ"),
        ("gbk", "网站地图 欢迎光临"),
        ("big5", "網站地圖 歡迎光臨"),
        ("euc-kr", "회사 안내 환영합니다"),
        ("cp1252", "Grüße aus Köln"),
        ("cp1250", "Příliš žluťoučký kůň úpěl"),
        ("cp1253", "Καλώς ήρθατε στην ιστοσελίδα"),
        ("cp1255", "ברוכים הבאים לאתר"),
        ("utf-8", "Grüße – кот"),
    ],
)
async def test_a_page_that_names_no_encoding_is_guessed(site, walk, encoding, title):
    site.page("/", f"<title>{title}</title>".encode(encoding), Content_Type="text/html")
    assert (await walk()).meta["/"]["title"] == title


async def test_an_unknown_label_in_the_header_leaves_it_to_the_page(site, walk):
    site.page("/", b"<meta charset=cp1251>" + CYRILLIC, Content_Type="text/html; charset=utf8mb4")
    assert (await walk()).meta["/"]["title"] == "кот"


@pytest.mark.parametrize(
    ("encoding", "data", "text"),
    [
        ("shift_jis", b'\x81"><p>', '\ufffd"><p>'),
        ("shift_jis", b"\xa0\xfd\x80", "\ufffd\ufffd\x80"),
        ("euc-jp", b"\xa4<\x8f\xa2<\xff\xa4\xa2", "\ufffd<\ufffd<\ufffdあ"),
        ("euc-jp", b"\xa9\xa9\x8e\x80\xa4\xa2", "\ufffd\ufffdあ"),
        ("euc-kr", b"\x81<\xc9\xa1\xc7\xd1", "\ufffd<\ufffd한"),
        ("gbk", b"\x81<\xff\xcd\xf8", "\ufffd<\ufffd网"),
        ("big5", b"\x81<\x81\x80\xba\xf4", "\ufffd<\ufffd網"),
        ("iso-2022-jp", b"\x1b$B2q<\xff\x1b(B<", "会\ufffd<"),
        ("utf-8", b"\xe2\x82<\xff", "\ufffd<\ufffd"),
        ("windows-1252", b"\x81\x9d", "\x81\x9d"),
        ("iso-8859-6", b"\xa1", "\ufffd"),
    ],
)
def test_damaged_text_swallows_nothing_that_follows(encoding, data, text):
    assert decode(data, encoding) == text


@pytest.mark.parametrize(
    ("encoding", "query"),
    [
        ("utf-8", "%C3%BC%E6%BC%A2%C2%A5"),
        ("windows-1252", "%FC%26%2328450%3B%A5"),
        ("iso-8859-1", "%FC%26%2328450%3B%A5"),
        ("koi8-r", "%26%23252%3B%26%2328450%3B%26%23165%3B"),
        ("shift_jis", "%26%23252%3B%8A%BF\\"),
        ("euc-jp", "%26%23252%3B%B4%C1\\"),
        ("gbk", "%A8%B9%9Dh%26%23165%3B"),
        ("gb18030", "%A8%B9%9Dh%810%846"),
        ("big5", "%26%23252%3B%BA~%26%23165%3B"),
        ("euc-kr", "%26%23252%3B%F9%D3%26%23165%3B"),
        ("x-user-defined", "%26%23252%3B%26%2328450%3B%26%23165%3B"),
    ],
)
async def test_a_query_is_sent_in_the_encoding_of_its_page(site, walk, encoding, query):
    html = "<a href='/ü?q=&#252;&#28450;&#165;&amp;b=<>#ü'>x</a><iframe src='?&#252;'></iframe>"
    body = html.encode("ascii", "xmlcharrefreplace")
    site.page("/", body, Content_Type=f"text/html; charset={encoding}")
    found = await walk()
    assert found.links == {("/", f"/%C3%BC?q={query}&b=%3C%3E")}
    assert f"/%C3%BC?q={query}&b=%3C%3E" in site.asked


async def test_iso_2022_jp_switches_within_a_query(site, walk):
    html = "<a href='/?q=表示ソ漢a漢字ｱﾞ'>x</a>"
    body = html.encode("ascii", "xmlcharrefreplace")
    site.page("/", body, Content_Type="text/html; charset=iso-2022-jp")
    sent = "/?q=%1B$BI=%3C(%=4A%1B(Ba%1B$B4A;z%%22!+%1B(B"
    assert (await walk()).links == {("/", sent)}


async def test_a_page_in_ascii_alone_sends_what_browsers_send(site, walk):
    site.page("/", b"<a href='?&uuml;'>x</a>", Content_Type="text/html")
    assert (await walk()).links == {("/", "/?%FC")}


async def test_canonical_and_base_are_in_the_pages_encoding_too(site, walk):
    body = "<link rel=canonical href='/?ü'><base href='/b?ü'><a href=''>x</a>".encode("latin-1")
    site.page("/", body, Content_Type="text/html; charset=latin1")
    found = await walk()
    assert found.meta["/"]["canonical"] == site.url + "/?%FC"
    assert found.links == {("/", "/b?%FC")}
