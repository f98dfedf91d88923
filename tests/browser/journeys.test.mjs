// The journey of each user through the demo, as they see it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { focusOn, run, signIn, textOf, typePassword, withWorld } from './support.mjs';

const DIALECTS = ['rfc8693', 'entra'];

/** What hop so many says became of it. */
const stateOf = (page, hop) => page.locator(`#hops > li:nth-child(${hop})`).getAttribute('data-state');
const states = async (page) => Promise.all([1, 2, 3, 4].map((hop) => stateOf(page, hop)));

/** Shows the exchange in the other dialect, and waits for the answer to it. */
async function choose(page, dialect, outcome) {
  const answered = page.waitForResponse((answer) => answer.url().includes(`dialect=${dialect}`) && answer.request().method() === 'GET');
  await page.locator(`#dialect-${dialect}`).check();
  await answered;
  await page.locator(outcome).waitFor();
}

test('alice mistypes her password, signs in, consents, and sees her rows and who acted for her', () => withWorld(async (world) => {
  const page = await world.visit();
  await page.locator('#sign-in').click();
  await typePassword(page, 'alice', 'looking-glass');
  assert.match(await textOf(page, '#problem'), /password/i);
  await focusOn(page, 'login');
  assert.equal(await page.locator('#login').getAttribute('aria-describedby'), 'problem');
  await typePassword(page, 'alice');
  assert.match(await textOf(page, 'main'), /See your reports/);
  await page.locator('#consent-allow').click();
  await page.locator('#rows').waitFor();
  assert.equal(await textOf(page, '#user-name'), 'Alice Archer');
  assert.equal(await page.locator('#rows tbody tr').count(), 6);
  assert.deepEqual(await states(page), ['done', 'done', 'done', 'done']);
  assert.equal(await textOf(page, '#chain'), 'company-data ← reports-api ← dashboard for alice');
  world.assertNoComplaints();
}));

test('alice sees the same in both dialects', () => withWorld(async (world) => {
  const page = await world.visit();
  await signIn(page, 'alice');
  const seen = [];
  for (const dialect of ['entra', 'rfc8693']) {
    await choose(page, dialect, '#rows');
    seen.push([await textOf(page, '#rows'), await textOf(page, '#chain')]);
  }
  assert.deepEqual(seen[0], seen[1]);
  world.assertNoComplaints();
}));

test('whoever has consented once is not asked again', () => withWorld(async (world) => {
  await signIn(await world.visit(), 'alice');
  const elsewhere = await world.visit();
  await elsewhere.locator('#sign-in').click();
  await typePassword(elsewhere, 'alice');
  await elsewhere.locator('#rows').waitFor();
  world.assertNoComplaints();
}));

test('whoever is signed in and comes back is asked for nothing', () => withWorld(async (world) => {
  const page = await world.visit();
  await signIn(page, 'alice');
  await page.reload();
  await page.locator('#sign-in').click();
  await page.locator('#rows').waitFor();
  world.assertNoComplaints();
}));

test('the tokens shown are those of two hops: other audience, other scope, an actor, the same person', () => withWorld(async (world) => {
  const page = await world.visit();
  await signIn(page, 'alice');
  await page.locator('#chain').waitFor();
  const claims = async (hop) => {
    const details = page.locator(`#hops > li:nth-child(${hop}) > details`);
    await details.locator('> summary').click();
    const pairs = await details.locator('.claims > div').evaluateAll((all) =>
      all.map((one) => [one.querySelector('dt code').textContent, one.querySelector('dd code').textContent]));
    return Object.fromEntries(pairs);
  };
  const [first, second] = [await claims(1), await claims(4)];
  assert.deepEqual([first.aud, first.scope, first.client_id, first.act], ['api://reports-api', 'Reports.Read', 'dashboard', undefined]);
  assert.deepEqual([second.aud, second.scope, second.client_id, second.act], ['api://company-data', 'Rows.Read', 'reports-api', '{"sub":"reports-api"}']);
  assert.equal(second.sub, first.sub);
  assert.ok(Number(second.exp) <= Number(first.exp));
  world.assertNoComplaints();
}));

