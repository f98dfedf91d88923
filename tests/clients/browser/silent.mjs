// client: @azure/msal-browser (Chromium)
// flow: acquireTokenSilent from the cache, by refresh token, by hidden iframe
// package: @azure/msal-browser

import assert from 'node:assert/strict';
import { claimsOf, scopeOf } from '../support.mjs';
import { allowAt, comeBack, leave, openPage, signInAt } from '../browser.mjs';

const { page, origin, asked, close } = await openPage('dashboard', { cookiesInFrames: true });
const scopes = [scopeOf('reports-api')];
leave(page, (scopes) => app.loginRedirect({ scopes }), scopes);
await signInAt(page, 'alice');
await allowAt(page);
await comeBack(page, origin);
const { accessToken: first } = await page.evaluate(() => cameBack);
asked();

const silent = (by) => page.evaluate(
  ([scopes, by]) => app.acquireTokenSilent({
    account: app.getAllAccounts()[0],
    scopes,
    redirectUri: '/redirect.html',
    cacheLookupPolicy: msal.CacheLookupPolicy[by],
  }),
  [scopes, by],
);

const kept = await silent('Default');
assert.deepEqual([kept.fromCache, kept.accessToken, asked()], [true, first, []]);

const refreshed = await silent('RefreshToken');
assert.deepEqual([refreshed.fromCache, asked()], [false, ['token refresh_token']]);
assert.notEqual(refreshed.accessToken, first);

// No refresh token left: the session at Stead answers within a frame that nobody sees.
const framed = await silent('Skip');
assert.deepEqual([framed.fromCache, asked()], [false, ['authorize none', 'token authorization_code']]);
assert.equal(claimsOf(framed.accessToken).sub, claimsOf(first).sub);
await close();
