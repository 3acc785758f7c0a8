/** Who may see a page of a private repository, and what everybody else is shown. */
import type { APIResponse, Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTown, type Town } from '../app/town.ts';
import { judge } from '../hub/testing.ts';
import { isWithoutBrowser, launch, type Visit, visit } from './browser.ts';
import { faultsOf } from './looked.ts';

describe.skipIf(isWithoutBrowser)('a page of a private repository', () => {
  let town: Town;
  let browser: Browser;
  let verdict = '';
  /** Every page of the repository, and addresses of the same form where nothing is. */
  let [there, nowhere]: [readonly string[], readonly string[]] = [[], []];

  beforeAll(async () => {
    [town, browser] = await Promise.all([openTown({ visited: true, private: true }), launch()]);
    const pulls = [
      await town.opens('prices', { 'src/cart/total.ts': 'export const total = 1;\n' }),
      await town.opens('card', { 'src/payment/card.ts': 'export const card = 1;\n' }),
    ];
    await town.rest();
    const pages = pulls.map((pull) => town.check(pull)?.detailsUrl ?? '');
    verdict = pages[0] ?? '';
    const { address } = town.app;
    there = [...pages, `${address}/r/acme/shop`];
    nowhere = [
      `${address}/v/01a40088-0000-7000-8000-000000000002`,
      `${address}/r/acme/nothing`,
      `${address}/r/nobody/shop`,
    ];
    town.hub.person('zoe');
  });
  afterAll(async () => {
    await browser.close();
    town.hub.takeMismatches();
    judge(town.hub);
    await town[Symbol.asyncDispose]();
  });

  /** Opens a page as somebody who has an account at the forge, and lets the app know who that is. */
  async function signsIn(who: string, page: string): Promise<Visit> {
    const at = await visit(browser);
    await at.page.goto(`${town.hub.url}/?as=${who}`);
    await at.page.goto(page);
    expect(await at.page.locator('h1').textContent()).toBe('Authorize CAWS arbiter');
    await at.page.getByRole('button', { name: 'Authorize' }).click();
    return at;
  }
  const whole = async (answer: APIResponse) => {
    const { date: _date, ...headers } = answer.headers();
    return { status: answer.status(), headers, body: (await answer.body()).toString() };
  };

  test('opens for a member who signs in, and leads straight to the page', async () => {
    await using kim = await signsIn('kim', verdict);
    expect(kim.page.url()).toBe(verdict);
    expect(await kim.page.locator('h1').textContent()).toContain('PASS');
    for (const page of there) expect((await kim.page.goto(page))?.status()).toBe(200);
    const [cookie] = (await kim.context.cookies()).filter(({ name }) => name === 'arbiter');
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Lax' });
  });

  test('is for a stranger byte for byte what is not there', async () => {
    await using zoe = await signsIn('zoe', verdict);
    expect(await zoe.page.locator('h1').textContent()).toBe('Not here');
    expect(await faultsOf(zoe.page)).toEqual([]);
    const seen = await Promise.all(
      [...there, ...nowhere].map(async (page) => whole(await zoe.context.request.get(page))),
    );
    expect(seen[0]).toMatchObject({ status: 404 });
    expect(seen[0]?.body).not.toMatch(/acme|shop|PASS/);
    expect(new Set(seen.map((answer) => JSON.stringify(answer))).size).toBe(1);
  });

  test('asks whoever is not signed in to do so, as what is not there does', async () => {
    await using nobody = await visit(browser);
    for (const page of [...there, ...nowhere]) {
      const answer = await nobody.context.request.get(page, { maxRedirects: 0 });
      const to = `/login?to=${encodeURIComponent(new URL(page).pathname)}`;
      expect([answer.status(), answer.headers()['location']]).toEqual([302, to]);
    }
  });

  test('closes for a member who took the token back, who then signs in again', async () => {
    await using kim = await signsIn('kim', verdict);
    const { tokens } = town.hub.world;
    for (const [token] of tokens) if (token.startsWith('ghu_')) tokens.delete(token);
    await kim.page.goto(verdict);
    await kim.page.getByRole('button', { name: 'Authorize' }).click();
    expect(kim.page.url()).toBe(verdict);
  });

  test('signs nobody in by a link of somebody else', async () => {
    await using zoe = await visit(browser, { script: false });
    await zoe.page.goto(`${town.hub.url}/?as=zoe`);
    const begun = await zoe.context.request.get(
      `${town.app.address}/login?to=${new URL(verdict).pathname}`,
      { maxRedirects: 0 },
    );
    const allowed = await zoe.context.request.post(begun.headers()['location'] ?? '', {
      maxRedirects: 0,
    });
    const link = allowed.headers()['location'] ?? '';
    expect(link).toContain(`${town.app.address}/login/callback?code=`);
    await using kim = await visit(browser);
    const answer = await kim.page.goto(link);
    expect(answer?.status()).toBe(404);
    expect(await kim.context.cookies(town.app.address)).toEqual([]);
  });

  test('leads nowhere else after signing in, whatever the address asks for', async () => {
    await using kim = await signsIn('kim', `${town.app.address}/login?to=https://evil.example/`);
    expect(kim.page.url()).toBe(`${town.app.address}/`);
  });
});
