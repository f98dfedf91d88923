# client: msal (Python)
# flow: client credentials, twice

from support.world import application, claims_of, configured, shows, token_of

app = configured("msal-python", "daemon").app
scopes = ["api://company-data/.default"]

tokens = app.acquire_token_for_client(scopes)
claims = claims_of(token_of(tokens))
shows(claims, aud="api://company-data", azp=application("daemon")["client_id"])
assert "client_info" not in tokens and "refresh_token" not in tokens and "id_token" not in tokens, tokens.keys()

# This call reads the cache first.
again = app.acquire_token_for_client(scopes)
shows(again, access_token=tokens["access_token"], token_source="cache")

# An API that it has no permission at.
shows(app.acquire_token_for_client(["api://vault/.default"]), access_token=None)
