# client: mcp (Python)
# flow: MCP authorization: finds Stead by the server's metadata, signs in, calls a tool

import asyncio
import socket
import threading

import jwt
import uvicorn
from mcp.client import Client
from mcp.client.auth import AuthorizationCodeResult, OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.auth.provider import AccessToken
from mcp.server.auth.settings import AuthSettings
from mcp.server.mcpserver import MCPServer
from mcp.shared._httpx_utils import create_mcp_http_client
from mcp.shared.auth import OAuthClientInformationFull, OAuthClientMetadata

from support.people import parameters_of, sign_in
from support.world import EMULATOR, administer, shows

# An MCP server: its address is its audience.
listening = socket.create_server(("127.0.0.1", 0))
RESOURCE = f"http://localhost:{listening.getsockname()[1]}/mcp"
CALLBACK = "http://localhost/callback"

# Stead knows the server, what may be done there, and a client that may ask for it.
administer("PUT", "applications/tools", name="Tools", kind="web-api", audience=RESOURCE,
           scopes={"tools.call": "Call its tools"})
administer("PUT", "applications/assistant", name="Assistant", kind="native", redirect_uris=[CALLBACK],
           permissions=[{"towards": RESOURCE, "scopes": ["tools.call"], "consent": "user"}])


class Verifier:
    """Verifies access tokens with the keys that Stead publishes."""

    keys = jwt.PyJWKClient(f"{EMULATOR['authority']}/discovery/v2.0/keys")

    async def verify_token(self, token):
        key = await asyncio.to_thread(self.keys.get_signing_key_from_jwt, token)
        claims = jwt.decode(token, key, algorithms=["ES256", "RS256"], audience=RESOURCE, issuer=EMULATOR["issuer"])
        return AccessToken(token=token, client_id=claims["client_id"], scopes=claims["scope"].split(),
                           expires_at=claims["exp"], resource=RESOURCE, subject=claims["sub"], claims=claims)


server = MCPServer("tools", token_verifier=Verifier(), auth=AuthSettings(
    issuer_url=EMULATOR["issuer"], resource_server_url=RESOURCE, required_scopes=["tools.call"],
    validate_token_resource=True))


@server.tool()
def whoami() -> str:
    """Says who is calling, through which client."""
    token = get_access_token()
    return f"{token.claims['name']} through {token.client_id}"


class Kept:
    """What the client keeps: it is registered beforehand and knows nothing else."""

    tokens = None
    client = OAuthClientInformationFull(
        client_id="assistant", redirect_uris=[CALLBACK], token_endpoint_auth_method="none")

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens

    async def get_client_info(self):
        return self.client

    async def set_client_info(self, client):
        self.client = client


class Browser:
    """Alice's: sent to Stead, it comes back with a code."""

    async def open(self, url):
        assert parameters_of(url)["resource"] == RESOURCE, url
        self.sent_to = await asyncio.to_thread(sign_in, url, "alice")

    async def come_back(self):
        answer = parameters_of(self.sent_to)
        return AuthorizationCodeResult(code=answer["code"], state=answer["state"], iss=answer["iss"])


async def main():
    kept, browser = Kept(), Browser()
    provider = OAuthClientProvider(
        RESOURCE, OAuthClientMetadata(client_name="Assistant", redirect_uris=[CALLBACK]), kept,
        redirect_handler=browser.open, callback_handler=browser.come_back)
    async with create_mcp_http_client(auth=provider) as http:
        async with Client(streamable_http_client(RESOURCE, http_client=http)) as client:
            said = await client.call_tool("whoami")
    assert said.content[0].text == "Alice Archer through assistant", said
    shows(kept.tokens.model_dump(), token_type="Bearer", scope="tools.call")


web = uvicorn.Server(uvicorn.Config(server.streamable_http_app(host="localhost"), log_level="warning"))
threading.Thread(target=web.run, kwargs={"sockets": [listening]}, daemon=True).start()
asyncio.run(main())
