/** The app's pages as people see them: real verdicts of a real town, in Debian's Chromium. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTown, type Town } from '../app/town.ts';
import { judge } from '../hub/testing.ts';
import { isWithoutBrowser, launch, visit } from './browser.ts';
import { addressesOn, faultsOf, tabbed } from './looked.ts';

const script = '<script>document.title="ran"</script><img src=x onerror=document.title="ran">';
const long = 'w'.repeat(180);
const code = (lines: number) => 'export const price = 1;\n'.repeat(lines);

/** A change whose every word is meant for the page. */
const hostile: Readonly<Record<string, string>> = {
  'src/cart/total.ts': code(300),
  '.caws/policy.yaml': 'version: 1\nmode: observe\n',
  'src/cart/<img src=x onerror=document.title="ran">.ts': 'a\n',
  'src/cart/"><svg onload=document.title=1>.ts': 'a\n',
  [`src/cart/${long}.ts`]: 'a\n',
  'src/cart/\u202Est.dedaol\u2066.ts': 'a \u202E b\n',
  'src/payment/card.ts': code(20),
  ...Object.fromEntries(Array.from({ length: 8 }, (_, at) => [`lib/part${at}.ts`, code(2)])),
};

async function opensHostile(town: Town) {
  const kim = town.hub.person('kim');
  await kim.push(town.repository, 'hostile', hostile, `${script} ${long}`, { from: 'main' });
  return kim.opens(town.repository, {
    head: 'hostile',
    title: `${script} \u202E${long}`,
    body: `${script}\n\nCAWS-SPEC: ${script}\n\n${long}`,
  });
}

