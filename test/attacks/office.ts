import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Hands } from '../../app/hands.ts';
import { readSettings } from '../../app/settings.ts';
import { type App, startApp } from '../../app/start.ts';
import type { Outcome } from '../../app/work/task.ts';
import { type Clock, clockAt, done, environmentFor, given, handsWith, where } from '../app/mail.ts';

/** A running app in a folder of its own, which goes away with it. */
export interface Office extends AsyncDisposable, App {
  readonly clock: Clock;
  /** Pull requests that were heard, in order. */
  readonly heard: readonly number[];
}

export async function newOffice(
  more: {
    readonly settings?: Readonly<Record<string, string>>;
    readonly hands?: Partial<Hands>;
  } = {},
): Promise<Office> {
  const folder = mkdtempSync(join(tmpdir(), 'caws-attack-'));
  const heard: number[] = [];
  const clock = clockAt();
  const environment = environmentFor(folder, more.settings);
  const work = async ({ pull }: { readonly pull: number }): Promise<Outcome> => {
    heard.push(pull);
    return done;
  };
  const app = given(
    await startApp(
      given(readSettings({ environment, directory: folder })),
      handsWith({ work, ...more.hands }),
      { now: clock.now, chance: () => 0.5, write: () => undefined, timers: false },
    ),
  );
  return {
    ...app,
    clock,
    heard,
    [Symbol.asyncDispose]: async () => {
      await app.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The repository of every delivery here. */
export const here = where;
