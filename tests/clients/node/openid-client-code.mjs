// client: openid-client
// flow: authorization code, refresh, introspection, revocation

import assert from 'node:assert/strict';
import * as client from 'openid-client';
import { application, configuration, emulator, scopeOf, signIn } from '../support.mjs';

const { config } = await configuration('openid-client', 'portal');
const [redirect_uri] = application('portal').redirect_uris;

const pkceCodeVerifier = client.randomPKCECodeVerifier();
const [expectedState, expectedNonce] = [client.randomState(), client.randomNonce()];
const address = client.buildAuthorizationUrl(config, {
  redirect_uri,
  scope: `openid profile offline_access ${scopeOf('reports-api')}`,
  code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
  code_challenge_method: 'S256',
  state: expectedState,
  nonce: expectedNonce,
});
const sentTo = await signIn(address, 'alice');
const tokens = await client.authorizationCodeGrant(config, sentTo, { pkceCodeVerifier, expectedState, expectedNonce });
const { name, tid } = tokens.claims();
assert.deepEqual([name, tid], ['Alice Archer', emulator.tenant_id]);

const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token);
assert.notEqual(refreshed.access_token, tokens.access_token);

// The API that the token is for may ask whether it is still good, and hears that it is not any more.
const { config: api } = await configuration('openid-client', 'reports-api');
assert.equal((await client.tokenIntrospection(api, refreshed.access_token)).active, true);
await client.tokenRevocation(config, refreshed.refresh_token);
assert.equal((await client.tokenIntrospection(api, refreshed.access_token)).active, false);
