/** What anybody may expect of a page, measured in the browser that shows it. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const require = createRequire(import.meta.url);
/** axe, whose rules on contrast, headings, landmarks and names are nobody's here. */
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

interface Violation {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string }[];
}

/**
 * @param only rules by name, where the others were asked of the same page already.
 * @returns a sentence for each thing that a reader could not see, reach or tell apart.
 */
export async function faultsOf(
  page: Page,
  only: readonly string[] | null = null,
): Promise<readonly string[]> {
  await page.evaluate(axe);
  const options = { resultTypes: ['violations'], ...(only === null ? {} : { runOnly: only }) };
  const found = (await page.evaluate(
    `axe.run(document, ${JSON.stringify(options)}).then(({ violations }) => violations)`,
  )) as readonly Violation[];
  return [
    ...found.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes[0]?.html ?? ''}`),
    ...(await overflow(page)),
  ];
}

/** A page is as wide as its window, and whatever is wider scrolls by itself. */
async function overflow(page: Page): Promise<readonly string[]> {
  const { whole, window } = (await page.evaluate(
    '({ whole: document.documentElement.scrollWidth, window: document.documentElement.clientWidth })',
  )) as { readonly whole: number; readonly window: number };
  return whole <= window ? [] : [`overflow: ${whole} px in a window of ${window}`];
}

export interface Stop {
  readonly name: string;
  /** Width of the line around it, in pixels; 0 where nothing shows that it is the one. */
  readonly outline: number;
}

/** Where the Tab key leads, from the top until it leaves the page. */
export async function tabbed(page: Page): Promise<readonly Stop[]> {
  const stops: Stop[] = [];
  await page.evaluate('document.activeElement?.blur?.()');
  for (let presses = 0; presses < 200; presses += 1) {
    await page.keyboard.press('Tab');
    const stop = (await page.evaluate(`(() => {
      const at = document.activeElement;
      if (at === null || at === document.body) return null;
      const style = getComputedStyle(at);
      const isShown = style.outlineStyle !== 'none' && style.outlineColor !== 'transparent';
      return { name: at.getAttribute('href') ?? at.textContent ?? '', outline: isShown ? parseFloat(style.outlineWidth) : 0 };
    })()`)) as Stop | null;
    if (stop === null) return stops;
    stops.push(stop);
  }
  throw new Error('the Tab key never leaves the page');
}

/** Each address that the page leads to, once. */
export async function addressesOn(page: Page): Promise<readonly string[]> {
  const all = (await page.evaluate(
    '[...document.querySelectorAll("a[href]")].map((link) => link.href)',
  )) as readonly string[];
  return [...new Set(all)];
}
