// client: @azure/msal-browser (Chromium)
// flow: claims step-up through the tiers
// package: @azure/msal-browser

import assert from 'node:assert/strict';
import { InteractionRequiredAuthError } from '@azure/msal-node';
import { claimsOf, configuration, emulator, scopeOf } from '../support.mjs';
import { addAuthenticatorAt, allowAt, comeBack, leave, openPage, serveApi, signInAt } from '../browser.mjs';

// The middle tier, with msal-node: it opens the vault on behalf of whoever calls, or says what is missing.
const { app: middle } = await configuration('msal-node', 'reports-api');
const api = await serveApi(async (oboAssertion) => {
  try {
    const { accessToken } = await middle.acquireTokenOnBehalfOf({ oboAssertion, scopes: [scopeOf('vault')] });
    return [200, {}, claimsOf(accessToken)];
  } catch (error) {
    if (!(error instanceof InteractionRequiredAuthError)) throw error;
    const authorize = `${emulator.authority}/oauth2/v2.0/authorize`;
    const claims = Buffer.from(error.claims).toString('base64');
    return [401, { 'www-authenticate': `Bearer realm="", authorization_uri="${authorize}", error="insufficient_claims", claims="${claims}"` }, {}];
  }
});

const { page, origin, close } = await openPage('dashboard');
const scopes = [scopeOf('reports-api')];
leave(page, (scopes) => app.loginRedirect({ scopes }), scopes);
await signInAt(page, 'alice');
await allowAt(page);
await comeBack(page, origin);

// The front end: Stead's helper reads the challenge, and the library signs in with exactly those claims.
const opened = page.waitForEvent('popup');
const answered = page.evaluate(async ([helper, api, scopes]) => {
  const { withChallenge } = await import(helper);
  const account = app.getAllAccounts()[0];
  let { accessToken } = await app.acquireTokenSilent({ account, scopes });
  const asked = [];
  const answer = await withChallenge(
    () => fetch(api, { headers: { authorization: `Bearer ${accessToken}` } }),
    async ({ claims }) => {
      asked.push(claims);
      ({ accessToken } = await app.acquireTokenPopup({ account, scopes, claims, redirectUri: '/redirect.html' }));
    },
  );
  return { asked, status: answer.status, vault: await answer.json() };
}, [`${emulator.public_url}/assets/challenge.js`, api.address, scopes]);

// Alice has no second factor yet: in the popup she shows once more who she is, and adds one.
const popup = await opened;
await signInAt(popup, 'alice');
await addAuthenticatorAt(popup);

const { asked, status, vault } = await answered;
assert.deepEqual(asked.map((claims) => JSON.parse(claims).access_token.acrs.value), ['urn:stead:acr:mfa']);
assert.deepEqual([status, vault.aud, vault.acr], [200, 'api://vault', 'urn:stead:acr:mfa']);
await close();
api.close();
