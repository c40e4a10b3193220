// What the tests of the pages share: a browser whose every step is watched, and short words for what goes on
// behind the pages.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium } from 'playwright-core';

export const baseUrl = process.env.KITH_URL;
assert.ok(baseUrl, 'KITH_URL must name a running kith');
const shots = process.env.KITH_SHOTS;
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

// everything is the sets of axe's rules that make up WCAG 2.2 AA, and its own advice.
const everything = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

// secrets are all that this run saw and that nobody else may see.
const secrets = new Set();
export const secret = (value) => { secrets.add(value); return value; };

// newPassword gives one that a company for real takes.
export const newPassword = () => secret(`quiet ${randomUUID().slice(0, 12)} harbour`);

// call asks the API and gives status and data.
export async function call(path, body, token, method) {
  const response = await fetch(baseUrl + path, {
    method: method ?? (body ? 'POST' : 'GET'),
    headers: { ...(body && { 'Content-Type': 'application/json' }), ...(token && { Authorization: `Token ${token}` }) },
    body: body && JSON.stringify(body),
  });
  const answer = await response.json();
  return { status: response.status, data: answer.data, message: answer.message };
}

// did is call for what must work.
export async function did(...args) {
  const { status, data, message } = await call(...args);
  assert.ok(status < 300, `${args[0]}: ${status} ${message}`);
  return data;
}

// found makes a company for real, in the colours given.
export async function found(name, colors) {
  const slug = `acme-${randomUUID().slice(0, 8)}`;
  const { token } = await did('/3/auth/company/register/', {
    email: `owner@${slug}.test`, password: newPassword(), terms_and_conditions: true, privacy_policy: true,
    company: { id: slug, name, mode: 'production', system_email: `sys@${slug}.test` },
  });
  await did('/3/admin/company/', { support_email: `help@${slug}.test`, website: 'https://acme.example/' }, token, 'PATCH');
  await did('/3/admin/company/settings/', { colors }, token, 'PATCH');
  return { slug, name, owner: secret(token) };
}

// newAddress gives an e-mail address that nobody has.
export const newAddress = () => `${randomUUID().slice(0, 8)}@people.test`;

// enrol registers somebody and gives their token.
export async function enrol(company, email, password) {
  const { token } = await did('/3/auth/register/',
    { email, password, company: company.slug, terms_and_conditions: true, privacy_policy: true });
  return secret(token);
}

// signsIn reports whether somebody gets in by a password.
export async function signsIn(company, user, password) {
  const { status } = await call('/3/auth/login/', { user, password, company: company.slug });
  return status === 200;
}

// alive reports whether a token is good for anything.
export const alive = async (token) => (await call('/3/user/', undefined, token)).status === 200;

// link waits for the newest mail to an address that leads to a page, and gives its link.
export async function link(email, path) {
  for (let tries = 0; tries < 100; tries++) {
    const list = await (await fetch(`${baseUrl}/inbox/messages.json?to=${encodeURIComponent(email)}`)).json();
    for (const { links } of list) {
      if (!links[0]?.startsWith(baseUrl + path)) continue;
      const values = new URLSearchParams(new URL(links[0]).hash.slice(1));
      secret(values.get('key') ?? values.get('token'));
      return links[0];
    }
    await sleep(50);
  }
  throw new assert.AssertionError({ message: `no mail to ${email} with a link to ${path}` });
}

// open starts a browser.
export const open = () => chromium.launch({ executablePath: process.env.KITH_CHROMIUM, args: ['--no-sandbox'] });

// Visitor is somebody with a browser, with or without scripts, who looks at pages. What their browser sends
// and complains of is kept.
export class Visitor {
  static async in(browser, { scripts = true, locale = 'en', thorough = true }) {
    const context = await browser.newContext({ locale });
    const visitor = new Visitor();
    Object.assign(visitor, { context, scripts, thorough, page: await context.newPage(), complaints: [], sent: [] });
    visitor.page.setDefaultTimeout(15_000);
    visitor.cdp = await context.newCDPSession(visitor.page);
    visitor.cdp.on('Audits.issueAdded', ({ issue }) => {
      if (/Policy|Blocked|Cors|Mixed/.test(issue.code)) visitor.complaints.push(JSON.stringify(issue));
    });
    await visitor.cdp.send('Audits.enable');
    await visitor.allowScripts(scripts);
    visitor.page.on('console', (said) => { if (said.type() === 'error' && !/status of 4\d\d/.test(said.text())) visitor.complaints.push(said.text()); });
    visitor.page.on('pageerror', (error) => visitor.complaints.push(error.message));
    context.on('request', (request) => visitor.sent.push(request));
    return visitor;
  }

