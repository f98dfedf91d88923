# client: msal (Python)
# flow: on behalf of, for all that the API allows (.default), and from a cache kept between processes

import msal

from support.people import user_token
from support.world import AUTHORITY, application, claims_of, shows, token_of

middle = application("reports-api")
scopes = ["api://company-data/.default"]


def process(kept):
    """A process of the middle tier, with the cache that the last one has left."""
    cache = msal.SerializableTokenCache()
    cache.deserialize(kept)
    return cache, msal.ConfidentialClientApplication(
        middle["client_id"], client_credential=middle["secret"], authority=AUTHORITY, instance_discovery=False,
        token_cache=cache)


cache, app = process("{}")
tokens = app.acquire_token_on_behalf_of(user_token("alice", "reports-api")["access_token"], scopes)
shows(claims_of(token_of(tokens)), aud="api://company-data", scp="Rows.Read", name="Alice Archer")
assert scopes[0] in tokens["scope"].split(), tokens["scope"]

_, next_app = process(cache.serialize())
(account,) = next_app.get_accounts("alice")
shows(next_app.acquire_token_silent(scopes, account), access_token=tokens["access_token"], token_source="cache")
