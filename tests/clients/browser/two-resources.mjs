// client: @azure/msal-browser (Chromium)
// flow: two resources at once with one refresh token
// package: @azure/msal-browser

import assert from 'node:assert/strict';
import { claimsOf, scopeOf } from '../support.mjs';
import { allowAt, comeBack, leave, openPage, signInAt } from '../browser.mjs';

const { page, origin, asked, close } = await openPage('dashboard');
const [reports, payroll] = [[scopeOf('reports-api')], [scopeOf('payroll')]];

// Alice agrees to both, one sign-in after the other; the second asks her for nothing but that.
leave(page, (scopes) => app.loginRedirect({ scopes }), payroll);
await signInAt(page, 'alice');
await allowAt(page);
await comeBack(page, origin);
leave(page, (scopes) => app.acquireTokenRedirect({ scopes, account: app.getAllAccounts()[0] }), reports);
await allowAt(page);
await comeBack(page, origin);
asked();

// Both at once, and neither is in the way of the other.
const tokens = await page.evaluate(async ([reports, payroll]) => {
  const account = app.getAllAccounts()[0];
  const by = { account, forceRefresh: true };
  const results = await Promise.all([reports, payroll, reports].map((scopes) => app.acquireTokenSilent({ ...by, scopes })));
  return results.map(({ accessToken }) => accessToken);
}, [reports, payroll]);
assert.deepEqual(tokens.map((token) => claimsOf(token).aud), ['api://reports-api', 'api://payroll', 'api://reports-api']);
assert.deepEqual(new Set(asked()), new Set(['token refresh_token']));
await close();
