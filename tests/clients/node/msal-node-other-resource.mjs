// client: @azure/msal-node
// flow: refresh token for another resource

import assert from 'node:assert/strict';
import { CryptoProvider } from '@azure/msal-node';
import { application, claimsOf, configuration, newBrowser, scopeOf, signIn } from '../support.mjs';

const { app } = await configuration('msal-node', 'portal');
const [redirectUri] = application('portal').redirect_uris;
const [reports, payroll] = [[scopeOf('reports-api')], [scopeOf('payroll')]];
const { verifier, challenge } = await new CryptoProvider().generatePkceCodes();
const browser = newBrowser();
const codeFor = async (scopes) => {
  const address = await app.getAuthCodeUrl({ scopes, redirectUri, codeChallenge: challenge, codeChallengeMethod: 'S256' });
  return (await signIn(address, 'alice', { at: browser })).searchParams.get('code');
};

// Alice has agreed to both some time ago; this sign-in is for the first API alone.
await codeFor(payroll);
const code = await codeFor(reports);
const { account, accessToken } = await app.acquireTokenByCode({ code, scopes: reports, redirectUri, codeVerifier: verifier });
assert.equal(claimsOf(accessToken).aud, 'api://reports-api');

// The refresh token that came with it is good for the other API, too.
const other = await app.acquireTokenSilent({ account, scopes: payroll });
assert.equal(claimsOf(other.accessToken).aud, 'api://payroll');
assert.equal(other.fromCache, false);
assert.equal((await app.acquireTokenSilent({ account, scopes: payroll })).fromCache, true);

// A refresh token that was kept elsewhere can be brought along.
const { RefreshToken } = JSON.parse(app.getTokenCache().serialize());
const [{ secret: refreshToken }] = Object.values(RefreshToken);
const brought = await app.acquireTokenByRefreshToken({ refreshToken, scopes: payroll });
assert.equal(claimsOf(brought.accessToken).aud, 'api://payroll');
