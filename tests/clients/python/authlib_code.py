# client: Authlib
# flow: sign-in by authorization code with PKCE, id token, refresh
# package: authlib

import requests
from joserfc import jwt
from joserfc.jwk import KeySet

from support.people import sign_in
from support.world import application, claims_of, configured, scope_of, shows

stead = configured("authlib", "portal")
session, metadata = stead.session, stead.metadata
verifier, nonce = "a-verifier-that-is-long-enough-to-be-one-0123", "n-0S6_WzA2Mj"

url, state = session.create_authorization_url(
    metadata["authorization_endpoint"], scope=f"openid profile offline_access {scope_of('reports-api')}",
    code_verifier=verifier, nonce=nonce)
tokens = session.fetch_token(
    metadata["token_endpoint"], authorization_response=sign_in(url, "alice"), state=state, code_verifier=verifier)
shows(claims_of(tokens["access_token"]), aud="api://reports-api", scp="Reports.Read", name="Alice Archer")

# The id token holds: signature, issuer, audience, nonce, time.
keys = KeySet.import_key_set(requests.get(metadata["jwks_uri"]).json())
id_token = jwt.decode(tokens["id_token"], keys, algorithms=metadata["id_token_signing_alg_values_supported"])
jwt.JWTClaimsRegistry(
    iss={"essential": True, "value": stead.issuer}, exp={"essential": True},
    aud={"essential": True, "value": application("portal")["client_id"]}, nonce={"essential": True, "value": nonce},
).validate(id_token.claims)
shows(id_token.claims, name="Alice Archer", preferred_username="alice")

renewed = session.refresh_token(metadata["token_endpoint"], refresh_token=tokens["refresh_token"])
assert renewed["access_token"] != tokens["access_token"]
shows(claims_of(renewed["access_token"]), aud="api://reports-api", name="Alice Archer")
