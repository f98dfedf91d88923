// client: oauth4webapi
// flow: resource server, validateJwtAccessToken

import assert from 'node:assert/strict';
import * as oauth from 'oauth4webapi';
import { application, configuration, forged, scopeOf, userToken } from '../support.mjs';

const { as } = await configuration('oauth4webapi', 'company-data');
const { app } = await configuration('msal-node', 'reports-api');
const { access_token: oboAssertion } = await userToken('alice', 'reports-api');
const { accessToken } = await app.acquireTokenOnBehalfOf({ oboAssertion, scopes: [scopeOf('company-data')] });
const callWith = (token) => new Request('https://company-data.example/rows', { headers: { authorization: `Bearer ${token}` } });

// A token in the profile of RFC 9068: type, issuer, audience, times and signature are all looked at.
const claims = await oauth.validateJwtAccessToken(as, callWith(accessToken), 'api://company-data');
assert.deepEqual([claims.scope, claims.act.sub], ['Rows.Read', application('reports-api').client_id]);

// The user's own token is for reports-api; no other API takes it.
await assert.rejects(oauth.validateJwtAccessToken(as, callWith(oboAssertion), 'api://company-data'), /aud/);
await assert.rejects(oauth.validateJwtAccessToken(as, callWith(forged(accessToken)), 'api://company-data'), /signature/);
