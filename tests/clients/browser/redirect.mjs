// client: @azure/msal-browser (Chromium)
// flow: loginRedirect
// package: @azure/msal-browser

import assert from 'node:assert/strict';
import { claimsOf, emulator, scopeOf } from '../support.mjs';
import { allowAt, comeBack, leave, openPage, signInAt } from '../browser.mjs';

const { page, origin, asked, close } = await openPage('dashboard');
const scopes = [scopeOf('reports-api')];

leave(page, (scopes) => app.loginRedirect({ scopes }), scopes);
await signInAt(page, 'alice');
await allowAt(page);
await comeBack(page, origin);

const { accessToken, account } = await page.evaluate(() => cameBack);
assert.deepEqual([claimsOf(accessToken).aud, account.username, account.tenantId], ['api://reports-api', 'alice', emulator.tenant_id]);
assert.deepEqual(asked(), ['authorize', 'token authorization_code']);
await close();
