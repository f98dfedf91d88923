// A page with msal-browser in it, served at some port of localhost and open in Chromium.

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';
import { emulator, printed, totp } from './support.mjs';

const QUIET = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--no-proxy-server',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
];
const here = (name) => new URL(name, import.meta.url).pathname;

/**
 * Serves the page of an application, opens it, and answers it with what it asked of Stead.
 *
 * Chromium withholds cookies from frames of another site, and `http://localhost` is another site than
 * `https://localhost`. With `cookiesInFrames` it is told not to: so it is where page and Stead share a site.
 */
export async function openPage(name, { cookiesInFrames = false } = {}) {
  const server = await serve(await files(name));
  const profile = await mkdtemp(join(tmpdir(), 'stead-profile-'));
  if (cookiesInFrames) await allowCookiesInFrames(profile);
  const browser = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM,
    args: [...QUIET, `--ignore-certificate-errors-spki-list=${await keyOf(emulator.public_url)}`],
  });
  const page = await browser.newPage();
  const origin = `http://localhost:${server.address().port}`;
  await page.goto(`${origin}/`);
  await isReady(page);
  const close = async () => {
    await browser.close();
    await rm(profile, { recursive: true });
    server.close();
  };
  return { page, origin, close, asked: watch(page) };
}

/** Waits until the library is there. */
const isReady = (page) => page.waitForFunction(() => window.isReady);

/** Calls what leaves the page, which is then not there any more to answer. */
export const leave = (page, call, argument) => { page.evaluate(call, argument).catch(() => {}); };

/** Waits until the page is there again. */
export async function comeBack(page, origin) {
  await page.waitForURL(`${origin}/`);
  await isReady(page);
}

/** Does what the pages of Stead ask for, in a window or a popup. */
export async function signInAt(page, username) {
  const person = emulator.users.find((user) => user.username === username);
  await page.locator('#login').fill(username);
  await page.locator('#password').fill(person.password);
  await page.locator('#submit').click();
}

/** Agrees to what the page asks for. */
export const allowAt = (page) => page.locator('#consent-allow').click();

/** Adds the authenticator app that the page wants, and types what it shows. */
export async function addAuthenticatorAt(page) {
  const secret = await page.locator('#secret').innerText();
  await page.locator('#code').fill(totp(secret.replaceAll(' ', '')));
  await page.locator('#submit').click();
  await page.locator('#continue').click();
}

/** An API for the page: `answer` gets the token of each call, and says status, headers and JSON. */
export async function serveApi(answer) {
  const cors = { 'access-control-allow-origin': '*', 'access-control-allow-headers': 'authorization', 'access-control-expose-headers': 'www-authenticate' };
  const server = createServer(async (request, response) => {
    if (request.method === 'OPTIONS') return response.writeHead(204, cors).end();
    const [status, headers, body] = await answer(request.headers.authorization.replace('Bearer ', ''));
    return response.writeHead(status, { ...cors, ...headers, 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  server.listen(0, 'localhost');
  await once(server, 'listening');
  return { address: `http://localhost:${server.address().port}/`, close: () => server.close() };
}

/** What the library asked of Stead since the last look: `token refresh_token`, `authorize none`. */
function watch(page) {
  const seen = [];
  page.on('request', (request) => {
    const address = new URL(request.url());
    const endpoint = address.pathname.split('/').pop();
    if (endpoint === 'token') seen.push(`token ${new URLSearchParams(request.postData()).get('grant_type')}`);
    if (endpoint === 'authorize') seen.push(`authorize ${address.searchParams.get('prompt') ?? ''}`.trim());
  });
  return () => seen.splice(0);
}

async function allowCookiesInFrames(profile) {
  await mkdir(join(profile, 'Default'));
  const preferences = { profile: { cookie_controls_mode: 0, block_third_party_cookies: false } };
  await writeFile(join(profile, 'Default/Preferences'), JSON.stringify(preferences));
}

async function files(name) {
  const configuration = await printed('msal-browser', name);
  const { outputFiles } = await build({
    entryPoints: { page: here('spa/page.mjs'), bridge: here('spa/bridge.mjs') },
    bundle: true,
    format: 'esm',
    outdir: here('spa'),
    write: false,
    plugins: [{
      name: 'the printed configuration',
      setup({ onResolve, onLoad }) {
        onResolve({ filter: /^configuration$/ }, ({ path }) => ({ path, namespace: 'printed' }));
        onLoad({ filter: /.*/, namespace: 'printed' }, () => ({ contents: configuration }));
      },
    }],
  });
  const [page, bridge] = ['page.js', 'bridge.js'].map((file) => outputFiles.find(({ path }) => path.endsWith(file)).text);
  const [index, redirect] = await Promise.all(['spa/index.html', 'spa/redirect.html'].map((file) => readFile(here(file))));
  return {
    '/': ['text/html', index],
    '/redirect.html': ['text/html', redirect],
    '/page.js': ['text/javascript', page],
    '/bridge.js': ['text/javascript', bridge],
  };
}

async function serve(files) {
  const server = createServer((request, response) => {
    const [type, content] = files[new URL(request.url, 'http://localhost').pathname] ?? [];
    response.writeHead(type ? 200 : 404, { 'content-type': type ?? 'text/plain' }).end(content);
  });
  server.listen(0, 'localhost');
  await once(server, 'listening');
  return server;
}

/** Chromium trusts the key that Stead shows to Node, which trusts it because the emulator's CA vouches for it. */
function keyOf(url) {
  const { hostname, port } = new URL(url);
  return new Promise((done, failed) => {
    const socket = tls.connect({ host: hostname, port, servername: hostname }, () => {
      const spki = socket.getPeerX509Certificate().publicKey.export({ type: 'spki', format: 'der' });
      socket.end();
      done(createHash('sha256').update(spki).digest('base64'));
    });
    socket.on('error', failed);
  });
}