for (const dialect of DIALECTS) {
  test(`bob sees why he is refused, and the command that he is shown says the same (${dialect})`, () => withWorld(async (world) => {
    const page = await world.visit({ permissions: ['clipboard-read', 'clipboard-write'] });
    await signIn(page, 'bob');
    await page.locator('#denied').waitFor();
    if (dialect === 'entra') await choose(page, dialect, '#denied');
    assert.match(await textOf(page, '#denied-reason'), /Bob Baxter is not among them/);
    assert.equal(await textOf(page, '#denied-about'), 'edge-not-for-user');
    assert.equal(await textOf(page, '#denied-code'), { rfc8693: 'invalid_target', entra: 'invalid_grant' }[dialect]);
    assert.deepEqual(await states(page), ['done', 'done', 'refused', 'unreached']);
    const trace = await textOf(page, '#trace-id');
    await page.locator('[data-copies="trace-id"]').click();
    await page.locator('#status', { hasText: 'Copied.' }).waitFor({ state: 'attached' });
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), trace);
    const [name, ...words] = (await textOf(page, '#explain')).split(' ');
    assert.deepEqual([name, ...words.slice(0, 3)], ['stead', 'explain', '--trace', trace]);
    const explained = await run(words);
    assert.notEqual(explained.status, 0);
    assert.match(explained.printed, /edge-not-for-user/);
    world.assertNoComplaints();
  }));

  test(`carol is asked to confirm that it is her, does, and sees her rows (${dialect})`, () => withWorld(async (world) => {
    const page = await world.visit();
    await signIn(page, 'carol');
    await page.locator('#challenge').waitFor();
    if (dialect === 'entra') await choose(page, dialect, '#challenge');
    assert.deepEqual(await states(page), ['done', 'done', 'asked', 'unreached']);
    assert.match(await textOf(page, '#challenge-reason'), /at most 5 minutes ago/);
    const asking = page.waitForRequest((request) => request.url().includes('/oauth2/v2.0/authorize'));
    await page.locator('#confirm-again').click();
    const asked = Object.fromEntries(new URL((await asking).url()).searchParams);
    const demand = {
      rfc8693: { acr_values: 'urn:stead:acr:reauth', max_age: '300' },
      entra: { claims: '{"access_token":{"acrs":{"essential":true,"value":"urn:stead:acr:reauth"},"auth_time":{"essential":true,"max_age":300}}}' },
    }[dialect];
    const { acr_values, max_age, claims } = asked;
    assert.deepEqual({ acr_values, max_age, claims }, { acr_values: undefined, max_age: undefined, claims: undefined, ...demand });
    assert.equal(await textOf(page, 'h1'), 'Confirm that it is you');
    await page.locator('#password').fill('crosswind');
    await page.locator('#submit').click();
    await page.locator('#rows').waitFor();
    assert.equal(await page.locator('#rows tbody tr').count(), 12);
    assert.ok(await page.locator(`#dialect-${dialect}`).isChecked(), 'the page goes on in the dialect it left with');
    assert.equal(await textOf(page, '#chain'), 'company-data ← reports-api ← dashboard for carol');
    world.assertNoComplaints();
  }));
}

test('whoever does not consent is told so, and nothing was shared', () => withWorld(async (world) => {
  const page = await world.visit();
  await page.locator('#sign-in').click();
  await typePassword(page, 'alice');
  await page.locator('#consent-deny').click();
  await page.locator('#notice').waitFor();
  assert.match(await textOf(page, '#notice'), /You did not give your permission/);
  assert.ok(await page.locator('#person').isHidden());
  assert.equal(page.url(), `${world.demo.dashboard}/`);
  world.assertNoComplaints();
}));

test('signing out ends the session at the identity provider, too', () => withWorld(async (world) => {
  const page = await world.visit();
  await signIn(page, 'alice');
  await page.locator('#sign-out').click();
  await page.locator('#notice').waitFor();
  assert.equal(await textOf(page, '#notice'), 'You are signed out.');
  await page.locator('#sign-in').click();
  await page.locator('#password').waitFor();
  world.assertNoComplaints();
}));

test('an answer that belongs to no sign-in of this page is not accepted', () => withWorld(async (world) => {
  const page = await world.newPage();
  const forged = new URLSearchParams({ code: 'stolen', state: 'guessed', iss: world.demo.issuer });
  await page.goto(`${world.demo.dashboard}/?${forged}`);
  await page.locator('#notice').waitFor();
  assert.match(await textOf(page, '#notice'), /does not belong to a sign-in that began here/);
  assert.equal(page.url(), `${world.demo.dashboard}/`);
  world.assertNoComplaints();
}));

test('an answer by another issuer is not accepted', () => withWorld(async (world) => {
  const page = await world.visit();
  await page.route(/oauth2\/v2\.0\/authorize/, (route) => {
    const { searchParams: asked } = new URL(route.request().url());
    const answer = new URLSearchParams({ code: 'x', state: asked.get('state'), iss: 'https://else.example/acme/v2.0' });
    return route.fulfill({ status: 303, headers: { location: `${world.demo.dashboard}/?${answer}` } });
  });
  await page.locator('#sign-in').click();
  await page.locator('#notice').waitFor();
  assert.match(await textOf(page, '#notice'), /by somebody else/);
  world.assertNoComplaints();
}));
