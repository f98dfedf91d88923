// What every case stands on: the emulator, its applications and people, and a way to sign in without a window.

import { execFile } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** What `stead emulate entra` wrote about itself. */
export const emulator = JSON.parse(await readFile(process.env.STEAD_EMULATOR, 'utf8'));

/** The harness shows the last line of a case that fails. */
process.on('uncaughtException', (problem) => {
  console.error(problem);
  console.error(`${problem.name}: ${problem.message}`.replace(/\s+/g, ' ').slice(0, 300));
  process.exit(1);
});

/** Ends a case that this library or this machine cannot run, with the reason for the table. */
export function cannotRun(reason) {
  console.log(`cannot run: ${reason}`);
  process.exit(77);
}

/** One of the emulator's applications, by its short name. */
export function application(name) {
  return { name, ...emulator.applications[name] };
}

/** What a request for an API's only scope says. */
export function scopeOf(name) {
  const { audience, scopes } = application(name);
  return `${audience}/${scopes[0]}`;
}

/** The configuration that `stead client-config` prints for a library. */
export function printed(library, name, ...more) {
  return stead('client-config', '--library', library, '--application', name, ...more);
}

/** The same, as pasted into a module of its own. */
export async function configuration(library, name, ...more) {
  const text = await printed(library, name, ...more);
  const folder = await mkdtemp(join(tmpdir(), 'stead-client-'));
  try {
    await symlink(new URL('node_modules', import.meta.url).pathname, join(folder, 'node_modules'));
    await writeFile(join(folder, 'configuration.mjs'), text);
    return await import(join(folder, 'configuration.mjs'));
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Runs the binary against the emulator, and answers what it printed. */
export async function stead(...words) {
  const { stdout } = await promisify(execFile)(process.env.STEAD, ['--config', emulator.config, ...words]);
  return stdout;
}

/**
 * Signs a user in at the pages behind this address as a browser without JavaScript would, and answers the
 * address that the application is sent back to. With `at`, somebody's earlier session is gone on with.
 */
export async function signIn(address, username, { consent = 'allow', at = newBrowser() } = {}) {
  const answer = await visit(address, username, { consent, at });
  if (!answer.sentTo) throw new Error(`the pages ended at "${answer.title}"`);
  return answer.sentTo;
}

/** The same to the last page, which may also be one of the identity provider itself. */
export async function visit(address, username, { consent = 'allow', at = newBrowser(), userCode } = {}) {
  const person = emulator.users.find((user) => user.username === username);
  const typed = {
    login: person.username,
    password: person.password,
    decision: consent,
    choice: 'continue',
    ...(userCode && { user_code: userCode }),
  };
  let answer = await at.get(address);
  for (let pages = 0; pages < 8 && answer.form; pages += 1) {
    // Whoever has no authenticator app yet is shown a secret for one.
    const secret = answer.secret ?? person.totp_secret;
    answer = await at.send(answer.form, { ...typed, ...(secret && { code: totp(secret) }) });
  }
  return answer;
}

/** Provokes a fault: `stead fault set KIND …`. */
export function fault(...words) {
  return stead('fault', 'set', ...words);
}

/** Cookies, redirects and forms: all of a browser that signing in takes. */
export function newBrowser() {
  const jar = new Map();
  const ask = async (address, options = {}) => {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(address, { ...options, redirect: 'manual', headers: { cookie } });
    for (const set of answer.headers.getSetCookie()) {
      const [, name, value] = set.match(/^([^=]+)=([^;]*)/);
      jar.set(name, value);
    }
    return answer;
  };
  const follow = async (address, options) => {
    const answer = await ask(address, options);
    const location = answer.headers.get('location');
    if (!location) return pageOf(address, await answer.text());
    const next = new URL(location, address);
    return next.origin === new URL(emulator.public_url).origin ? follow(next) : { sentTo: next };
  };
  return {
    get: (address) => follow(address),
    send: ({ action, fields }, typed) => {
      const filled = fields.map(([name, value]) => [name, name in typed ? typed[name] : value]);
      return follow(action, { method: 'POST', body: new URLSearchParams(filled) });
    },
  };
}

/** The form that a page wants filled, if there is one. */
function pageOf(address, html) {
  const title = textIn(html.match(/<title>(.*?)<\/title>/s)?.[1] ?? '');
  const problem = html.match(/role="alert"[^>]*>\s*<p>(.*?)<\/p>/s);
  if (problem) throw new Error(`the page "${title}" says: ${textIn(problem[1])}`);
  const [, opened, content] = html.match(/<form([^>]*)>(.*?)<\/form>/s) ?? [];
  if (opened === undefined) return { title };
  const secret = html.match(/id="secret">(.*?)</)?.[1].replaceAll(' ', '');
  const named = [...content.matchAll(/<(?:input|button)\s([^>]*)>/g)].map(([, tag]) => attributesOf(tag));
  // Of several buttons that share a name, one is pressed.
  const fields = new Map(named.filter(({ name }) => name).map(({ name, value = '' }) => [name, value]));
  return { title, secret, form: { action: new URL(attributesOf(opened).action, address), fields: [...fields] } };
}

function attributesOf(tag) {
  return Object.fromEntries([...tag.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, name, value]) => [name, textIn(value)]));
}

