// client: @azure/msal-node
// flow: authorization code, protocolMode OIDC

import assert from 'node:assert/strict';
import { ConfidentialClientApplication, CryptoProvider, ProtocolMode } from '@azure/msal-node';
import { application, claimsOf, configuration, emulator, scopeOf, signIn } from '../support.mjs';

// For the library, Stead is now any OpenID provider: it is found by its issuer.
const { app: { config } } = await configuration('msal-node', 'portal');
const { clientId, clientSecret, knownAuthorities } = config.auth;
const app = new ConfidentialClientApplication({
  auth: { clientId, clientSecret, knownAuthorities, authority: emulator.issuer },
  system: { protocolMode: ProtocolMode.OIDC },
});
const [redirectUri] = application('portal').redirect_uris;
const scopes = [scopeOf('reports-api')];

const { verifier, challenge } = await new CryptoProvider().generatePkceCodes();
const address = await app.getAuthCodeUrl({ scopes, redirectUri, codeChallenge: challenge, codeChallengeMethod: 'S256' });
const code = (await signIn(address, 'bob')).searchParams.get('code');
const result = await app.acquireTokenByCode({ code, scopes, redirectUri, codeVerifier: verifier });
assert.equal(result.account.username, 'bob');
assert.equal(claimsOf(result.accessToken).aud, 'api://reports-api');
assert.equal((await app.acquireTokenSilent({ account: result.account, scopes })).fromCache, true);
