// client: @azure/msal-browser (Chromium)
// flow: loginPopup
// package: @azure/msal-browser

import assert from 'node:assert/strict';
import { claimsOf, scopeOf } from '../support.mjs';
import { allowAt, openPage, signInAt } from '../browser.mjs';

const { page, close } = await openPage('dashboard');
const opened = page.waitForEvent('popup');
const scopes = [scopeOf('reports-api')];
// The popup comes back to a page that does nothing but hand the answer on.
const signedIn = page.evaluate((scopes) => app.loginPopup({ scopes, redirectUri: '/redirect.html' }), scopes);

const popup = await opened;
await signInAt(popup, 'bob');
await allowAt(popup);

const { accessToken, account } = await signedIn;
assert.deepEqual([claimsOf(accessToken).aud, account.username], ['api://reports-api', 'bob']);
assert.ok(popup.isClosed() || await popup.waitForEvent('close'));
await close();
