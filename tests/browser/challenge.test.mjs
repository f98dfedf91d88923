// The helper for pages, as Stead serves it: what it reads from a 401, in either language.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { withWorld } from './support.mjs';

const file = new URL('../../crates/server/templates/challenge.js', import.meta.url);
const { challengeOf, withChallenge } = await import(file);

const CLAIMS = '{"access_token":{"acrs":{"essential":true,"value":"urn:stead:acr:mfa"},"auth_time":{"essential":true,"max_age":0}}}';
const STANDARD = 'Bearer error="insufficient_user_authentication", error_description="say \\"please\\", max_age=9", acr_values="urn:stead:acr:mfa", max_age="0"';
const ENTRA = `Bearer realm="", authorization_uri="https://id.example/authorize", error="insufficient_claims", claims="${btoa(CLAIMS)}"`;
const MFA_NOW = { claims: CLAIMS, acrValues: 'urn:stead:acr:mfa', maxAge: 0 };

const answer = (header, status = 401) => new Response(null, { status, headers: header ? { 'www-authenticate': header } : {} });

test('Stead serves it to pages of every origin, in 2 KiB at most', () => withWorld(async (world) => {
  const page = await world.visit();
  const served = await page.evaluate(async (url) => {
    const response = await fetch(url);
    return { type: response.headers.get('content-type'), text: await response.text() };
  }, `${new URL(world.demo.issuer).origin}/assets/challenge.js`);
  assert.equal(served.text, await readFile(file, 'utf8'));
  assert.match(served.type, /^text\/javascript/);
  assert.ok(Buffer.byteLength(served.text) <= 2048);
  world.assertNoComplaints();
}));

test('either language alone says all of it, and so do both together', () => {
  assert.deepEqual(challengeOf(answer(ENTRA)), MFA_NOW);
  assert.deepEqual(challengeOf(answer(`${STANDARD}, ${ENTRA}`)), MFA_NOW);
  const { claims, ...others } = challengeOf(answer(STANDARD));
  assert.deepEqual(others, { acrValues: 'urn:stead:acr:mfa', maxAge: 0 });
  const essential = true;
  assert.deepEqual(JSON.parse(claims).access_token, { acrs: { essential, values: ['urn:stead:acr:mfa'] }, auth_time: { essential, max_age: 0 } });
});

test('claims that it does not understand are handed on as they are', () => {
  const odd = '{"access_token":{"acrs":{"values":["c1","c2"]},"ü":{"x":1}}}';
  const header = `DPoP algs="ES256", bearer error=insufficient_claims, claims="${Buffer.from(odd).toString('base64url')}"`;
  assert.deepEqual(challengeOf(answer(header)), { claims: odd, acrValues: 'c1 c2', maxAge: undefined });
});

test('any other answer asks for nothing', () => {
  const others = [
    null,
    'Bearer',
    'Bearer error="invalid_token"',
    'Basic error="insufficient_user_authentication"',
    'error="insufficient_user_authentication"',
    'Bearer error="insufficient_claims", claims="!!!"',
    'Bearer error="insufficient_claims"',
  ];
  for (const header of others) assert.equal(challengeOf(answer(header)), null, header);
  assert.equal(challengeOf(answer(STANDARD, 403)), null);
});

test('a challenged call is made once more after the sign-in, and no more than once', async () => {
  const asked = [];
  const answers = [answer(STANDARD), answer(STANDARD), answer(null, 200)];
  const last = await withChallenge(async () => answers.shift(), async ({ acrValues }) => { asked.push(acrValues); });
  assert.deepEqual([last.status, asked], [401, ['urn:stead:acr:mfa']]);
  assert.equal((await withChallenge(async () => answers.shift(), assert.fail)).status, 200);
});
