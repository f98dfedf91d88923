// A demo and a browser for one test: started, trusted, watched, and stopped again.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import tls from 'node:tls';
import { chromium } from 'playwright-core';

/** Who may sign in, as `stead demo` prints it. */
export const PEOPLE = {
  alice: { name: 'Alice Archer', password: 'wonderland' },
  bob: { name: 'Bob Baxter', password: 'blueprint' },
  carol: { name: 'Carol Chen', password: 'crosswind' },
};

const QUIET = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
];

/** Runs `story` with a new demo and a new browser; both end with it. */
export async function withWorld(story) {
  const demo = await startDemo();
  try {
    const browser = await startBrowser(demo);
    try {
      await story(new World(demo, browser));
    } finally {
      await browser.close();
    }
  } finally {
    await demo.stop();
  }
}

/** A demo and a browser. */
class World {
  #watched = [];

  constructor(demo, browser) {
    this.demo = demo;
    this.browser = browser;
  }

  /** A page of a new browser context at the dashboard, with everything that goes wrong in it noted. */
  async visit(options = {}) {
    const page = await this.newPage(options);
    await page.goto(this.demo.dashboard);
    return page;
  }

  /** The same, still empty. */
  async newPage(options = {}) {
    const context = await this.browser.newContext(options);
    const page = await context.newPage();
    const complaints = [];
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(`${message.text()} (${message.location().url})`);
    });
    page.on('pageerror', (error) => complaints.push(error.stack));
    this.#watched.push(complaints);
    return page;
  }

  /**
   * Fails if a page complained: of a script, of its policy, of a file that is not there. Chromium also
   * notes every answer with a status from 400 on; these belong to the journey: what reports-api refuses,
   * and the page that says that a password is wrong.
   */
  assertNoComplaints() {
    const ofJourney = new RegExp(`status of (40[13] .*\\(${this.demo.reportsApi}/reports\\?|400 .*/sign-in\\))`);
    assert.deepEqual(this.#watched.flat().filter((words) => !ofJourney.test(words)), []);
  }

  /** Runs the binary against this demo; answers its status and what it printed. */
  stead(...words) {
    return run(['--config', join(this.demo.dir, 'stead.toml'), ...words]);
  }
}

/** Types name and password, and sends them. */
export async function typePassword(page, user, password = PEOPLE[user].password) {
  await page.locator('#login').fill(user);
  await page.locator('#password').fill(password);
  await page.locator('#submit').click();
}

/** From the dashboard through the pages of the identity provider and back, allowing what is asked for. */
export async function signIn(page, user) {
  await page.locator('#sign-in').click();
  await typePassword(page, user);
  await page.locator('#consent-allow').click();
  await page.locator('#user-name').waitFor();
}

/** An authorization request that the dashboard could have made, with more parameters if there are any. */
export function authorize(world, more = {}) {
  const verifier = randomBytes(32).toString('base64url');
  const request = new URLSearchParams({
    client_id: 'dashboard',
    response_type: 'code',
    redirect_uri: `${world.demo.dashboard}/`,
    scope: 'openid profile api://reports-api/Reports.Read',
    state: 'by-hand',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...more,
  });
  return `${world.demo.issuer.replace(/\/v2\.0$/, '/oauth2/v2.0/authorize')}?${request}`;
}

/** The text of an element, with its white space evened out. */
export async function textOf(page, selector) {
  return (await page.locator(selector).innerText()).replace(/\s+/g, ' ').trim();
}

