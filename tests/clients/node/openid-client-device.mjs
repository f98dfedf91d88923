// client: openid-client
// flow: device code

import assert from 'node:assert/strict';
import * as client from 'openid-client';
import { claimsOf, configuration, scopeOf, visit } from '../support.mjs';

const { config } = await configuration('openid-client', 'terminal');
const device = await client.initiateDeviceAuthorization(config, { scope: `openid profile ${scopeOf('reports-api')}` });

// The user opens the address on another device, while this one keeps asking.
const [tokens] = await Promise.all([
  client.pollDeviceAuthorizationGrant(config, device),
  visit(device.verification_uri_complete, 'alice'),
]);
assert.equal(tokens.claims().name, 'Alice Archer');
assert.equal(claimsOf(tokens.access_token).aud, 'api://reports-api');
