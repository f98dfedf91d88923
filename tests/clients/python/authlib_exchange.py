# client: Authlib
# flow: token exchange (RFC 8693), by audience and by resource
# package: authlib

from authlib.integrations.base_client import OAuthError

from support.people import user_token
from support.world import application, claims_of, configured, shows

stead = configured("authlib", "reports-api")
subject_token = user_token("alice", "reports-api")["access_token"]


def exchange(**target):
    return stead.session.fetch_token(
        stead.metadata["token_endpoint"], grant_type="urn:ietf:params:oauth:grant-type:token-exchange",
        subject_token=subject_token, subject_token_type="urn:ietf:params:oauth:token-type:access_token", **target)


for target in [{"audience": "api://company-data"}, {"resource": "api://company-data"}]:
    tokens = exchange(scope="Rows.Read", **target)
    shows(tokens, issued_token_type="urn:ietf:params:oauth:token-type:access_token", token_type="Bearer")
    claims = claims_of(tokens["access_token"])
    shows(claims, aud="api://company-data", scp="Rows.Read", name="Alice Archer")
    assert claims["act"]["sub"] == application("reports-api")["client_id"]

# Towards an API that reports-api may not act at, nothing is given.
try:
    exchange(audience="api://billing-api", scope="Invoices.Read")
    raise SystemExit("there is no edge to billing-api, and a token came of it")
except OAuthError as error:
    assert error.error == "invalid_target", error
