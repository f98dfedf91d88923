// client: @azure/msal-node
// flow: device code

import assert from 'node:assert/strict';
import { claimsOf, configuration, enterUserCode, scopeOf } from '../support.mjs';

const { app } = await configuration('msal-node', 'terminal');
const shown = [];
const result = await app.acquireTokenByDeviceCode({
  scopes: [scopeOf('reports-api')],
  // A terminal prints the message; the user does what it says, at another device.
  deviceCodeCallback: ({ message, verificationUri, userCode }) => {
    shown.push(message);
    enterUserCode(verificationUri, userCode, 'alice');
  },
});
assert.equal(shown.length, 1);
assert.equal(result.account.username, 'alice');
assert.equal(claimsOf(result.accessToken).aud, 'api://reports-api');
assert.equal((await app.acquireTokenSilent({ account: result.account, scopes: [scopeOf('reports-api')] })).fromCache, true);
