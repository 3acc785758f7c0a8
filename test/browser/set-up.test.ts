/** The first start: somebody makes the GitHub App and installs it, with nothing but a browser. */
import { spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { readSettings } from '../../app/settings.ts';
import { newFolder } from '../app/kit.ts';
import { given } from '../app/mail.ts';
import { freePort } from '../free-port.ts';
import { judgedHub } from '../hub/testing.ts';
import { isWithoutBrowser, launch, visit } from './browser.ts';

describe.skipIf(isWithoutBrowser)('whoever starts the app for the first time', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser.close());

  test('registers it by one button, installs it, and has its settings written', async () => {
    const hub = await judgedHub();
    hub.organization('acme').member(hub.person('ada'), 'admin');
    const folder = newFolder();
    const forge = {
      GHE_HOST: hub.url.replace('http://', ''),
      GHE_PROTOCOL: 'http',
      ARBITER_LOCAL_FORGE: 'allow',
    };
    const port = String(await freePort());
    const command = join(import.meta.dirname, '../../src/cli/main.ts');
    const child = spawn(process.execPath, [command, 'app'], {
      cwd: folder,
      env: { PATH: process.env['PATH'], PORT: port, ...forge },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    let said = '';
    child.stderr.on('data', (part: Buffer) => {
      said += part;
    });
    await expect.poll(() => said).toContain('/probot in a browser');

    await using ada = await visit(browser);
    await ada.page.goto(`${hub.url}/?as=ada`);
    await ada.page.goto(`http://127.0.0.1:${port}/probot`);
    const opening = ada.context.waitForEvent('page');
    await ada.page.getByRole('button', { name: /register/i }).click();
    const page = await opening;
    await page.waitForLoadState();
    expect(await page.locator('h1').textContent()).toBe('Register CAWS arbiter');
    expect(await page.locator('.box').textContent()).toContain('checks write');
    await page.getByLabel('Owner').fill('acme');
    await page.getByRole('button', { name: 'Create GitHub App' }).click();
    await page.getByLabel('On all repositories of').selectOption('acme');
    await page.getByRole('button', { name: 'Install' }).click();
    expect(await page.locator('h1').textContent()).toBe('CAWS arbiter is installed');
    const elsewhere = ada.tried.filter((each) => !each.includes('http://127.0.0.1:'));
    expect(elsewhere.filter((each) => each.startsWith('a load'))).toEqual([]);

    expect(statSync(join(folder, '.env')).mode & 0o077).toBe(0);
    const settings = given(readSettings({ environment: forge, directory: folder }));
    expect([...hub.world.apps.keys()]).toContain(settings.appId);
    expect(settings.client).not.toBeNull();
  });
});
