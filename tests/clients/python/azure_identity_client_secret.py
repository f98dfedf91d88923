# client: azure-identity (Python)
# flow: client credentials

from support.world import application, claims_of, configured, shows

credential = configured("azure-identity", "daemon").credential
token = credential.get_token("api://company-data/.default")
shows(claims_of(token.token), aud="api://company-data", azp=application("daemon")["client_id"])
assert credential.get_token("api://company-data/.default").token == token.token
