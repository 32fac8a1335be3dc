"""Which links a page has, and what it says of itself: rows of links.csv and meta.csv."""

from __future__ import annotations


async def test_links_are_absolute_distinct_in_scope_and_without_fragment(site, walk):
    site.page(
        "/",
        f"""<title>Home</title>
        <a href="a">rel</a> <a href="/a#part">abs</a> <a href="{site.url}/a">full</a>
        <a href="//{site.url[7:]}/b">protocol</a> <a href="?q=2&a=1#x">query</a> <a href="">me</a>
        <a href="#top">me</a> <map><area href="/area"></map> <a>none</a> <a name=x>none</a>
        <a href="javascript:void(0)">js</a> <a href="mailto:x@y.z">mail</a> <a href="data:,x">d</a>
        <a href="http://127.0.0.1:1/other">port</a> <a href="https://example.com/">away</a>
        <a href="  /sp ace\t/\nx  ">odd</a> <a href="/%7euser/../ü">path</a> <img src="/img">
        <link rel=stylesheet href="/style"> <!-- <a href="/comment">no</a> -->
        <script>"<a href='/script'>"</script> <template><a href="/template"></a></template>
        <noscript><a href="/noscript">yes</a></noscript>""",
    )
    found = await walk()
    assert found.links == {
        *(("/", each) for each in ("/a", "/b", "/?q=2&a=1", "/area", "/noscript", "/%C3%BC")),
        ("/", "/sp%20ace/x"),
    }
    assert found.totals.links == 7
    assert found.meta["/"]["outlinks"] == "7"
    assert found.meta["/a"]["inlinks"] == "1"
    assert found.meta["/a"]["status"] == "404"
    assert all(row["id"].startswith(site.url) for row in found.rows("meta.csv"))


async def test_query_strings_are_kept_as_written(site, walk):
    site.links("/", "/p?b=1&a=2", "/p?a=2&b=1", "/p?x=%7E&y=~")
    found = await walk()
    assert {"/p?b=1&a=2", "/p?a=2&b=1", "/p?x=%7E&y=~"} < set(found.meta)
    assert {"/p?b=1&a=2", "/p?a=2&b=1", "/p?x=%7E&y=~"} < set(site.asked)


async def test_base_href_moves_relative_links_and_only_the_first_counts(site, walk):
    site.page("/", '<base href="/deep/er/"><base href="/no/"><a href="x">x</a><a href="?q">q</a>')
    site.links("/deep/er/x", "y", "../z")
    found = await walk()
    assert {("/", "/deep/er/x"), ("/", "/deep/er/?q")} < found.links
    assert {("/deep/er/x", "/deep/er/y"), ("/deep/er/x", "/deep/z")} < found.links


async def test_a_base_elsewhere_takes_the_links_with_it(site, walk):
    site.page("/", '<base href="https://example.com/"><a href="x">x</a>')
    assert (await walk()).links == set()


async def test_frames_are_read_but_are_not_links(site, walk):
    site.page("/", '<iframe src="/inner"></iframe><iframe src="/both"></iframe><a href="/both">')
    site.links("/inner", "/leaf")
    found = await walk()
    assert found.links == {("/", "/both"), ("/inner", "/leaf")}
    assert found.meta["/inner"]["inlinks"] == "0"
    assert (found.meta["/inner"]["status"], found.meta["/inner"]["depth"]) == ("200", "1")
    assert found.meta["/leaf"]["depth"] == "2"


async def test_frameset_pages_are_read_too(site, walk):
    site.page("/", '<frameset cols="*,*"><frame src="/left"><frame src="/right"></frameset>')
    await walk()
    assert {"/left", "/right"} < set(site.asked)


async def test_nofollow_links_are_links_and_are_not_followed(site, walk):
    site.page(
        "/",
        '<a rel="noopener NoFollow" href="/no">n</a><a rel=nofollow href="/twice">n</a>'
        '<a href="/twice">y</a><a href="/shy">s</a>',
    )
    site.page("/shy", '<meta name=robots content="NOINDEX, nofollow"><a href="/hidden">h</a>')
    found = await walk()
    assert {("/", "/no"), ("/", "/twice"), ("/shy", "/hidden")} < found.links
    assert "/no" not in site.asked
    assert "/hidden" not in site.asked
    assert "/twice" in site.asked
    assert (found.meta["/no"]["status"], found.meta["/no"]["depth"]) == ("", "1")
    assert found.meta["/hidden"]["depth"] == "2"
    assert found.meta["/shy"]["indexable"] == "false"
    assert found.summary["nofollow"] == 2
    assert (await walk("two", robots=False)).meta["/no"]["status"] == "404"