  // allowScripts switches the scripts of pages on or off. (A context without them could not run axe either.)
  allowScripts(allowed) { return this.cdp.send('Emulation.setScriptExecutionDisabled', { value: !allowed }); }

  // follow opens a link as from a mail. Without scripts they paste it into the form as well.
  async follow(to) {
    await this.page.goto('about:blank'); // as in a new tab: else only the fragment would change
    await this.page.goto(to);
    if (this.scripts) {
      assert.equal(await this.page.locator('#link').isVisible(), false, 'the link is asked for, though it was followed');
      assert.equal(new URL(this.page.url()).hash, '', 'the secret stays in the address bar');
    } else {
      await this.page.getByLabel('Paste the link').fill(to);
    }
  }

  // press sends the form by one of its buttons and gives the status of the answer.
  async press(name) {
    const answer = this.page.waitForResponse((r) => r.request().method() === 'POST');
    await this.page.getByRole('button', { name }).click();
    const status = (await answer).status();
    await this.page.waitForLoadState();
    return status;
  }

  // title is the page's heading.
  title() { return this.page.getByRole('heading', { level: 1 }).textContent(); }

  // passes lets axe look at the page, by day and by night; with KITH_SHOTS it leaves pictures.
  async passes(state) {
    // Pages for browsers without scripts show all that has a colour.
    for (const colorScheme of this.scripts ? ['light'] : ['light', 'dark']) {
      await this.page.emulateMedia({ colorScheme });
      const all = this.thorough && colorScheme === 'light'; // the others differ in their colours only
      assert.deepEqual(await this.faults(all ? everything : ['color-contrast']), [], `${state}, ${colorScheme}`);
      if (shots) await this.picture(`${state} ${colorScheme}`);
    }
    await this.page.emulateMedia({ colorScheme: 'light' });
  }

  // faults is what axe finds wrong, or cannot tell, by the rules or sets of rules named.
  async faults(rules) {
    await this.allowScripts(true);
    if (!await this.page.evaluate(() => 'axe' in globalThis)) await this.page.evaluate(axe);
    const found = await this.page.evaluate((runOnly) => globalThis.axe.run(document, { runOnly }), rules);
    await this.allowScripts(this.scripts);
    assert.ok(found.passes.length > 0, 'axe looked at nothing');
    return [...found.violations, ...found.incomplete].map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((n) => n.html).join(' ')}`);
  }

  async picture(name) {
    mkdirSync(shots, { recursive: true });
    for (const width of [1280, 360]) {
      await this.page.setViewportSize({ width, height: 720 });
      await this.page.screenshot({ path: join(shots, `${name} ${width}.png`.replaceAll(/[^\w.-]+/g, '-')), fullPage: true });
    }
    await this.page.setViewportSize({ width: 1280, height: 720 });
  }

  // leave closes the browser's window and asserts what holds for every visit: no complaint, nothing fetched
  // from elsewhere, and no secret in any address or header.
  async leave() {
    assert.deepEqual(this.complaints, []);
    for (const request of this.sent) {
      assert.ok(request.url().startsWith(`${baseUrl}/`), `${request.url()} is elsewhere`);
      const said = request.url().split('#')[0] + JSON.stringify(await request.allHeaders());
      for (const value of secrets) assert.ok(!said.includes(value), `a secret went out in ${said}`);
    }
    assert.ok(this.sent.some((r) => r.url().endsWith('.css')), 'nothing was watched');
    await this.context.close();
  }
}

// unsaid asserts that the server's log has no secret of the run.
export function unsaid() {
  const log = readFileSync(process.env.KITH_SERVER_LOG, 'utf8');
  assert.ok(secrets.size > 10 && log.includes('/set-password/'), 'nothing was watched');
  for (const value of secrets) {
    for (const form of [value, encodeURIComponent(value), value.replaceAll(' ', '+')]) assert.ok(!log.includes(form), 'the log has a secret');
  }
}
