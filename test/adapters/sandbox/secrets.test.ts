/** What a gate finds of what is not its own: files beside tools, sockets without a file, open files. */
import { spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Ended, runInGroup } from '../../../src/adapters/gates/process-group.ts';
import { trialBounds } from '../../../src/adapters/sandbox/attempts.ts';
import { strongestSandbox } from '../../../src/adapters/sandbox/strongest.ts';
import { temporaryFolder, write } from '../gates/scene.ts';
import { run, sandboxHere } from './machine.ts';

const here = await sandboxHere();
const python = '/usr/bin/python3';

describe.runIf(here)('a gate', () => {
  async function confined(
    program: string,
    {
      tools = [],
      network = false,
    }: { readonly tools?: readonly string[]; readonly network?: boolean },
  ): Promise<Ended> {
    using folder = temporaryFolder();
    const isolation = await strongestSandbox(tools);
    if (isolation.kind !== 'works') throw new Error(JSON.stringify(isolation));
    const command = [python, '-c', program];
    const asked = { command, tree: folder.path, readable: [], network, bounds: trialBounds };
    await using call = await isolation.sandbox.confine(asked);
    const bounds = {
      folder: folder.path,
      timeoutMs: 60_000,
      outputBytesMax: 1e6,
      diskBytesMax: 1e9,
    };
    return await runInGroup(
      { ...call, directory: folder.path },
      bounds,
      new AbortController().signal,
    );
  }

  test('finds the tools of a folder and not the secrets beside them', async () => {
    using tools = temporaryFolder();
    write(tools.path, {
      tool: 'x',
      'lib/part': 'x',
      'credentials.toml': 'secret',
      '.npmrc': 'secret',
      '.ssh/id': 'secret',
      'private.key': 'secret',
    });
    await run('chmod', ['-R', 'go+rX', tools.path]);
    await run('chmod', ['600', join(tools.path, 'private.key')]);
    const look = `
import os
for at, folders, files in os.walk(${JSON.stringify(tools.path)}):
    for name in sorted(files):
        try: print(name, open(os.path.join(at, name)).read())
        except OSError as error: print(name, 'refused')`;
    expect(await confined(look, { tools: [tools.path] })).toMatchObject({
      exitCode: 0,
      outputTail: '.npmrc refused\ncredentials.toml refused\nprivate.key refused\ntool x\npart x\n',
    });
  });

  test('finds certificates and no private key of the system', async () => {
    const look = `
import os, ssl
print(len(ssl.create_default_context().get_ca_certs()) > 0 or not os.path.exists('/etc/ssl/certs/ca-certificates.crt'))
print([place for place in ['/etc/ssl/private', '/etc/ssh', '/etc/shadow', '/run', '/root'] if os.path.exists(place)])
print(os.listdir('/usr/local/etc') if os.path.exists('/usr/local/etc') else [])`;
    expect(await confined(look, {})).toMatchObject({ outputTail: 'True\n[]\n[]\n' });
  });

  describe('that may use the network', () => {
    const name = `caws-test-${process.pid}`;
    let server: Server;
    beforeAll(() => {
      server = createServer((socket) => socket.end('hello'));
      return new Promise<void>((resolve) => server.listen(`\0${name}`, resolve));
    });
    afterAll(() => server.close());

    test('reaches no service of this machine that has no file', async () => {
      const reach = `
import socket
try:
    socket.socket(socket.AF_UNIX).connect('\\0${name}')
    print('reached')
except OSError: print('refused')`;
      expect(await confined(reach, { network: true })).toMatchObject({ outputTail: 'refused\n' });
    });
  });

  test('gets no file that this process was started with', async () => {
    using folder = temporaryFolder();
    write(folder.path, { secret: 'the secret' });
    const path = (part: string) =>
      JSON.stringify(join(import.meta.dirname, '../../../src/adapters', part));
    const read = `
import os
for number in os.listdir('/proc/self/fd'):
    try: print(os.pread(int(number), 10, 0).decode())
    except OSError: pass`;
    const program = `
const { runInGroup } = await import(${path('gates/process-group.ts')});
const call = { program: '${python}', words: ['-c', ${JSON.stringify(read)}], directory: '/', environment: {}, files: [], memory: null };
const bounds = { folder: ${JSON.stringify(folder.path)}, timeoutMs: 60_000, outputBytesMax: 1e6, diskBytesMax: 1e15 };
console.log(JSON.stringify(await runInGroup(call, bounds, new AbortController().signal)));`;
    const secret = openSync(join(folder.path, 'secret'), 'r');
    // Node shuts those that follow each other without a gap.
    const gap = Array.from({ length: 60 }, () => 'ignore' as const);
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit', ...gap, secret],
    });
    let told = '';
    for await (const part of child.stdout ?? []) told += String(part);
    expect(JSON.parse(told)).toMatchObject({ kind: 'exited', exitCode: 0 });
    expect(told).not.toContain('the secret');
  });
});
