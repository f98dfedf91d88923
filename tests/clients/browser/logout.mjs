// client: @azure/msal-browser (Chromium)
// flow: logoutRedirect
// package: @azure/msal-browser

import assert from 'node:assert/strict';
import { scopeOf } from '../support.mjs';
import { allowAt, comeBack, leave, openPage, signInAt } from '../browser.mjs';

const { page, origin, close } = await openPage('dashboard', { cookiesInFrames: true });
const scopes = [scopeOf('reports-api')];
leave(page, (scopes) => app.loginRedirect({ scopes }), scopes);
await signInAt(page, 'alice');
await allowAt(page);
await comeBack(page, origin);

// The ID token says whose session it is: nothing is asked, and the page comes back with its state.
leave(page, () => {
  const [account] = app.getAllAccounts();
  return app.logoutRedirect({ account, idTokenHint: account.idToken });
});
await page.waitForFunction(() => window.isReady && app.getAllAccounts().length === 0);
assert.equal(new URL(page.url()).origin, origin);

// The session is gone: neither the library nor Stead remembers anybody.
const refusal = await page.evaluate(
  (scopes) => app.ssoSilent({ scopes, loginHint: 'alice', redirectUri: '/redirect.html' }).then(() => 'signed in', (error) => error.errorCode),
  scopes,
);
assert.equal(refusal, 'login_required');
await close();
