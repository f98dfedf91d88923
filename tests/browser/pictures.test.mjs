// A picture of each page in light and dark, wide and narrow, for people to look at.

import { test } from 'node:test';
import { PEOPLE, picture, signIn, typePassword, withWorld } from './support.mjs';

const WINDOWS = { wide: { width: 1280, height: 860 }, narrow: { width: 360, height: 740 } };

for (const [size, viewport] of Object.entries(WINDOWS)) {
  test(`each page has its picture in both colour schemes (${size})`, () => withWorld(async (world) => {
    // A colour on its way from one scheme to the other is no colour of either.
    const visit = () => world.visit({ viewport, reducedMotion: 'reduce' });
    const alice = await visit();
    await alice.locator('#sign-in').waitFor();
    await inBothSchemes(alice, `welcome-${size}`);
    await alice.locator('#sign-in').click();
    await alice.locator('#login').waitFor();
    await inBothSchemes(alice, `sign-in-${size}`);
    await typePassword(alice, 'alice', 'wrong');
    await alice.locator('#problem').waitFor();
    await inBothSchemes(alice, `sign-in-wrong-${size}`);
    await typePassword(alice, 'alice');
    await alice.locator('#consent-allow').waitFor();
    await inBothSchemes(alice, `consent-${size}`);
    await alice.locator('#consent-allow').click();
    await alice.locator('#chain').waitFor();
    await inBothSchemes(alice, `alice-${size}`);

    const bob = await visit();
    await signIn(bob, 'bob');
    await bob.locator('#denied').waitFor();
    await inBothSchemes(bob, `bob-${size}`);

    const carol = await visit();
    await signIn(carol, 'carol');
    await carol.locator('#challenge').waitFor();
    await inBothSchemes(carol, `carol-before-${size}`);
    await carol.locator('#confirm-again').click();
    await carol.locator('#password').fill(PEOPLE.carol.password);
    await inBothSchemes(carol, `carol-confirms-${size}`);
    await carol.locator('#submit').click();
    await carol.locator('#chain').waitFor();
    await inBothSchemes(carol, `carol-after-${size}`);
  }));
}

async function inBothSchemes(page, name) {
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme });
    await picture(page, `${name}-${colorScheme}`);
  }
}
