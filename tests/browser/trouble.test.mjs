// What the dashboard shows when something on the way does not answer as it should.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { signIn, textOf, withWorld } from './support.mjs';

test('when the identity provider does not answer, the page says what to do and tries again', () => withWorld(async (world) => {
  const page = await world.newPage();
  await page.route('**/.well-known/openid-configuration', (route) => route.abort());
  await page.goto(world.demo.dashboard);
  await page.locator('#unreachable-again').waitFor();
  assert.equal(await page.locator('#unreachable-link').getAttribute('href'), `${world.demo.issuer}/.well-known/openid-configuration`);
  await page.unroute('**/.well-known/openid-configuration');
  await page.locator('#unreachable-again').click();
  await page.locator('#sign-in').waitFor();
}));

test('a discovery document of another issuer is not used', () => withWorld(async (world) => {
  const page = await world.newPage();
  await page.route('**/.well-known/openid-configuration', (route) => route.fulfill({
    headers: { 'access-control-allow-origin': '*' },
    json: { issuer: 'https://else.example', authorization_endpoint: 'https://else.example/authorize' },
  }));
  await page.goto(world.demo.dashboard);
  await page.locator('#unreachable-again').waitFor();
  assert.ok(await page.locator('#sign-in').isHidden());
}));

test('when reports-api does not answer, the page says so and asks again', () => withWorld(async (world) => {
  const page = await world.visit();
  await page.route('**/reports?*', (route) => route.abort());
  await signIn(page, 'alice');
  await page.locator('#trouble').waitFor();
  assert.equal(await textOf(page, '#trouble-title'), 'reports-api does not answer');
  assert.equal(await page.locator('#trouble-link').getAttribute('href'), `${world.demo.reportsApi}/reports`);
  await page.unroute('**/reports?*');
  await page.locator('#try-again').click();
  await page.locator('#rows').waitFor();
}));

test('while the rows are on their way, the page says so', () => withWorld(async (world) => {
  const page = await world.visit();
  const held = [];
  await page.route('**/reports?*', (route) => { held.push(route); });
  await signIn(page, 'alice');
  await page.locator('#waiting').waitFor();
  assert.equal(await page.locator('#report').getAttribute('aria-busy'), 'true');
  await page.waitForFunction(() => document.querySelector('#hops [data-state="waiting"]'));
  await Promise.all(held.map((route) => route.continue()));
  await page.locator('#rows').waitFor();
  assert.equal(await page.locator('#report').getAttribute('aria-busy'), 'false');
}));

test('a token that is not taken any more leads back to signing in', () => withWorld(async (world) => {
  const page = await world.visit();
  await page.route('**/reports?*', (route) => route.fulfill(answer(401, { 'www-authenticate': 'Bearer error="invalid_token"' })));
  await signIn(page, 'alice');
  await page.locator('#trouble').waitFor();
  assert.equal(await textOf(page, '#trouble-title'), 'Your sign-in has run out');
  await page.unroute('**/reports?*');
  await page.locator('#sign-in-again').click();
  await page.locator('#rows').waitFor();
}));

test('an answer without rows says that there are none', () => withWorld(async (world) => {
  const page = await world.visit();
  const received = { aud: 'api://reports-api', client_id: 'dashboard' };
  const sent = { aud: 'api://company-data', client_id: 'reports-api', act: { sub: 'reports-api' }, preferred_username: 'alice' };
  await page.route('**/reports?*', (route) => route.fulfill({ ...answer(200), json: { rows: [], received, sent } }));
  await signIn(page, 'alice');
  await page.locator('#empty').waitFor();
  assert.match(await textOf(page, '#empty'), /No rows yet/);
}));

/** An answer of reports-api that pages of any origin may read. */
function answer(status, headers = {}) {
  const open = { 'access-control-allow-origin': '*', 'access-control-expose-headers': 'www-authenticate' };
  return { status, headers: { ...open, ...headers } };
}
