/** Two people at a pull request, with nothing but their browsers. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTown, type Town } from '../app/town.ts';
import { judge } from '../hub/testing.ts';
import { isWithoutBrowser, launch, type Visit, visit } from './browser.ts';
import { faultsOf } from './looked.ts';

const code = (lines: number) => 'export const price = 1;\n'.repeat(lines);

describe.skipIf(isWithoutBrowser)('a person at a pull request', () => {
  let town: Town;
  let browser: Browser;

  beforeAll(async () => {
    [town, browser] = await Promise.all([openTown({ visited: true }), launch()]);
    const { hub, repository, installed } = town;
    hub.ruleset(repository, { requires: [{ context: 'CAWS verdict', appId: installed.appId }] });
  });
  afterAll(async () => {
    await browser.close();
    judge(town.hub);
    await town[Symbol.asyncDispose]();
  });

  const opened = async (who: string, address: string): Promise<Visit> => {
    const at = await visit(browser, { script: false });
    await at.page.goto(`${address}?as=${who}`);
    return at;
  };
  const comments = async ({ page }: Visit, text: string) => {
    await page.getByLabel('Add a comment').fill(text);
    await page.getByRole('button', { name: 'Comment', exact: true }).click();
    await town.rest();
    await page.reload();
  };
  const presses = async ({ page }: Visit, name: RegExp) => {
    await page.getByRole('button', { name }).click();
    await town.rest();
    await page.reload();
  };

  test('reads the check, asks for a waiver, has it approved by a button, and merges', async () => {
    const pull = await town.opens('large', { 'src/cart/total.ts': code(300) });
    await town.rest();
    await using kim = await opened('kim', pull.page);
    const checks = kim.page.locator('#checks');
    const mergeBox = kim.page.locator('#merge-box');
    expect(await checks.textContent()).toContain('WAIVER REQUIRED · budget: 300 lines, limit 200');
    expect(await mergeBox.textContent()).toContain('Merging is blocked');
    expect(await kim.page.getByRole('button', { name: 'Merge', exact: true }).isDisabled()).toBe(
      true,
    );

    await checks.getByRole('link', { name: 'CAWS verdict' }).click();
    await kim.page.getByRole('link', { name: 'details of the app' }).click();
    expect(await kim.page.locator('h1').textContent()).toContain('WAIVER REQUIRED');
    const command = await kim.page.locator('article.finding pre').textContent();
    await kim.page.getByRole('link', { name: 'Pull request #1' }).click();

    await comments(kim, (command ?? '').replace('…', 'the prices come from a generator'));
    expect(await kim.page.locator('body').textContent()).toContain('waiting for an approval');
    await presses(kim, /^Approve W-/);
    expect(await checks.textContent()).toContain('WAIVER REQUIRED');

    await using max = await opened('max', pull.page);
    await presses(max, /^Approve W-/);
    expect(await max.page.locator('#checks').textContent()).toMatch(
      /success CAWS verdict[\s\S]*PASS with 1 waiver/,
    );
    expect(await max.page.locator('#merge-box').textContent()).toContain('Nothing blocks merging');
    await max.page.getByLabel('How to merge').selectOption('merge');
    await presses(max, /^Merge$/);
    expect(await max.page.locator('#merge-box').textContent()).toMatch(
      /Merged as [0-9a-f]{7}\s+by max/,
    );
    await max.page.locator('#merge-box').getByRole('link').click();
    expect(await max.page.locator('body').textContent()).toContain(
      `CAWS-VERDICT-ID: ${town.check(pull)?.externalId}`,
    );
    expect([...kim.tried, ...max.tried]).toEqual([]);
  });

  test('who only writes cannot approve, and whoever forces the button is refused by the rules', async () => {
    const pull = await town.opens('larger', { 'src/cart/more.ts': code(250) });
    await town.rest();
    await using lee = await opened('lee', pull.page);
    await comments(
      lee,
      '/caws waive budget_limit reason:"the prices come from a generator" expires:7d',
    );
    const waiver = /W-[0-9a-f]{16}/.exec((await lee.page.locator('body').textContent()) ?? '')?.[0];
    await comments(lee, `/caws approve ${waiver}`);
    expect(await lee.page.locator('#checks').textContent()).toContain('WAIVER REQUIRED');
    expect(await lee.page.locator('#merge-box').textContent()).toContain('Merging is blocked');
    const form = { method: 'squash', sha: pull.head };
    const forced = await lee.context.request.post(`${pull.page}/merge`, { form });
    expect(forced.status()).toBe(422);
    expect(pull.state.mergedAt).toBeNull();
  });

  test('sees everything in a narrow window in the dark, whatever the title is', async () => {
    const pull = await town.opens('wide', {
      'src/cart/wide.ts': code(260),
      [`src/cart/${'w'.repeat(180)}.ts`]: code(1),
    });
    await town.hub.person('kim').changes(pull, { title: `<script>x</script> ${'w'.repeat(200)}` });
    await town.rest();
    await using at = await visit(browser, { width: 400, dark: true });
    for (const page of [pull.page, `${pull.page}/files`]) {
      await at.page.goto(`${page}?as=max`);
      expect(await faultsOf(at.page), page).toEqual([]);
    }
    expect(at.tried).toEqual([]);
  });
});
