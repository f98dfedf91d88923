# client: azure-identity (Python)
# flow: client credentials

from azure.identity import ClientSecretCredential

from support.world import EMULATOR, PUBLIC_URL, application, claims_of, shows

daemon = application("daemon")
credential = ClientSecretCredential(
    EMULATOR["tenant_id"], daemon["client_id"], daemon["secret"],
    authority=PUBLIC_URL, disable_instance_discovery=True)
token = credential.get_token("api://company-data/.default")
shows(claims_of(token.token), aud="api://company-data", azp=daemon["client_id"])
assert credential.get_token("api://company-data/.default").token == token.token
