// client: oauth4webapi
// flow: discovery, authorization code

import assert from 'node:assert/strict';
import * as oauth from 'oauth4webapi';
import { application, configuration, scopeOf, signIn } from '../support.mjs';

const { as, client, clientAuth } = await configuration('oauth4webapi', 'portal');
const [redirectUri] = application('portal').redirect_uris;

const verifier = oauth.generateRandomCodeVerifier();
const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()];
const address = new URL(as.authorization_endpoint);
address.search = new URLSearchParams({
  client_id: client.client_id,
  redirect_uri: redirectUri,
  response_type: 'code',
  scope: `openid profile offline_access ${scopeOf('reports-api')}`,
  code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
  code_challenge_method: 'S256',
  state,
  nonce,
  max_age: '3600',
});

// It insists on `iss`, `state`, `nonce` and `auth_time`; all of them are there.
const parameters = oauth.validateAuthResponse(as, client, await signIn(address, 'alice'), state);
const response = await oauth.authorizationCodeGrantRequest(as, client, clientAuth, parameters, redirectUri, verifier);
const tokens = await oauth.processAuthorizationCodeResponse(as, client, response, { expectedNonce: nonce, maxAge: 3600, requireIdToken: true });
await oauth.validateApplicationLevelSignature(as, response);
assert.equal(oauth.getValidatedIdTokenClaims(tokens).name, 'Alice Archer');

const refreshed = await oauth.refreshTokenGrantRequest(as, client, clientAuth, tokens.refresh_token);
const again = await oauth.processRefreshTokenResponse(as, client, refreshed);
assert.notEqual(again.access_token, tokens.access_token);
