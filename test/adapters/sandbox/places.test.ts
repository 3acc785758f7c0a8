import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { seatbeltProfile } from '../../../src/adapters/sandbox/seatbelt.ts';
import { secretsIn, toolFolders } from '../../../src/adapters/sandbox/tool-folders.ts';
import { temporaryFolder } from '../gates/scene.ts';

describe('folders of tools that gates may read', () => {
  test('are those of PATH and of the setting which exist outside the system', () => {
    using folder = temporaryFolder();
    const [go, rust] = [join(folder.path, 'go'), join(folder.path, 'rust/bin')];
    for (const each of [go, rust]) mkdirSync(each, { recursive: true });
    const PATH = `/usr/bin:${rust}:relative/bin::${join(folder.path, 'absent')}:${rust}`;
    expect(toolFolders({ PATH, ARBITER_GATE_TOOLS: go, HOME: '/home/kim' })).toEqual([go, rust]);
  });

  test('are never a home, nor anything above one, nor the system itself', () => {
    using folder = temporaryFolder();
    const home = join(folder.path, 'people/kim');
    const tools = join(home, '.cargo/bin');
    mkdirSync(tools, { recursive: true });
    const asked = [
      home,
      join(folder.path, 'people'),
      folder.path,
      '/',
      '/proc/self',
      '/home',
      tools,
    ];
    expect(toolFolders({ ARBITER_GATE_TOOLS: asked.join(':'), HOME: home })).toEqual([tools]);
  });
});

test('secrets beside tools go by their names, and by being kept from everyone else', () => {
  using folder = temporaryFolder();
  const names = [
    '.npmrc',
    'auth.json',
    'cargo',
    'credentials',
    'credentials-helper',
    'key',
    'lib.so',
  ];
  for (const name of names) writeFileSync(join(folder.path, name), '', { mode: 0o644 });
  chmodSync(join(folder.path, 'key'), 0o600);
  chmodSync(join(folder.path, 'cargo'), 0o700);
  const hidden = ['.npmrc', 'auth.json', 'credentials', 'key'];
  expect(secretsIn(folder.path).toSorted()).toEqual(hidden.map((name) => join(folder.path, name)));
  expect(secretsIn(join(folder.path, 'absent'))).toEqual([]);
});

describe('the profile for macOS', () => {
  const place = {
    tree: '/private/tmp/t',
    own: '/private/tmp/o',
    readable: ['/opt/go'],
    hidden: [],
  };

  test('denies by default, and writes only into the tree and its own folder', () => {
    const profile = seatbeltProfile({ ...place, network: false });
    expect(profile).toMatch(/^\(version 1\)\n\(deny default\)\n/);
    const writing = profile.split('\n').filter((line) => line.includes('file-write*'));
    expect(writing).toEqual([
      '(allow file-read* file-write* (subpath "/private/tmp/t") (subpath "/private/tmp/o"))',
    ]);
    expect(profile).not.toMatch(/network|mach-lookup|\/Users/);
  });

  test('takes back, after all that it allows to read, what is hidden within', () => {
    const profile = seatbeltProfile({ ...place, hidden: ['/opt/go/.netrc'], network: false });
    const [allowed, denied] = ['(subpath "/opt/go")', '(subpath "/opt/go/.netrc")'];
    expect(profile.indexOf(denied)).toBeGreaterThan(profile.indexOf(allowed));
    expect(profile).toContain(`(deny file-read* (subpath "/usr/local/etc")`);
    expect(profile).not.toContain('(subpath "/private/etc/ssl")');
  });

  test('opens the network only for a gate that may use it', () => {
    expect(seatbeltProfile({ ...place, network: true })).toContain('(allow network-outbound');
  });

  test.each(['/a"b', '/a\\b', '/a\nb'])(
    'a folder whose name could end the text is refused: %j',
    (tree) => {
      expect(() => seatbeltProfile({ ...place, tree, network: false })).toThrow(/quote/);
    },
  );
});
