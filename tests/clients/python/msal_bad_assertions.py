# client: msal (Python)
# flow: on behalf of, with a token for another API, of an application, an id token, a forged one

from support.people import user_token
from support.world import configured, scope_of, shows, token_of

app = configured("msal-python", "reports-api").app


def refusal(assertion):
    return app.acquire_token_on_behalf_of(assertion, [scope_of("company-data")])


# A token that alice's front end got for payroll.
other = user_token("alice", "payroll")
shows(refusal(other["access_token"]), error="invalid_grant", error_codes=[500131])

# Her id token: it says to the front end who she is, and nothing to anybody else.
shows(refusal(other["id_token"]), error="invalid_request", error_codes=[240002])

# A token that an application got for itself: nobody to act on behalf of.
daemon = configured("msal-python", "daemon").app
app_only = token_of(daemon.acquire_token_for_client(["api://company-data/.default"]))
shows(refusal(app_only), error="unauthorized_client", error_codes=[7000114])

# A signature that nobody made.
header, claims, signature = user_token("alice", "reports-api")["access_token"].split(".")
forged = ".".join([header, claims, ("B" if signature[0] == "A" else "A") + signature[1:]])
shows(refusal(forged), error="invalid_grant", error_codes=[50013])
