# client: msal (Python)
# flow: on behalf of, with a certificate

import msal
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from support.people import user_token
from support.world import AUTHORITY, application, claims_of, configured, scope_of, shows, token_of

stead = configured("msal-python", "reports-api", "--credential", "certificate")
assertion = user_token("alice", "reports-api")["access_token"]
tokens = stead.app.acquire_token_on_behalf_of(assertion, [scope_of("company-data")])
shows(claims_of(token_of(tokens)), aud="api://company-data", scp="Rows.Read", name="Alice Archer")

# The same certificate with a key that is not on file.
other_key = rsa.generate_private_key(65537, 2048).private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()
impostor = msal.ConfidentialClientApplication(
    application("reports-api")["client_id"], client_credential={**stead.credential, "private_key": other_key},
    authority=AUTHORITY, instance_discovery=False)
refusal = impostor.acquire_token_on_behalf_of(assertion, [scope_of("company-data")])
shows(refusal, error="invalid_client", error_codes=[700027])
