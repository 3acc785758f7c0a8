/** Debian's Chromium, driven as a person would: what was shown, and what a page tried to do. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

const names = ['chromium', 'chromium-browser', 'google-chrome'];

function findBrowser(): string | null {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const found = folders.flatMap((folder) => names.map((name) => join(folder, name)));
  return found.find((file) => existsSync(file)) ?? null;
}

const program = findBrowser();

/** Whether pages can be looked at here. Where every skip is a failure, the launch then says what is missing. */
export const isWithoutBrowser = program === null && process.env['ARBITER_NO_SKIP'] === undefined;
if (isWithoutBrowser) console.log('skipped: pages in a browser (install chromium)');

/** Nothing of these tests leaves the machine; Chromium asks its makers for this and that at every start. */
const quietly = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-gpu',
  '--disable-quic',
  '--disable-sync',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
  '--no-first-run',
];

export async function launch(): Promise<Browser> {
  if (program === null) throw new Error('there is no chromium to look at pages with: install it');
  // Chromium's own sandbox refuses to run as root, which tests in a container often are.
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({ executablePath: program, args: [...quietly, ...asRoot] });
}

export interface Look {
  readonly width?: number;
  readonly dark?: boolean;
  readonly script?: boolean;
}

/** One person's browser. */
export interface Visit extends AsyncDisposable {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What pages tried and should not: dialogs, errors, refused loads, loads beyond themselves. */
  readonly tried: readonly string[];
}

export async function visit(browser: Browser, look: Look = {}): Promise<Visit> {
  const context = await browser.newContext({
    viewport: { width: look.width ?? 1_280, height: 900 },
    colorScheme: look.dark === true ? 'dark' : 'light',
    javaScriptEnabled: look.script ?? true,
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  const tried: string[] = [];
  page.on('dialog', (dialog) => {
    tried.push(`a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('pageerror', (error) => tried.push(`an error: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') tried.push(`the console: ${message.text()}`);
  });
  // Only what was answered: what the page's policy refused to ask for stands in the console.
  page.on('response', (response) => {
    const request = response.request();
    const isPage = request.isNavigationRequest() && request.frame() === page.mainFrame();
    if (!isPage) tried.push(`a load: ${request.url()}`);
  });
  return { page, context, tried, [Symbol.asyncDispose]: () => context.close() };
}
