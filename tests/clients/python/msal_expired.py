# client: msal (Python)
# flow: on behalf of, with a token that expires

from support.faults import fault
from support.people import user_token
from support.world import claims_of, configured, scope_of, shows, token_of

app = configured("msal-python", "reports-api").app


def exchange():
    assertion = user_token("alice", "reports-api")["access_token"]
    return app.acquire_token_on_behalf_of(assertion, [scope_of("company-data")])


# The next token that alice brings has expired by the time it is exchanged.
fault("assertion-expired", "--user", "alice", "--times", "1")
refusal = exchange()
shows(refusal, error="invalid_grant", error_codes=[500133])
assert "AADSTS500133" in refusal["error_description"], refusal["error_description"]

# Her front end gets her a fresh one.
shows(claims_of(token_of(exchange())), aud="api://company-data", name="Alice Archer")