function textIn(html) {
  const named = { amp: '&', lt: '<', gt: '>', quot: '"' };
  return html.replace(/&(?:#(?:x([\da-f]+)|(\d+))|(\w+));/gi, (_, hex, decimal, name) =>
    name ? named[name] : String.fromCodePoint(Number.parseInt(hex ?? decimal, hex ? 16 : 10)));
}

/** The six digits that an authenticator shows now (RFC 6238). */
export function totp(secret, now = Date.now()) {
  const bits = [...secret].map((char) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(char).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(now / 30_000)));
  const mac = createHmac('sha1', key).update(step).digest();
  const number = mac.readUInt32BE(mac.at(-1) & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, '0');
}

/** The claims of a token, unverified. */
export function claimsOf(token) {
  return JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));
}

/** The same token with a signature that nobody made. */
export function forged(token) {
  const [header, claims, signature] = token.split('.');
  const other = signature.startsWith('A') ? 'B' : 'A';
  return [header, claims, other + signature.slice(1)].join('.');
}

/**
 * A user's access token for an API, as a front end gets it: by the authorization code flow with PKCE of
 * the public client `terminal`. No library is at work here.
 */
export async function userToken(username, resource, { scope = scopeOf(resource), asked = {}, at } = {}) {
  const { client_id } = application('terminal');
  const redirect_uri = 'http://localhost/callback';
  // The example of RFC 7636, appendix B: nothing to copy into anything that lasts.
  const code_verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
  const code_challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';
  const request = { client_id, redirect_uri, scope: `openid ${scope}`, response_type: 'code', code_challenge, code_challenge_method: 'S256', ...asked };
  const sentTo = await signIn(`${emulator.authority}/oauth2/v2.0/authorize?${new URLSearchParams(request)}`, username, { at });
  const code = sentTo.searchParams.get('code');
  if (!code) throw new Error(`no code: ${sentTo.searchParams.get('error_description')}`);
  const answer = await fetch(`${emulator.authority}/oauth2/v2.0/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'authorization_code', client_id, redirect_uri, code, code_verifier }),
  });
  const tokens = await answer.json();
  if (!answer.ok) throw new Error(tokens.error_description);
  return tokens;
}

/** Takes back what users have agreed to that a client may do at an API for them. */
export async function withdrawConsents(client, resource) {
  const [{ client_id }, { audience }] = [application(client), application(resource)];
  const given = JSON.parse(await stead('consent', 'list', '--json'));
  const about = given.filter((consent) => consent.client === client_id && consent.resource === audience);
  for (const { id } of about) await stead('consent', 'withdraw', id);
}

/** Asks the admin API. */
export async function administer(method, path, body) {
  const { url, token_file } = emulator.admin;
  const token = (await readFile(token_file, 'utf8')).trim();
  const answer = await fetch(`${url}/admin/v1/${emulator.tenant_name}/${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
}
