"""People who sign in without a window: cookies, redirects and forms are all of a browser that it takes."""

import base64
import hashlib
import hmac
import json
import struct
import time
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import requests

from .world import AUTHORITY, PUBLIC_URL, application, person, scope_of, stead

# More pages than any sign-in takes.
PAGES = 8


def sign_in(url, username, browser=None, decision="allow"):
    """Signs a user in at the pages behind a URL, and answers the URL that the application is sent back to.

    With the `browser` of an earlier visit (a `requests.Session`), its session is gone on with.
    """
    sent_to, title = visit(url, username, browser, decision)
    assert sent_to, f"the pages ended at “{title}”"
    return sent_to


def visit(url, username, browser=None, decision="allow", **typed):
    """The same to the last page, which may also be one of the identity provider: `(URL or None, title)`."""
    browser = browser or requests.Session()
    who = person(username)
    typed |= {"login": username, "password": who["password"], "decision": decision, "choice": "continue"}
    sent_to, page = _follow(browser, "GET", url)
    for _ in range(PAGES):
        if sent_to or not page.action:
            break
        if "code" in page.fields:
            # Who has no authenticator yet is shown the secret of one.
            typed["code"] = totp(page.secret or who["totp_secret"])
        filled = {name: typed.get(name, value) for name, value in page.fields.items()}
        sent_to, page = _follow(browser, "POST", page.action, filled)
    return sent_to, page and page.title


def arrive(url):
    """Hands the application at this URL what the page posts to it (`response_mode=form_post`)."""
    place, _, _ = url.partition("?")
    return requests.post(place, data=parameters_of(url))


def enter_user_code(verification_uri, user_code, username):
    """Types the code that a device shows, signs in, and says that the device is one's own."""
    visit(verification_uri, username, user_code=user_code)


def parameters_of(url):
    """The parameters of a URL, each with its one value."""
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def user_token(username, resource, scope=None, browser=None, **asked):
    """A user's tokens for an API, as a front end gets them: the public client `terminal`, code flow, PKCE."""
    client, redirect = application("terminal")["client_id"], "http://localhost/callback"
    # The example of RFC 7636, appendix B: nothing to copy into anything that lasts.
    verifier, challenge = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    asked = {"client_id": client, "redirect_uri": redirect, "scope": f"openid {scope or scope_of(resource)}",
             "response_type": "code", "code_challenge": challenge, "code_challenge_method": "S256", **asked}
    answer = parameters_of(sign_in(f"{AUTHORITY}/oauth2/v2.0/authorize?{urlencode(asked)}", username, browser))
    assert "code" in answer, f"no code: {answer.get('error_description')}"
    form = {"grant_type": "authorization_code", "client_id": client, "redirect_uri": redirect,
            "code": answer["code"], "code_verifier": verifier}
    tokens = requests.post(f"{AUTHORITY}/oauth2/v2.0/token", data=form).json()
    assert "access_token" in tokens, tokens.get("error_description")
    return tokens


def withdraw_consents(client, resource):
    """Takes back what users have agreed to that a client may do at an API for them."""
    about = {"client": application(client)["client_id"], "resource": application(resource)["audience"]}
    for consent in json.loads(stead("consent", "list", "--json")):
        if about.items() <= consent.items():
            stead("consent", "withdraw", consent["id"])


def totp(secret, now=None):
    """The six digits that an authenticator shows (RFC 6238)."""
    secret = secret.replace(" ", "")
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    mac = hmac.digest(key, struct.pack(">Q", int(now or time.time()) // 30), hashlib.sha1)
    number = struct.unpack_from(">I", mac, mac[-1] & 15)[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


class _Page(HTMLParser):
    """A page: its title, what it complains of, the secret it shows, and its first form with the values of its fields."""

    def __init__(self, url, text):
        super().__init__()
        self.title = self.problem = self.secret = ""
        self.action, self.fields, self._form_is_open = None, {}, False
        self._url, self._inside = url, None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        said = dict(attributes)
        if tag == "title" or said.get("role") == "alert" or said.get("id") == "secret":
            self._inside = {"title": "title", "code": "secret"}.get(tag, "problem")
        elif tag == "form" and not self.action:
            self.action, self._form_is_open = urljoin(self._url, said.get("action", "")), True
        elif tag in ("input", "button") and self._form_is_open and "name" in said:
            # Of several buttons that share a name, the last one is pressed unless `typed` says otherwise.
            self.fields[said["name"]] = said.get("value", "")

    def handle_endtag(self, tag):
        if tag == "form":
            self._form_is_open = False
        if tag in ("title", "div", "code"):
            self._inside = None

    def handle_data(self, text):
        if self._inside:
            setattr(self, self._inside, getattr(self, self._inside) + text.strip())


def _follow(browser, method, url, form=None):
    """Asks, and goes where it is sent, as long as that is the identity provider: `(URL elsewhere, page)`."""
    answer = browser.request(method, url, data=form, allow_redirects=False)
    while "location" in answer.headers:
        url = urljoin(answer.url, answer.headers["location"])
        if not url.startswith(PUBLIC_URL + "/"):
            return url, None
        answer = browser.get(url, allow_redirects=False)
    page = _Page(answer.url, answer.text)
    assert not page.problem, f"the page “{page.title}” says: {page.problem}"
    if page.action and not page.action.startswith(PUBLIC_URL + "/"):
        # A form that the page posts to the application by itself (`response_mode=form_post`).
        return f"{page.action}?{urlencode(page.fields)}", None
    return None, page
