// client: @azure/msal-node
// flow: authorization code

import assert from 'node:assert/strict';
import { CryptoProvider } from '@azure/msal-node';
import { application, claimsOf, configuration, emulator, scopeOf, signIn } from '../support.mjs';

const { app } = await configuration('msal-node', 'portal');
const [redirectUri] = application('portal').redirect_uris;
const scopes = [scopeOf('reports-api')];
const crypto = new CryptoProvider();
const { verifier, challenge } = await crypto.generatePkceCodes();
const [state, nonce] = [crypto.createNewGuid(), crypto.createNewGuid()];

const address = await app.getAuthCodeUrl({ scopes, redirectUri, state, nonce, codeChallenge: challenge, codeChallengeMethod: 'S256' });
const sentTo = await signIn(address, 'alice');
assert.equal(sentTo.searchParams.get('state'), state);

const result = await app.acquireTokenByCode({ code: sentTo.searchParams.get('code'), scopes, redirectUri, codeVerifier: verifier, nonce });
assert.equal(claimsOf(result.accessToken).aud, 'api://reports-api');
const { username, name, tenantId, homeAccountId } = result.account;
const { oid } = claimsOf(result.accessToken);
assert.deepEqual({ username, name, tenantId, homeAccountId }, {
  username: 'alice',
  name: 'Alice Archer',
  tenantId: emulator.tenant_id,
  homeAccountId: `${oid}.${emulator.tenant_id}`,
});

// From now on the library answers by itself.
const silent = await app.acquireTokenSilent({ account: result.account, scopes });
assert.equal(silent.fromCache, true);
assert.equal(silent.accessToken, result.accessToken);
