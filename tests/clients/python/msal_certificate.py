# client: msal (Python)
# flow: on behalf of, with a certificate

import pathlib

import msal

from support.people import user_token
from support.world import AUTHORITY, application, claims_of, scope_of, shows, token_of

middle = application("reports-api")
key, certificate = (pathlib.Path(middle["certificate"][part]).read_text() for part in ("key", "cert"))
assertion = user_token("alice", "reports-api")["access_token"]


def exchanged(**credential):
    app = msal.ConfidentialClientApplication(
        middle["client_id"], client_credential={"private_key": key, **credential},
        authority=AUTHORITY, instance_discovery=False)
    return app.acquire_token_on_behalf_of(assertion, [scope_of("company-data")])


# PS256, `x5t#S256`, and the certificate itself (`x5c`).
tokens = exchanged(public_certificate=certificate)
shows(claims_of(token_of(tokens)), aud="api://company-data", scp="Rows.Read", name="Alice Archer")

# A key that is not on file.
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

key = rsa.generate_private_key(65537, 2048).private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()
shows(exchanged(public_certificate=certificate), error="invalid_client", error_codes=[700027])
