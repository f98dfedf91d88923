// client: express-oauth2-jwt-bearer
// flow: resource server

import assert from 'node:assert/strict';
import { once } from 'node:events';
import express from 'express';
import { auth, claimEquals, requiredScopes } from 'express-oauth2-jwt-bearer';
import { application, configuration, emulator, forged, scopeOf, userToken } from '../support.mjs';

// company-data, as somebody else would have written it.
const api = express();
api.use(auth({ issuerBaseURL: emulator.issuer, audience: 'api://company-data', tokenSigningAlg: 'RS256' }));
api.get('/rows', requiredScopes('Rows.Read'), claimEquals('name', 'Alice Archer'), (request, response) => {
  response.json({ through: request.auth.payload.act.sub });
});
api.get('/more', requiredScopes('Rows.Write'), (request, response) => response.end());
api.use((error, request, response, next) => response.status(error.status ?? 500).json({ error: error.code }) ?? next);
const server = api.listen(0, '127.0.0.1');
await once(server, 'listening');
const call = async (path, token) => {
  const answer = await fetch(`http://127.0.0.1:${server.address().port}${path}`, { headers: { authorization: `Bearer ${token}` } });
  return [answer.status, await answer.json()];
};

const { app } = await configuration('msal-node', 'reports-api');
const { access_token: oboAssertion } = await userToken('alice', 'reports-api');
const { accessToken } = await app.acquireTokenOnBehalfOf({ oboAssertion, scopes: [scopeOf('company-data')] });
assert.deepEqual(await call('/rows', accessToken), [200, { through: application('reports-api').client_id }]);

const refusals = [
  ['/more', accessToken, 403, 'insufficient_scope'],
  ['/rows', oboAssertion, 401, 'invalid_token'],
  ['/rows', forged(accessToken), 401, 'invalid_token'],
  ['/rows', accessToken.replace(/[^.]*$/, ''), 401, 'invalid_token'],
];
for (const [path, token, status, error] of refusals) assert.deepEqual(await call(path, token), [status, { error }]);
server.close();
