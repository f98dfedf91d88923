// Passkeys in Chromium, with an authenticator that Chromium emulates: it keeps passkeys and says that it verified its
// user. It answers a request as soon as `present` is on, also the one that waits behind the user name's field.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertBuiltForAll, authorize, picture, signIn, textOf, typePassword, withWorld } from './support.mjs';

test('alice adds a passkey, sees it, and signs in with the button', () => withWorld(async (world) => {
  const page = await world.newPage();
  const device = await authenticator(page);
  await addPasskey(world, page, 'My laptop');
  assert.match(await textOf(page, 'main'), /My laptop added \d{4}-\d\d-\d\d/);
  await picture(page, 'security');
  await assertBuiltForAll(page);
  assert.equal((await device.passkeys()).length, 1);

  await forgetSession(page);
  await device.present(false);
  await page.goto(world.demo.dashboard);
  await page.locator('#sign-in').click();
  await page.locator('#passkey').waitFor();
  await picture(page, 'sign-in-passkey');
  await assertBuiltForAll(page);
  await device.present(true);
  await page.locator('#passkey').click();
  await page.locator('#consent-allow').click();
  await page.locator('#user-name', { hasText: 'Alice' }).waitFor();
  world.assertNoComplaints();
}));

test('alice signs in with the passkey that is offered in the field of the user name', () => withWorld(async (world) => {
  const page = await world.newPage();
  const device = await authenticator(page);
  await addPasskey(world, page, 'My laptop');
  await forgetSession(page);
  await page.goto(world.demo.dashboard);
  await page.locator('#sign-in').click();
  await page.locator('#consent-allow').click();
  await page.locator('#user-name', { hasText: 'Alice' }).waitFor();
  assert.equal((await device.passkeys())[0].signCount > 1, true);
  world.assertNoComplaints();
}));

test('after her password alice is asked for her passkey', () => withWorld(async (world) => {
  const page = await world.newPage();
  const device = await authenticator(page);
  await addPasskey(world, page, '');
  await forgetSession(page);
  await device.present(false);
  await page.goto(world.demo.dashboard);
  await page.locator('#sign-in').click();
  await typePassword(page, 'alice');
  await page.locator('#use-recovery').waitFor();
  await picture(page, 'second-factor-passkey');
  await assertBuiltForAll(page);
  await device.present(true);
  await page.locator('#passkey').click();
  await page.locator('#consent-allow').click();
  await page.locator('#user-name', { hasText: 'Alice' }).waitFor();
  world.assertNoComplaints();
}));

test('when an application asks alice for more, she adds a passkey on the way, and proves it the next time', () => withWorld(async (world) => {
  const page = await world.visit();
  await authenticator(page);
  await signIn(page, 'alice');
  const twoFactors = authorize(world, { acr_values: 'urn:stead:acr:mfa' });
  const answered = (url) => url.href.startsWith(`${world.demo.dashboard}/`) && url.searchParams.has('code');

  await page.goto(twoFactors);
  assert.match(await textOf(page, 'h1'), /Confirm that it is you/);
  await page.locator('#password').fill('wonderland');
  await page.locator('#submit').click();
  await picture(page, 'enrol-passkey');
  await page.locator('#passkey').click();
  await Promise.all([page.waitForRequest((asked) => answered(new URL(asked.url()))), page.locator('#continue').click()]);

  await forgetSession(page);
  await Promise.all([page.waitForRequest((asked) => answered(new URL(asked.url()))), page.goto(twoFactors).catch(() => {})]);
}));

test('a device without a passkey says so, and the password goes on working', () => withWorld(async (world) => {
  const page = await world.newPage();
  await authenticator(page);
  await page.goto(world.demo.dashboard);
  await page.locator('#sign-in').click();
  await page.locator('#passkey').click();
  await page.locator('.passkey [role="status"]', { hasText: 'No passkey was used' }).waitFor();
  await typePassword(page, 'alice');
  await page.locator('#consent-allow').click();
  await page.locator('#user-name').waitFor();
  world.assertNoComplaints();
}));

test('without JavaScript no passkey is offered', () => withWorld(async (world) => {
  const page = await world.newPage({ javaScriptEnabled: false });
  await page.goto(security(world));
  assert.equal(await page.locator('#passkey').isVisible(), false);
  await typePassword(page, 'alice');
  await page.locator('#add-totp').waitFor();
  assert.equal(await page.locator('#passkey').isVisible(), false);
  assert.match(await textOf(page, 'main'), /To add a passkey takes JavaScript/);
}));

test('a passkey that was removed is refused in one sentence', () => withWorld(async (world) => {
  const page = await world.newPage();
  const device = await authenticator(page);
  await addPasskey(world, page, 'Old phone');
  await page.locator('button[aria-label="Remove the passkey Old phone"]').click();
  await page.locator('#add-totp').waitFor();
  await forgetSession(page);
  await device.present(false);
  await page.goto(security(world));
  await device.present(true);
  await page.locator('#passkey').click();
  assert.match(await textOf(page, '#problem'), /That passkey does not work here/);
}));

const security = (world) => world.demo.issuer.replace(/\/v2\.0$/, '/security');

/** Adds a passkey on alice's security page and keeps the recovery codes that come with it. */
async function addPasskey(world, page, name) {
  await page.goto(security(world));
  await typePassword(page, 'alice');
  await page.locator('#passkey-name').fill(name);
  await page.locator('#passkey').click();
  await page.locator('#codes').waitFor();
  await page.locator('#continue').click();
  await page.locator('#new-codes').waitFor();
}

/** Forgets who is signed in, as a browser that was closed. */
const forgetSession = (page) => page.context().clearCookies();

/** An authenticator that is part of the device, for this page. */
async function authenticator(page) {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('WebAuthn.enable');
  const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2', transport: 'internal', hasResidentKey: true,
      hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true,
    },
  });
  return {
    present: (enabled) => devtools.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled }),
    passkeys: async () => (await devtools.send('WebAuthn.getCredentials', { authenticatorId })).credentials,
  };
}