describe.skipIf(isWithoutBrowser)('a page of the app', () => {
  let town: Town;
  let browser: Browser;
  const addresses: Record<string, string> = {};

  beforeAll(async () => {
    // Time stands unless it passes here, and the outage lasts: what waits still waits however long pages are read.
    const started = Date.now();
    const clock = () => started;
    [town, browser] = await Promise.all([openTown({ visited: true, clock }), launch()]);
    const pulls = {
      PASS: await town.opens('prices', { 'src/cart/total.ts': code(3) }),
      WAIVER: await town.opens('large', { 'src/cart/total.ts': code(400) }),
      FAIL: await opensHostile(town),
    };
    await town.rest();
    const reason = `1 < 2 & 'x' ${'w'.repeat(90)}`;
    town.hub
      .person('kim')
      .comments(pulls.WAIVER, `/caws waive budget_limit reason:"${reason}" expires:7d`);
    await town.rest();
    town.hub.faults.request({ route: 'git' }, { kind: 'status', status: 503 });
    const waiting = await town.opens('outage', { 'src/cart/total.ts': code(2) });
    await town.rest();
    for (const [name, pull] of Object.entries({ ...pulls, waiting }))
      addresses[name] = town.check(pull)?.detailsUrl ?? '';
    addresses['list'] = `${town.app.address}/r/acme/shop`;
    addresses['front'] = `${town.app.address}/`;
  });

  afterAll(async () => {
    await browser.close();
    judge(town.hub);
    await town[Symbol.asyncDispose]();
  });

  const names = ['PASS', 'WAIVER', 'FAIL', 'waiting', 'list', 'front'];

  test.each([
    ['at 1280 pixels', { width: 1_280, dark: false }, null],
    ['in the dark', { width: 1_280, dark: true }, ['color-contrast']],
    ['at 400 pixels', { width: 400, dark: true }, ['scrollable-region-focusable']],
  ])('%s is readable for everybody, and runs nothing of others', async (_, look, rules) => {
    await using at = await visit(browser, look);
    const listening: string[] = [];
    for (const name of names) {
      const answer = await at.page.goto(addresses[name] ?? '');
      expect(answer?.status()).toBe(200);
      if ((await answer?.text())?.includes('new EventSource('))
        listening.push(`a load: ${addresses[name]}/events`);
      const faults = await faultsOf(at.page, rules);
      expect(faults, name).toEqual([]);
      expect(await at.page.locator('h1').count()).toBe(1);
      expect(await at.page.title()).not.toBe('ran');
    }
    // What waits for its verdict listens to its own address alone.
    expect(listening).toEqual([`a load: ${addresses['waiting']}/events`]);
    expect(at.tried).toEqual(listening);
  });

  test('leads only where it says, and every address answers', async () => {
    await using at = await visit(browser);
    const known = new Set<string>();
    for (const name of names) {
      await at.page.goto(addresses[name] ?? '');
      for (const address of await addressesOn(at.page)) known.add(address);
    }
    for (const address of known) {
      const { origin, hash } = new URL(address);
      expect([town.hub.url, town.app.address]).toContain(origin);
      const answer = await at.page.goto(address);
      expect(answer?.status() ?? 200, address).toBe(200);
      if (hash !== '') expect(await at.page.locator(hash).count(), address).toBe(1);
    }
    await at.page.goto(addresses['WAIVER'] ?? '');
    await at.page.getByRole('link', { name: 'Pull request #2' }).click();
    expect(at.page.url()).toBe(town.hub.pull(town.repository, 2).page);
  });

  test('is walked through with the Tab key, each stop plain to see', async () => {
    await using at = await visit(browser);
    await at.page.goto(addresses['FAIL'] ?? '');
    const stops = await tabbed(at.page);
    const wanted = await at.page.locator('a[href], summary').count();
    expect(stops.length).toBeGreaterThanOrEqual(wanted);
    for (const { name, outline } of stops) expect(outline, name).toBeGreaterThanOrEqual(2);
  });

  test('says the same without JavaScript, and unfolds', async () => {
    await using scripted = await visit(browser);
    await using plain = await visit(browser, { script: false });
    for (const { page } of [scripted, plain]) await page.goto(addresses['FAIL'] ?? '');
    const words = async ({ page }: typeof plain) => page.locator('body').textContent();
    expect(await words(plain)).toBe(await words(scripted));
    const more = plain.page.locator('details').first();
    const hidden = more.locator('li').first();
    expect(await hidden.isVisible()).toBe(false);
    await more.locator('summary').click();
    expect(await hidden.isVisible()).toBe(true);
  });

  test('lets no code, style, frame or form of anybody else work, even inside it', async () => {
    await using at = await visit(browser);
    await at.page.goto(addresses['FAIL'] ?? '');
    await at.page.evaluate(`(() => {
      const put = (tag, fields) => document.body.append(Object.assign(document.createElement(tag), fields));
      put('script', { textContent: 'document.title = "ran"' });
      put('script', { src: '/x.js' });
      put('style', { textContent: 'body { margin: 77px }' });
      put('img', { src: '/x.png' });
      put('iframe', { src: '/' });
      put('form', { action: '/login', id: 'sent' });
    })()`);
    await at.page.evaluate('document.getElementById("sent").submit()');
    await expect
      .poll(() => at.tried.filter((each) => each.includes('Content Security Policy')).length)
      .toBe(6);
    expect(await at.page.title()).not.toBe('ran');
    expect(at.page.url()).toBe(addresses['FAIL']);
    expect(await at.page.evaluate('getComputedStyle(document.body).marginTop')).toBe('0px');
    expect(at.tried.filter((each) => each.startsWith('a load'))).toEqual([]);
  });

  test('of a change with many findings shows all of them at one glance, with the way to each', async () => {
    await using at = await visit(browser);
    await at.page.goto(addresses['FAIL'] ?? '');
    const index = at.page.locator('ol.index > li');
    expect(await index.count()).toBe(await at.page.locator('article.finding').count());
    const last = index.last().getByRole('link');
    const { y = 0 } = (await last.boundingBox()) ?? {};
    expect(y).toBeLessThan(900);
    await last.click();
    expect(await at.page.locator('article.finding:target').count()).toBe(1);
  });

  test('of a waiver that waits says who asked, why, until when, and what to type', async () => {
    await using at = await visit(browser, { width: 400 });
    await at.page.goto(addresses['WAIVER'] ?? '');
    const card = await at.page.locator('article.finding').textContent();
    expect(card).toContain('asked by kim until ');
    expect(card).toContain("“1 < 2 & 'x'");
    expect(card).toMatch(/\/caws approve W-[0-9a-f]{16}/);
    expect(card).not.toContain('does not count');
  });

  test('that waits becomes the page of the verdict while it is looked at', async () => {
    const pull = await town.opens('watched', { 'src/cart/total.ts': code(1) });
    await town.rest();
    const address = town.check(pull)?.detailsUrl ?? '';
    await using at = await visit(browser);
    await at.page.goto(address);
    expect(await at.page.locator('h1').textContent()).toContain('Waiting for GitHub');
    town.hub.faults.clear();
    await town.passes(60_000);
    await expect.poll(() => at.page.locator('h1').textContent()).toContain('PASS');
    expect(at.page.url()).toBe(address);
    expect(at.tried).toEqual([`a load: ${address}/events`]);
  });
});
