// client: @azure/msal-node
// flow: device code

import assert from 'node:assert/strict';
import { claimsOf, configuration, scopeOf, visit } from '../support.mjs';

const { app } = await configuration('msal-node', 'terminal');
const scopes = [scopeOf('reports-api')];

// A terminal prints the message, and the user does what it says at another device.
let atAnotherDevice;
const result = await app.acquireTokenByDeviceCode({
  scopes,
  deviceCodeCallback: ({ message, verificationUri, userCode }) => {
    assert.ok(message.includes(verificationUri) && message.includes(userCode), message);
    atAnotherDevice = visit(verificationUri, 'alice', { userCode });
  },
});
await atAnotherDevice;
assert.equal(result.account.username, 'alice');
assert.equal(claimsOf(result.accessToken).aud, 'api://reports-api');
assert.equal((await app.acquireTokenSilent({ account: result.account, scopes })).fromCache, true);
