// client: @azure/msal-node
// flow: claims step-up through the tiers

import assert from 'node:assert/strict';
import { InteractionRequiredAuthError } from '@azure/msal-node';
import { claimsOf, configuration, newBrowser, scopeOf, userToken } from '../support.mjs';

const { app } = await configuration('msal-node', 'reports-api');
const scopes = [scopeOf('vault')];
const browser = newBrowser();

// Signed in with a password alone, the user's token does not open the vault.
const { access_token: weak } = await userToken('alice', 'reports-api', { at: browser });
const refusal = await app.acquireTokenOnBehalfOf({ oboAssertion: weak, scopes })
  .then(() => assert.fail('a password was enough'), (error) => error);
assert.ok(refusal instanceof InteractionRequiredAuthError, `${refusal.name}: ${refusal.message}`);
const { access_token: { acrs } } = JSON.parse(refusal.claims);
assert.deepEqual(acrs, { essential: true, value: 'urn:stead:acr:mfa' });

// The middle tier has no page to show: it hands the claims on, and the front end signs in with exactly those.
// Alice adds an authenticator app on the way.
const { access_token: strong } = await userToken('alice', 'reports-api', { at: browser, asked: { claims: refusal.claims } });
const { accessToken } = await app.acquireTokenOnBehalfOf({ oboAssertion: strong, scopes });
assert.deepEqual([claimsOf(accessToken).aud, claimsOf(accessToken).acr], ['api://vault', 'urn:stead:acr:mfa']);
