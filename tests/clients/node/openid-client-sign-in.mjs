// client: openid-client
// flow: sign-in alone, user info, sign-out

import assert from 'node:assert/strict';
import * as client from 'openid-client';
import { application, configuration, newBrowser, signIn, visit } from '../support.mjs';

const { config } = await configuration('openid-client', 'portal');
const [redirect_uri] = application('portal').redirect_uris;
const pkceCodeVerifier = client.randomPKCECodeVerifier();
const code_challenge = await client.calculatePKCECodeChallenge(pkceCodeVerifier);
const browser = newBrowser();

const parameters = { redirect_uri, scope: 'openid profile email', code_challenge, code_challenge_method: 'S256' };
const sentTo = await signIn(client.buildAuthorizationUrl(config, parameters), 'bob', { at: browser });
const tokens = await client.authorizationCodeGrant(config, sentTo, { pkceCodeVerifier });
const { sub, name } = tokens.claims();
assert.equal(name, 'Bob Baxter');

// Without an API in the scope, the access token is for the user info endpoint.
const info = await client.fetchUserInfo(config, tokens.access_token, sub);
assert.deepEqual([info.name, info.email], ['Bob Baxter', 'bob@example.com']);

// Signed in is signed in: nothing is asked the second time. After signing out, it is.
const silently = client.buildAuthorizationUrl(config, { ...parameters, prompt: 'none' });
assert.ok((await visit(silently, 'bob', { at: browser })).sentTo.searchParams.has('code'));
await visit(client.buildEndSessionUrl(config, { id_token_hint: tokens.id_token }), 'bob', { at: browser });
assert.equal((await visit(silently, 'bob', { at: browser })).sentTo.searchParams.get('error'), 'login_required');
