# client: Authlib
# flow: an API reads our access tokens (RFC 9068)
# package: authlib

import requests
from authlib.oauth2.rfc6750 import InvalidTokenError
from authlib.oauth2.rfc9068 import JWTBearerTokenValidator

from support.people import user_token
from support.world import configured, shows

stead = configured("authlib", "payroll")


class Validator(JWTBearerTokenValidator):
    """What protects an API."""

    def get_jwks(self):
        return requests.get(stead.metadata["jwks_uri"]).json()


def validator(audience):
    return Validator(issuer=stead.issuer, resource_server=audience)


token = user_token("alice", "reports-api")["access_token"]
reports = validator("api://reports-api")
accepted = reports.authenticate_token(token)
reports.validate_token(accepted, ["Reports.Read"], None)
shows(accepted, aud="api://reports-api", name="Alice Archer", scope="Reports.Read")

# Another API does not take it.
payroll = validator("api://payroll")
try:
    payroll.validate_token(payroll.authenticate_token(token), [], None)
    raise SystemExit("a token for reports-api was accepted by payroll")
except InvalidTokenError:
    pass