async def test_robots_header_and_canonical_decide_what_is_indexable(site, walk):
    site.links("/", "/h", "/other", "/c", "/self", "/l", "/none")
    site.page("/h", "x", X_Robots_Tag="noindex")
    site.page("/other", "x", X_Robots_Tag="googlebot: noindex, nofollow")
    site.page("/c", '<link rel=canonical href="self#f">')
    site.page("/self", '<link rel="canonical" href="/self">')
    site.page("/l", "x", Link='</style.css>; rel=preload, </self>; rel="canonical"')
    site.page("/none", "<meta name=robots content=none>")
    meta = (await walk()).meta
    told = {path: meta[path]["indexable"] for path in ("/h", "/other", "/c", "/self", "/l")}
    assert told == {"/h": "false", "/other": "true", "/c": "false", "/self": "true", "/l": "false"}
    assert meta["/c"]["canonical"] == meta["/l"]["canonical"] == site.url + "/self"
    assert meta["/none"]["indexable"] == "false"
    assert meta["/"]["indexable"] == "true"


async def test_meta_csv_has_its_columns_and_types(site, walk):
    site.page("/", '<title> =SUM(1)\n "two",\tlines </title><a href="/blog/post">x</a>')
    site.page("/blog/post", "<a href=/pic.png>x</a>")
    site.page("/pic.png", b"\x89PNG" * 10, Content_Type="image/png")
    found = await walk()
    head = (found.folder / "meta.csv").read_bytes().split(b"\r\n")[0].decode()
    assert head == (
        "id,status,depth,title,canonical,indexable,inlinks,outlinks,bytes,ms,content_type,"
        "in_sitemap,pagetype,redirect_to,incomplete"
    )
    home, post, picture = (found.meta[path] for path in ("/", "/blog/post", "/pic.png"))
    assert home["title"] == '=SUM(1) "two", lines'
    assert [row["pagetype"] for row in (home, post, picture)] == ["home", "blog", "page"]
    assert (picture["content_type"], picture["bytes"]) == ("image/png", "40")
    assert (picture["indexable"], picture["in_sitemap"]) == ("false", "false")
    assert found.summary["bytes"] == sum(int(row["bytes"]) for row in (home, post, picture))


async def test_charsets_from_mark_header_page_and_guess(site, walk):
    title = "<title>Grüße – кот</title>"
    site.links("/", "/bom", "/head", "/meta", "/guess", "/liar", "/utf16", "/evil")
    site.page("/bom", b"\xef\xbb\xbf" + title.encode(), Content_Type="text/html; charset=koi8-r")
    latin = "<title>Grüße</title>".encode("latin-1")
    site.page("/head", latin, Content_Type='text/html; q=1; Charset="ISO-8859-1"')
    site.page(
        "/meta",
        b"<meta charset=windows-1251>" + "<title>кот</title>".encode("cp1251"),
        Content_Type="text/html",
    )
    site.page("/guess", "<title>Grüße</title>".encode("cp1252"), Content_Type="text/html")
    site.page("/liar", b"<title>\xff\xfe\xe4</title>")
    site.page("/utf16", title.encode("utf-16"), Content_Type="text/html")
    site.page("/evil", b"<title>abc-xyz</title>", Content_Type="text/html; charset=punycode")
    meta = (await walk()).meta
    assert meta["/bom"]["title"] == meta["/utf16"]["title"] == "Grüße – кот"
    assert meta["/head"]["title"] == "Grüße"
    assert meta["/meta"]["title"] == "кот"
    assert meta["/guess"]["title"] == "Grüße"
    assert meta["/liar"]["title"] == "\ufffd\ufffd\ufffd"
    assert meta["/evil"]["title"] == "abc-xyz"


async def test_the_page_title_is_not_that_of_a_drawing(site, walk):
    site.page("/", "<svg><title>drawing</title></svg><title>page</title><title>late</title>")
    assert (await walk()).meta["/"]["title"] == "page"


async def test_html_without_a_type_is_read_and_html_of_another_type_is_not(site, walk):
    site.links("/", "/untyped", "/plain", "/xhtml")

    async def untyped(request):
        head = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
        request.transport.write(head + b"<!doctype html><a href='/from-untyped'>x</a>")
        request.transport.close()

    site.answers["/untyped"] = untyped
    site.text("/plain", "<a href='/from-plain'>x</a>")
    site.page("/xhtml", "<html><a href='/from-xhtml'>x</a>", Content_Type="application/xhtml+xml")
    found = await walk()
    assert ("/untyped", "/from-untyped") in found.links
    assert ("/xhtml", "/from-xhtml") in found.links
    assert "/from-plain" not in found.meta
