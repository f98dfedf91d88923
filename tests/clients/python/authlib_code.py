# client: Authlib
# flow: sign-in by authorization code with PKCE, id token, userinfo, refresh
# package: authlib

from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.jwk import KeySet
import requests

from support.people import sign_in
from support.world import EMULATOR, application, claims_of, scope_of, shows

portal, verifier = application("portal"), "a-verifier-that-is-long-enough-to-be-one-0123"
metadata = requests.get(f"{EMULATOR['issuer']}/.well-known/openid-configuration").json()
session = OAuth2Session(
    portal["client_id"], portal["secret"], scope=f"openid profile offline_access {scope_of('reports-api')}",
    redirect_uri=portal["redirect_uris"][0], code_challenge_method="S256",
    token_endpoint=metadata["token_endpoint"])

url, state = session.create_authorization_url(
    metadata["authorization_endpoint"], code_verifier=verifier, nonce="n-0S6_WzA2Mj")
tokens = session.fetch_token(
    metadata["token_endpoint"], authorization_response=sign_in(url, "alice"), state=state, code_verifier=verifier)
shows(claims_of(tokens["access_token"]), aud="api://reports-api", scp="Reports.Read", name="Alice Archer")

# The id token holds: signature, issuer, audience, nonce, time.
keys = KeySet.import_key_set(requests.get(metadata["jwks_uri"]).json())
id_token = jwt.decode(tokens["id_token"], keys, algorithms=metadata["id_token_signing_alg_values_supported"])
rules = jwt.JWTClaimsRegistry(
    iss={"essential": True, "value": EMULATOR["issuer"]}, aud={"essential": True, "value": portal["client_id"]},
    nonce={"essential": True, "value": "n-0S6_WzA2Mj"}, exp={"essential": True})
rules.validate(id_token.claims)
shows(id_token.claims, name="Alice Archer", preferred_username="alice")

renewed = session.refresh_token(metadata["token_endpoint"], refresh_token=tokens["refresh_token"])
assert renewed["access_token"] != tokens["access_token"]
shows(claims_of(renewed["access_token"]), aud="api://reports-api", name="Alice Archer")
