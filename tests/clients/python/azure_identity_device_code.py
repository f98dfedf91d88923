# client: azure-identity (Python)
# flow: device code

from azure.identity import DeviceCodeCredential

from support.people import enter_user_code
from support.world import EMULATOR, PUBLIC_URL, application, claims_of, scope_of, shows


def prompt(verification_uri, user_code, expires_on):
    """The user does what the prompt says, at another device."""
    enter_user_code(verification_uri, user_code, "alice")


credential = DeviceCodeCredential(
    application("terminal")["client_id"], tenant_id=EMULATOR["tenant_id"], prompt_callback=prompt,
    authority=PUBLIC_URL, disable_instance_discovery=True)
token = credential.get_token(scope_of("reports-api"))
shows(claims_of(token.token), aud="api://reports-api", scp="Reports.Read", name="Alice Archer")
assert credential.get_token(scope_of("reports-api")).token == token.token
