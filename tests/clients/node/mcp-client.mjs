// client: @modelcontextprotocol/sdk (TypeScript)
// flow: MCP authorization
// package: @modelcontextprotocol/sdk

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { getOAuthProtectedResourceMetadataUrl, mcpAuthMetadataRouter } from '@modelcontextprotocol/sdk/server/auth/router.js';
import { requireBearerAuth } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import express from 'express';
import * as oauth from 'oauth4webapi';
import { administer, claimsOf, configuration, emulator, signIn } from '../support.mjs';

// An MCP server: its address is its audience.
const server = createServer().listen(0, '127.0.0.1');
await once(server, 'listening');
const resource = new URL(`http://localhost:${server.address().port}/mcp`);

// Stead knows the server, what may be done there, and a client that may ask for it.
await administer('PUT', 'applications/tools', {
  name: 'Tools', kind: 'web-api', audience: resource.href, scopes: { 'tools.call': 'Call its tools' },
});
await administer('PUT', 'applications/assistant', {
  name: 'Assistant', kind: 'native', redirect_uris: ['http://localhost/callback'],
  permissions: [{ towards: resource.href, scopes: ['tools.call'], consent: 'user' }],
});

const { as } = await configuration('oauth4webapi', 'reports-api');
const verifyAccessToken = async (token) => {
  const request = new Request(resource, { headers: { authorization: `Bearer ${token}` } });
  const { client_id, scope, exp, name } = await oauth.validateJwtAccessToken(as, request, resource.href);
  return { token, clientId: client_id, scopes: scope.split(' '), expiresAt: exp, extra: { name } };
};
const web = express();
web.use(mcpAuthMetadataRouter({ oauthMetadata: as, resourceServerUrl: resource, scopesSupported: ['tools.call'] }));
web.post('/mcp', requireBearerAuth({
  verifier: { verifyAccessToken },
  requiredScopes: ['tools.call'],
  resourceMetadataUrl: getOAuthProtectedResourceMetadataUrl(resource),
}), express.json(), async (request, response) => {
  const mcp = new McpServer({ name: 'tools', version: '1.0.0' });
  mcp.registerTool('whoami', {}, ({ authInfo }) => ({ content: [{ type: 'text', text: `${authInfo.extra.name} through ${authInfo.clientId}` }] }));
  const transport = new StreamableHTTPServerTransport({ enableJsonResponse: true });
  await mcp.connect(transport);
  await transport.handleRequest(request, response, request.body);
});
server.on('request', web);

// An MCP client that is registered beforehand and knows nothing else: it finds Stead by itself.
const kept = {};
const authProvider = {
  redirectUrl: 'http://localhost/callback',
  clientMetadata: { client_name: 'Assistant', redirect_uris: ['http://localhost/callback'] },
  clientInformation: () => ({ client_id: 'assistant' }),
  tokens: () => kept.tokens,
  saveTokens: (tokens) => { kept.tokens = tokens; },
  codeVerifier: () => kept.verifier,
  saveCodeVerifier: (verifier) => { kept.verifier = verifier; },
  redirectToAuthorization: (address) => { kept.address = address; },
};
const client = () => new Client({ name: 'assistant', version: '1.0.0' });
const transport = new StreamableHTTPClientTransport(resource, { authProvider });
await assert.rejects(client().connect(transport), UnauthorizedError);
assert.equal(kept.address.origin, new URL(emulator.public_url).origin);
assert.equal(kept.address.searchParams.get('resource'), resource.href);

const sentTo = await signIn(kept.address, 'alice');
await transport.finishAuth(sentTo.searchParams.get('code'));
const { aud, scope } = claimsOf(kept.tokens.access_token);
assert.deepEqual([aud, scope], [resource.href, 'tools.call']);

const signedIn = client();
await signedIn.connect(new StreamableHTTPClientTransport(resource, { authProvider }));
const { content: [{ text }] } = await signedIn.callTool({ name: 'whoami' });
assert.equal(text, 'Alice Archer through assistant');
await signedIn.close();
server.close();
