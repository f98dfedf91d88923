# client: msal (Python)
# flow: on behalf of, before and after consent

from support.people import user_token, withdraw_consents
from support.world import claims_of, configured, scope_of, shows, token_of

app = configured("msal-python", "reports-api").app
assertion = user_token("carol", "reports-api")["access_token"]


def exchange():
    return app.acquire_token_on_behalf_of(assertion, [scope_of("payroll")])


# Whatever Carol may have agreed to, she has taken back.
withdraw_consents("reports-api", "payroll")
refusal = exchange()
shows(refusal, error="invalid_grant", suberror="consent_required", error_codes=[65001])
assert "AADSTS65001" in refusal["error_description"], refusal["error_description"]

# The front end asks her, and the very same call succeeds at once: MSAL Python keeps a refusal for a minute,
# unless the answer says `Retry-After: 0`.
user_token("carol", "reports-api", prompt="consent")
shows(claims_of(token_of(exchange())), aud="api://payroll", scp="People.Read", name="Carol Chen")