/** The basics that a machine can look for. */
export async function assertBuiltForAll(page) {
  const found = await page.evaluate(() => {
    const seen = (element) => element.checkVisibility();
    const named = (element) => Boolean(element.labels?.length || element.textContent.trim() || element.getAttribute('aria-label'));
    const all = (selector) => [...document.querySelectorAll(selector)].filter(seen);
    const levels = all('h1, h2, h3').map((heading) => Number(heading.tagName[1]));
    return {
      language: document.documentElement.lang,
      titled: document.title.trim() !== '',
      mains: all('main').length,
      mainHeadings: levels.filter((level) => level === 1).length,
      skippedLevels: levels.filter((level, place) => level > (levels[place - 1] ?? 0) + 1),
      nameless: all('button, a, input:not([type="hidden"]), summary').filter((one) => !named(one)).map((one) => one.outerHTML),
      picturesWithoutText: all('img:not([alt])').map((one) => one.outerHTML),
      zoomForbidden: /user-scalable=no|maximum-scale/.test(document.querySelector('meta[name="viewport"]').content),
    };
  });
  assert.deepEqual(found, {
    language: 'en',
    titled: true,
    mains: 1,
    mainHeadings: 1,
    skippedLevels: [],
    nameless: [],
    picturesWithoutText: [],
    zoomForbidden: false,
  }, page.url());
}

/** Keeps a picture of the page for people to look at, where a directory is given for them. */
export async function picture(page, name) {
  if (!process.env.SCREENSHOTS) return;
  await mkdir(process.env.SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: join(process.env.SCREENSHOTS, `${name}.png`), fullPage: true });
}

/** Waits until the element with this id has the focus, which a browser gives a moment after it has drawn the page. */
export const focusOn = (page, id) => page.locator(`#${id}:focus`).waitFor();

/** Runs the binary to its end. */
export function run(words) {
  return new Promise((done, failed) => {
    const child = spawn(binary(), words, { stdio: ['ignore', 'pipe', 'pipe'] });
    let printed = '';
    child.stdout.on('data', (text) => { printed += text; });
    child.stderr.on('data', (text) => { printed += text; });
    child.on('error', failed);
    child.on('close', (status) => done({ status, printed }));
  });
}

function binary() {
  assert.ok(process.env.STEAD, 'STEAD is the path of the binary: cargo xtask test browser sets it');
  return resolve(process.env.STEAD);
}

async function startDemo() {
  const dir = await mkdtemp(join(tmpdir(), 'stead-browser-'));
  const child = spawn(binary(), ['demo', '--port', '0', '--dir', dir], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise((done) => { child.on('close', done); });
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
    await rm(dir, { recursive: true });
  };
  try {
    const places = await announced(child);
    return { dir, stop, ...places };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Reads where everything is from what the demo prints, until it has printed all of it. */
async function announced(child) {
  let errors = '';
  child.stderr.on('data', (text) => { errors += text; });
  const places = new Map();
  for await (const line of createInterface({ input: child.stdout })) {
    const [, name, url] = line.match(/^ {2}(identity provider|dashboard|reports-api|company-data) +(https:\S+)$/) ?? [];
    if (name) places.set(name, url);
    if (line.startsWith('Ctrl-C')) {
      child.stdout.resume();
      return { issuer: places.get('identity provider'), dashboard: places.get('dashboard'), reportsApi: places.get('reports-api') };
    }
  }
  throw new Error(`stead demo ended before it was ready:\n${errors}`);
}

/**
 * Chromium trusts the keys that these three addresses show to Node, and no others; Node trusts them because
 * the demo's CA vouches for them. So no certificate goes unchecked, and nothing is written into the trust
 * store of whoever runs the tests.
 */
async function startBrowser(demo) {
  const ca = await readFile(join(demo.dir, 'data/ca/ca.pem'));
  const keys = await Promise.all([demo.issuer, demo.dashboard, demo.reportsApi].map((url) => keyOf(url, ca)));
  return chromium.launch({
    executablePath: process.env.CHROMIUM,
    args: [...QUIET, `--ignore-certificate-errors-spki-list=${keys.join(',')}`],
  });
}

function keyOf(url, ca) {
  const { hostname, port } = new URL(url);
  return new Promise((done, failed) => {
    const socket = tls.connect({ host: hostname, port, servername: hostname, ca }, () => {
      const spki = socket.getPeerX509Certificate().publicKey.export({ type: 'spki', format: 'der' });
      socket.end();
      done(createHash('sha256').update(spki).digest('base64'));
    });
    socket.on('error', failed);
  });
}
