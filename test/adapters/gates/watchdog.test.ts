import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';

import { RESTARTS_MAX } from '../../../src/adapters/gates/watchdog.ts';
import { lives, until } from '../../eventually.ts';
import { temporaryFolder } from './scene.ts';

const root = join(import.meta.dirname, '../../..');

const started: number[] = [];
afterEach(() => {
  for (const pid of started.splice(0).filter(lives)) process.kill(-pid, 'SIGKILL');
});

/** A process group that would go on for a long time. */
function sleeping(): number {
  const { pid } = spawn('/bin/sleep', ['600'], { detached: true, stdio: 'ignore' });
  if (pid === undefined) throw new Error('no process');
  started.push(pid);
  return pid;
}

interface Watched {
  readonly group: number;
  readonly folder: string;
  readonly afterwards?: { words: readonly string[]; environment: Readonly<Record<string, string>> };
  readonly released?: true;
}

/** A process that watches over all this, says so, does `then`, and waits. */
async function watcher(all: readonly Watched[], then = '') {
  const module = JSON.stringify(join(root, 'src/adapters/gates/watchdog.ts'));
  const text = `
import { subscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
const shells = [];
setInterval(() => undefined, 1e6);
subscribe('child_process', ({ process }) => shells.push(process));
const { watchOver } = await import(${module});
const all = ${JSON.stringify(all)};
const releases = all.map(({ group, folder, afterwards }) => watchOver(group, folder, afterwards));
all.forEach(({ released }, at) => released && releases[at]());
${then}
console.log(shells.length);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', text], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const shells = await new Promise((resolve) => child.stdout.once('data', resolve));
  const kill = async () => {
    const gone = new Promise((resolve) => child.on('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  };
  return { kill, shells: Number(shells) };
}

describe('of a process that is killed', () => {
  test('every group that it had watched ends, and every folder goes, whatever its name', async () => {
    using folder = temporaryFolder();
    const names = ['plain', "it's", 'two  spaces ', '$(touch taken)', 'a\nb', '-rf', '*', '\\n"`'];
    const all = names.map((name) => ({ group: sleeping(), folder: join(folder.path, name) }));
    for (const each of all) mkdirSync(join(each.folder, 'in'), { recursive: true });
    const kept = join(folder.path, 'kept');
    mkdirSync(kept);
    const { kill, shells } = await watcher(all);
    expect(shells).toBe(1);
    await kill();
    await until(() => all.every((each) => !lives(each.group) && !existsSync(each.folder)));
    expect(existsSync(kept)).toBe(true);
  });

  test('what had ended before is left alone', async () => {
    using folder = temporaryFolder();
    const [over, under] = [sleeping(), sleeping()];
    const [kept, gone] = [join(folder.path, 'kept'), join(folder.path, 'gone')];
    for (const each of [kept, gone]) mkdirSync(each);
    const { kill } = await watcher([
      { group: over, folder: kept, released: true },
      { group: under, folder: gone },
    ]);
    await kill();
    await until(() => !lives(under) && !existsSync(gone));
    expect([lives(over), existsSync(kept)]).toEqual([true, true]);
  });

  test('what is to be told afterwards is told for each, with the words and the environment it has', async () => {
    using folder = temporaryFolder();
    const program = join(folder.path, 'program');
    writeFileSync(program, '#!/bin/sh\necho "$HOW:$HOME:$1:$#" >"$2"\n', { mode: 0o755 });
    const all = ['a', 'b'].map((name) => {
      const said = join(folder.path, `said ${name}`);
      return {
        ...{ group: sleeping(), folder: join(folder.path, name), said },
        afterwards: {
          words: [program, `it's\n${name}`, said],
          environment: { HOW: `$HOME '${name}'`, PATH: '/bin' },
        },
      };
    });
    const { kill } = await watcher(all);
    await kill();
    await until(() => all.every(({ said }) => existsSync(said) && readFileSync(said).length > 0));
    expect(all.map(({ said }) => readFileSync(said, 'utf8'))).toEqual([
      "$HOME 'a'::it's\na:2\n",
      "$HOME 'b'::it's\nb:2\n",
    ]);
  });

  test('a group that ran on when somebody killed the watch still ends', async () => {
    using folder = temporaryFolder();
    const each = { group: sleeping(), folder: join(folder.path, 'each') };
    mkdirSync(each.folder);
    const { kill } = await watcher(
      [each],
      `
shells[0].kill('SIGKILL');
await once(shells[0], 'exit');`,
    );
    await kill();
    await until(() => !lives(each.group) && !existsSync(each.folder));
  });

  test('a watch that is killed again and again begins anew only so often', async () => {
    const { kill, shells } = await watcher(
      [{ group: sleeping(), folder: '/nowhere' }],
      `
for (const each of shells) {
  each.kill('SIGKILL');
  await once(each, 'exit');
}`,
    );
    await kill();
    expect(shells).toBe(RESTARTS_MAX + 1);
  });

  test('a group that began before somebody killed the watch still ends, once another has begun', async () => {
    using folder = temporaryFolder();
    const [before, after] = ['before', 'after'].map((name) => ({
      ...{ group: sleeping(), folder: join(folder.path, name) },
    })) as [Watched, Watched];
    for (const each of [before, after]) mkdirSync(each.folder);
    const { kill } = await watcher(
      [before],
      `
shells[0].kill('SIGKILL');
await once(shells[0], 'exit');
watchOver(${after.group}, ${JSON.stringify(after.folder)});`,
    );
    await kill();
    await until(() =>
      [before, after].every((each) => !lives(each.group) && !existsSync(each.folder)),
    );
  });
});

test('a watch keeps no process from ending', async () => {
  const module = JSON.stringify(join(root, 'src/adapters/gates/watchdog.ts'));
  const text = `const { watchOver } = await import(${module}); watchOver(2 ** 22 + 1, '/nowhere')();`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', text], { stdio: 'ignore' });
  expect(await new Promise((resolve) => child.on('exit', resolve))).toBe(0);
});
