"""Fetches a page and prints it as Markdown: what egghead-toolbox runs in a sandbox for the tool web_fetch.

    read_page.py URL

It reaches nothing but the proxy that its environment names, which decides on every host, those of redirects as well.
"""

import html
import http.client
import re
import signal
import socket
import ssl
import sys
import urllib.error
import urllib.parse
import urllib.request
import urllib.robotparser
import zlib

AGENT = "egghead (+web_fetch)"
BYTES_MAX = 4 << 20  # of a page
TEXT_MAX = 1 << 20  # of what is printed
SILENCE_SECONDS = 20
ROBOTS_BYTES_MAX, ROBOTS_SECONDS = 256 << 10, 5
# A host that says it is the proxy can say nothing else.
PROXY_REASONS = (
    r"no grant has the host [\w.:\[\]-]+"
    r"|[\w.:\[\]-]+ leads to [\da-f.:]+, which is not of the internet, and no grant has this address"
    r"|Could not resolve host: [\w.-]+"
    r"|Failed to connect to [\w.:-]+ port \d+ after \d+ ms: Could( not|n't) connect to server"
)
TEXTS = ("text/", "application/json", "application/xml", "application/javascript", "application/x-yaml")


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit("usage: read_page.py URL")
    try:
        import html2text  # noqa: F401  before anything is asked of others
    except ImportError:
        sys.exit("the machine has no html2text; install the package python3-html2text")
    sys.stdout.reconfigure(errors="replace")
    try:
        print(page(sys.argv[1]))
    except urllib.error.HTTPError as error:
        sys.exit(failure(sys.argv[1], answer_of(error)))
    except urllib.error.URLError as error:
        sys.exit(failure(sys.argv[1], error.reason))
    except OSError as error:
        sys.exit(failure(sys.argv[1], error))
    except (http.client.HTTPException, zlib.error, ValueError, OverflowError, RecursionError) as error:
        # Their words may be the host's.
        sys.exit(failure(sys.argv[1], f"the host's answer is none that can be read ({type(error).__name__})"))


def page(url: str) -> str:
    """The page with a head that says what it is."""
    with opener().open(request(url), timeout=SILENCE_SECONDS) as response:
        kind = response.headers.get_content_type()
        body, is_cut = read(response, BYTES_MAX)
        charset = response.headers.get_content_charset()
        url = response.geturl()
    head = [f"URL: {url}", f"Type: {kind}"]
    if is_cut:
        head.append(f"Only its first {BYTES_MAX >> 20} MiB were read.")
    if not may_be_read(url):
        head.append("The host's robots.txt asks programs not to read this page.")
    if kind in ("text/html", "application/xhtml+xml"):
        source = decoded(body, charset or charset_within(body))
        if title := title_of(source):
            head.insert(0, f"Title: {title}")
        text = markdown(source, url)
    elif kind.startswith(TEXTS) or kind.endswith(("+json", "+xml")):
        text = decoded(body, charset)
    else:
        text = f"[{len(body)} bytes that are no text]"
    if len(text) > TEXT_MAX:
        text = text[:TEXT_MAX] + "\n[… the rest is left out …]"
    return "\n".join(head) + "\n\n" + text.strip()


def title_of(source: str) -> str:
    begin = re.search(r"<title[^>]{0,200}>", source[:65_536], re.IGNORECASE)
    text = source[begin.end() : begin.end() + 2_000].partition("<")[0] if begin else ""
    return " ".join(html.unescape(text).split())[:300]


def request(url: str) -> urllib.request.Request:
    return urllib.request.Request(
        url, headers={"User-Agent": AGENT, "Accept": "text/html,text/*;q=0.9,*/*;q=0.5", "Accept-Encoding": "identity"}
    )


def opener() -> urllib.request.OpenerDirector:
    """HTTP and HTTPS through the proxy, with redirects, and nothing else: no file, no FTP."""
    director = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(context=ssl.create_default_context()),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPRedirectHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.UnknownHandler(),
    ):
        director.add_handler(handler)
    return director


def read(response: http.client.HTTPResponse, bytes_max: int) -> tuple[bytes, bool]:
    """A body up to a length, and whether there is more. Some servers compress what nobody asked them to."""
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding in ("identity", ""):
        body = response.read(bytes_max + 1)
    elif encoding in ("gzip", "x-gzip", "deflate"):
        stream, body = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32), b""
        while len(body) <= bytes_max and (part := response.read(1 << 16)):
            body += stream.decompress(part, bytes_max + 1 - len(body))
            if stream.unconsumed_tail:
                break
    else:
        raise ValueError("the page is encoded in a way that nobody asked for")
    if len(body) <= bytes_max and response.length:
        raise http.client.IncompleteRead(b"", response.length)
    return body[:bytes_max], len(body) > bytes_max


def decoded(body: bytes, charset: str | None) -> str:
    try:
        return body.decode(charset or "utf-8", errors="replace")
    except LookupError:
        return body.decode("utf-8", errors="replace")


def charset_within(body: bytes) -> str | None:
    """The encoding that a page names in itself."""
    found = re.search(rb"<meta[^>]+charset=[\"' ]*([A-Za-z0-9_:.-]+)", body[:4096], re.IGNORECASE)
    return found[1].decode("ascii") if found else None


def markdown(source: str, url: str) -> str:
    import html2text

    converter = html2text.HTML2Text(baseurl=url, bodywidth=0)
    converter.ignore_images = True
    converter.unicode_snob = True
    return re.sub(r"\n{3,}", "\n\n", converter.handle(source))


def may_be_read(url: str) -> bool:
    """What the host's robots.txt says; where it has none, or does not answer, everything may be read."""
    parts = urllib.parse.urlsplit(url)
    rules = urllib.robotparser.RobotFileParser()
    try:
        signal.signal(signal.SIGALRM, overdue)
        signal.alarm(ROBOTS_SECONDS)
        place = urllib.parse.urlunsplit((parts.scheme, parts.netloc, "/robots.txt", "", ""))
        with opener().open(request(place), timeout=ROBOTS_SECONDS) as response:
            rules.parse(decoded(read(response, ROBOTS_BYTES_MAX)[0], None).splitlines())
    except (OSError, http.client.HTTPException, zlib.error, ValueError):
        return True
    finally:
        signal.alarm(0)
    return rules.can_fetch(AGENT.split()[0], url)


def overdue(*_: object) -> None:
    raise TimeoutError


def answer_of(error: urllib.error.HTTPError) -> str:
    """What a host, or the proxy for it, has answered that is no page."""
    if error.headers.get("Server") == "egghead-proxy" and re.fullmatch(PROXY_REASONS, error.reason):
        return error.reason
    # The words of the status are the host's, and would stand where an agent takes them for ours.
    return f"the host answers {error.code} {http.client.responses.get(error.code, '')}".strip()


def failure(url: str, reason: object) -> str:
    """Why a page was not read, on one line."""
    if isinstance(reason, socket.timeout):
        reason = f"the host was silent for {SILENCE_SECONDS} s"
    # The proxy's words for a tunnel that it does not make.
    text = re.sub(r"^(\[Errno \d+\] )?Tunnel connection failed: \d+ ", "", str(reason)) or type(reason).__name__
    return f"{url}: {' '.join(text.split())}"


if __name__ == "__main__":
    main()
