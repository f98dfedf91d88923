# client: msal (Python)
# flow: sign-in in the system browser, back to a free port of this machine

import threading

from support.people import arrive, sign_in
from support.world import claims_of, configured, scope_of, shows, token_of

app = configured("msal-python", "terminal").app


def browser(url):
    """Signs alice in, and goes where it is sent: to the port that MSAL listens on."""
    threading.Thread(target=lambda: arrive(sign_in(url, "alice")), daemon=True).start()


tokens = app.acquire_token_interactive([scope_of("reports-api")], auth_uri_callback=browser, timeout=60)
shows(claims_of(token_of(tokens)), aud="api://reports-api", scp="Reports.Read", name="Alice Archer")
shows(tokens["id_token_claims"], preferred_username="alice")
(account,) = app.get_accounts()
shows(app.acquire_token_silent([scope_of("reports-api")], account), token_source="cache")
