import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isWithoutBrowser, launch, visit } from './browser.ts';
import { faultsOf, tabbed } from './looked.ts';

/** Whoever looks must see what is wrong. */
describe.skipIf(isWithoutBrowser)('a look at a page finds', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser.close());

  const page = (body: string) =>
    `<!doctype html><html lang="en"><head><title>A page</title></head><body style="background:#fff"><main>${body}</main></body></html>`;

  test('whatever a reader could not see, reach or tell apart', async () => {
    await using at = await visit(browser, { width: 400 });
    await at.page.setContent(page('<h1>One</h1><h2>Two</h2><p>Words</p>'));
    expect(await faultsOf(at.page)).toEqual([]);
    const broken = `<h2>Two</h2><h4>Four</h4><p style="color:#aaa">${'x'.repeat(900)}</p>
      <img src="data:,"><a href="/x"></a><input>`;
    await at.page.setContent(page(broken));
    const found = (await faultsOf(at.page)).map((fault) => fault.split(':')[0]);
    for (const rule of [
      'color-contrast',
      'heading-order',
      'page-has-heading-one',
      'image-alt',
      'link-name',
      'label',
      'overflow',
    ])
      expect(found).toContain(rule);
  });

  test('a script that runs, and a stop of the Tab key that nobody sees', async () => {
    await using at = await visit(browser);
    await at.page.setContent(
      page('<style>a { outline: 0 }</style><a href="/x">x</a><script>alert(1)</script>'),
    );
    expect(at.tried).toEqual(['a dialog: 1']);
    expect(await tabbed(at.page)).toEqual([{ name: '/x', outline: 0 }]);
  });
});
