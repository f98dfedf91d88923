// What holds of every page: it keeps no token where it lasts, works without a mouse, and is built for all.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertBuiltForAll, authorize, focusOn, signIn, textOf, typePassword, withWorld } from './support.mjs';

test('no token and no code is left in storage, cookies, address or history', () => withWorld(async (world) => {
  const page = await world.visit();
  await signIn(page, 'alice');
  await page.locator('#rows').waitFor();
  const left = await page.evaluate(async () => ({
    local: localStorage.length,
    session: sessionStorage.length,
    cookies: document.cookie,
    databases: (await indexedDB.databases()).length,
    address: location.href,
  }));
  assert.deepEqual(left, { local: 0, session: 0, cookies: '', databases: 0, address: `${world.demo.dashboard}/` });
  world.assertNoComplaints();
}));

test('every page comes with a policy that allows nothing inline and no frame', () => withWorld(async (world) => {
  const page = await world.newPage();
  const policies = [];
  page.on('response', (answer) => {
    if (answer.request().isNavigationRequest() && answer.status() === 200) policies.push(answer.headers()['content-security-policy']);
  });
  await page.goto(world.demo.dashboard);
  await signIn(page, 'alice');
  assert.equal(policies.length, 4, 'dashboard, sign-in, consent, dashboard');
  for (const policy of policies) {
    assert.match(policy, /default-src 'none'/);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.doesNotMatch(policy, /unsafe/);
  }
  world.assertNoComplaints();
}));

test('the pages of the identity provider work without JavaScript', () => withWorld(async (world) => {
  const page = await world.newPage({ javaScriptEnabled: false });
  const redirectUri = `${world.demo.dashboard}/`;
  await page.goto(authorize(world));
  await typePassword(page, 'alice', 'wrong');
  assert.match(await textOf(page, '#problem'), /password/i);
  await typePassword(page, 'alice');
  await page.locator('#consent-allow').click();
  await page.waitForURL((url) => url.href.startsWith(redirectUri));
  const answer = new URL(page.url()).searchParams;
  assert.deepEqual([answer.get('state'), answer.get('iss')], ['by-hand', world.demo.issuer]);
  assert.ok(answer.get('code'));
  assert.match(await textOf(page, 'main'), /JavaScript, which is switched off/);
}));

test('alice gets to her rows with the keyboard alone', () => withWorld(async (world) => {
  const page = await world.visit();
  await page.locator('#sign-in').waitFor();
  await tabTo(page, 'sign-in');
  await page.keyboard.press('Enter');
  await page.locator('#login').waitFor();
  await focusOn(page, 'login');
  await page.keyboard.type('alice');
  await page.keyboard.press('Tab');
  await page.keyboard.type('wonderland');
  await page.keyboard.press('Enter');
  await page.locator('#consent-allow').waitFor();
  await tabTo(page, 'consent-allow');
  await page.keyboard.press('Enter');
  await page.locator('#rows').waitFor();
  await tabTo(page, 'dialect-rfc8693');
  await page.keyboard.press('ArrowRight');
  await page.locator('#hops summary', { hasText: 'Entra' }).waitFor();
  await page.locator('#chain').waitFor();
  await focusOn(page, 'dialect-entra');
  world.assertNoComplaints();
}));

test('the keyboard is taken to the question when carol has to answer one', () => withWorld(async (world) => {
  const page = await world.visit();
  await signIn(page, 'carol');
  await page.locator('#challenge').waitFor();
  await page.keyboard.press('Tab');
  await focusOn(page, 'confirm-again');
  await page.keyboard.press('Enter');
  await page.locator('#login').waitFor();
  assert.equal(await page.locator('#login').inputValue(), 'carol');
  await focusOn(page, 'password');
  world.assertNoComplaints();
}));

test('every page has a language, a title, one main heading, and a name for everything that can be used', () => withWorld(async (world) => {
  const page = await world.visit();
  await page.locator('#sign-in').waitFor();
  await assertBuiltForAll(page);
  await page.locator('#sign-in').click();
  await page.locator('#login').waitFor();
  await assertBuiltForAll(page);
  await typePassword(page, 'bob', 'wrong');
  await page.locator('#problem').waitFor();
  await assertBuiltForAll(page);
  await typePassword(page, 'bob');
  await page.locator('#consent-allow').waitFor();
  await assertBuiltForAll(page);
  await page.locator('#consent-allow').click();
  await page.locator('#denied').waitFor();
  await assertBuiltForAll(page);
  world.assertNoComplaints();
}));

test('nothing has to be scrolled sideways at 320 pixels', () => withWorld(async (world) => {
  const page = await world.visit({ viewport: { width: 320, height: 640 } });
  const fits = async () => assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 320);
  await page.locator('#sign-in').waitFor();
  await fits();
  await page.locator('#sign-in').click();
  await page.locator('#login').waitFor();
  await fits();
  await typePassword(page, 'alice');
  await page.locator('#consent-allow').waitFor();
  await fits();
  await page.locator('#consent-allow').click();
  await page.locator('#chain').waitFor();
  await page.locator('details').evaluateAll((all) => all.forEach((one) => { one.open = true; }));
  await fits();
  world.assertNoComplaints();
}));

/** Presses Tab until the element with this id has the focus; more presses than this mean that it never gets it. */
async function tabTo(page, id) {
  for (let presses = 0; presses < 20; presses += 1) {
    if (await page.evaluate(() => document.activeElement?.id) === id) return;
    await page.keyboard.press('Tab');
  }
  assert.fail(`Tab does not lead to #${id}`);
}
