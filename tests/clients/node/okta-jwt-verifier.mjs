// client: @okta/jwt-verifier
// flow: resource server

import assert from 'node:assert/strict';
import OktaJwtVerifier from '@okta/jwt-verifier';
import { application, configuration, emulator, forged, scopeOf, userToken } from '../support.mjs';

const verifier = new OktaJwtVerifier({
  issuer: emulator.issuer,
  jwksUri: `${emulator.authority}/discovery/v2.0/keys`,
  assertClaims: { scp: 'Rows.Read' },
});

const { app } = await configuration('msal-node', 'reports-api');
const { access_token: oboAssertion } = await userToken('alice', 'reports-api');
const { accessToken } = await app.acquireTokenOnBehalfOf({ oboAssertion, scopes: [scopeOf('company-data')] });

const { claims } = await verifier.verifyAccessToken(accessToken, 'api://company-data');
assert.deepEqual([claims.name, claims.act.sub], ['Alice Archer', application('reports-api').client_id]);

await assert.rejects(verifier.verifyAccessToken(accessToken, 'api://payroll'), /audience claim/);
await assert.rejects(verifier.verifyAccessToken(oboAssertion, 'api://company-data'));
await assert.rejects(verifier.verifyAccessToken(forged(accessToken), 'api://company-data'), /[Ss]ignature/);
