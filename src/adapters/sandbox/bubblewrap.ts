import { randomInt } from 'node:crypto';
import {
  closeSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  openSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { type ControlGroup, makeControlGroup, sweepControlGroups } from './control-group.ts';
import {
  becoming,
  type Confined,
  type Confinement,
  type Isolation,
  type Sandbox,
} from './isolation.ts';
import { secretsIn } from './tool-folders.ts';
import { type Tools, toolsOfThisMachine } from './tools.ts';

/**
 * What a program of the system needs to find its libraries, certificates and names. Each by itself: beside
 * the certificates lie private keys.
 */
const systemFiles = [
  '/etc/alternatives',
  '/etc/ca-certificates',
  '/etc/pki/ca-trust/extracted',
  '/etc/pki/tls/certs',
  '/etc/ssl/cert.pem',
  '/etc/ssl/certs',
  '/etc/ssl/openssl.cnf',
  '/etc/ld.so.cache',
  '/etc/ld.so.conf',
  '/etc/ld.so.conf.d',
  '/etc/localtime',
] as const;

/** The part of /usr where a machine's own settings stand, tokens of package managers among them. */
const hiddenFolders = ['/usr/etc', '/usr/local/etc', '/usr/local/var'] as const;

/** In a distribution with a merged /usr these are links. */
const systemLinks = ['/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32'] as const;

/** Users that no account has: systemd hands the same range to services that need one for a while. */
const passingUsers = { from: 61_184, to: 65_519 } as const;

/** The number of the file by which all that starts the command speaks, after that of the filter. */
const CHANNEL = 4;

/** No machine has folders of these names, so they hide none that a gate may read. */
const inside = { tree: '/caws-gate', home: '/home/caws-gate' } as const;
const foldersInMemory = ['/tmp', '/dev/shm', inside.home] as const;

/**
 * Linux: namespaces by bubblewrap, a system call filter, no capabilities, bounds by control groups where
 * they are delegated and by resource limits in any case. Root is left behind for a user that nobody has.
 *
 * @param tools folders that gates may read beside the system's, e.g. a toolchain outside /usr.
 * @returns broken where bubblewrap is there and something that it needs is not. Whether the kernel allows
 *   namespaces shows when something starts.
 */
export async function bubblewrap(tools: readonly string[]): Promise<Isolation> {
  const found = await toolsOfThisMachine();
  if ('kind' in found) return found;
  const isRoot = process.getuid?.() === 0;
  const sandbox = (grouped: boolean): Sandbox => ({
    name: `bwrap ${found.version} (namespaces, seccomp, no capabilities, ${grouped ? 'control group' : 'resource limits, memory watched'})`,
    confine: (asked) => confine(asked, { found, tools, isRoot, grouped }),
  });
  await sweepControlGroups();
  // A group that cannot be made now will not be made later; root has no other bound on processes.
  const group = await makeControlGroup({ memoryBytesMax: 64 * 1024 ** 2, processesMax: 8 });
  await group?.[Symbol.asyncDispose]();
  return { kind: 'works', sandbox: sandbox(group !== null) };
}

interface Machine {
  readonly found: Tools;
  readonly tools: readonly string[];
  readonly isRoot: boolean;
  readonly grouped: boolean;
}

async function confine(asked: Confinement, machine: Machine): Promise<Confined> {
  const { found } = machine;
  const making = machine.grouped ? makeControlGroup(asked.bounds) : null;
  // Beside the tree: whoever clears that away after this process was killed finds it. A few small files, at once:
  // to have another thread write them takes longer.
  const own = mkdtempSync(join(dirname(asked.tree), 'caws-sandbox-'));
  const release = async () => {
    rmSync(own, { recursive: true, force: true });
    await (await making)?.[Symbol.asyncDispose]();
  };
  try {
    const user = machine.isRoot ? randomInt(passingUsers.from, passingUsers.to) : 1_000;
    const accounts = accountFiles(own, user);
    const filterFile = written(
      own,
      'filter',
      asked.network ? found.filters.networked : found.filters.alone,
    );
    const group = await making;
    if (machine.grouped && group === null) throw new Error('no control group could be made');
    const [program = '', ...words] = [
      ...(machine.isRoot
        ? handingOver(found, `${user}:${user}`, asked.tree, group)
        : [...joining(group), ...outOfReach(found)]),
      found.bwrap,
      ...namespaces(asked, machine),
      ...accounts.flatMap(([file, at]) => ['--ro-bind', file, at]),
      // The root itself, where the folders of all these were made, and the folder of the devices.
      ...['--remount-ro', '/dev', '--remount-ro', '/', '--seccomp', '3', '--'],
      ...(machine.isRoot ? dropped(found) : []),
      ...becoming(asked.bounds, CHANNEL, { whenTold: machine.isRoot }),
      ...asked.command,
    ];
    const filter = openSync(filterFile, 'r');
    return {
      program,
      words,
      environment: environmentOf(machine.tools),
      files: [filter],
      announces: true,
      ...(machine.isRoot && { readies: true }),
      memory:
        group === null ? { bytesMax: asked.bounds.memoryBytesMax, folders: foldersInMemory } : null,
      [Symbol.asyncDispose]: async () => {
        closeSync(filter);
        await release();
      },
    };
  } catch (error) {
    await release();
    throw error;
  }
}

/**
 * A process namespace around that of the command. Whoever runs in the inner one as the same user can trace
 * its first process and make it deaf to the end of its parent; the first process of this one is not there
 * for it, and everything within ends with it.
 */
function outOfReach({ bwrap }: Tools): readonly string[] {
  return [
    bwrap,
    ...['--unshare-user', '--unshare-pid', '--die-with-parent'],
    ...['--dev-bind', '/', '/', '--proc', '/proc', '--'],
  ];
}

function namespaces(asked: Confinement, machine: Machine): readonly string[] {
  const temporary = (at: string) => [
    '--size',
    String(asked.bounds.temporaryBytesMax),
    '--tmpfs',
    at,
  ];
  const readable = [...machine.tools, ...asked.readable].flatMap((folder) => [
    ...wayTo(folder),
    ...['--ro-bind-try', folder, folder],
  ]);
  return [
    ...['--unshare-ipc', '--unshare-pid', '--unshare-uts', '--unshare-cgroup-try'],
    ...(asked.network ? [] : ['--unshare-net']),
    ...(machine.isRoot
      ? []
      : [
          '--unshare-user',
          '--disable-userns',
          '--uid',
          '1000',
          '--gid',
          '1000',
          '--cap-drop',
          'ALL',
        ]),
    ...['--die-with-parent', '--new-session', '--hostname', 'gate'],
    ...['--ro-bind', '/usr', '/usr'],
    ...systemLinks.flatMap(linkOrFolder),
    ...wayTo('/etc/hosts'),
    ...[...systemFiles, ...(asked.network ? ['/etc/resolv.conf'] : [])].flatMap((file) => [
      ...wayTo(file),
      ...['--ro-bind-try', file, file],
    ]),
    ...['--proc', '/proc', '--dev', '/dev'],
    // Their owner is whoever starts bubblewrap, which is not who runs in them.
    ...foldersInMemory.flatMap((at) => ['--perms', '1777', ...temporary(at)]),
    ...readable,
    ...[...hiddenFolders, ...machine.tools.flatMap(secretsIn)].flatMap(hidden),
    ...['--bind', asked.tree, inside.tree, '--chdir', inside.tree],
  ];
}

/** Folders above, which bubblewrap would make for root alone. */
function wayTo(folder: string): readonly string[] {
  const segments = folder.split('/').slice(1, -1);
  return segments.flatMap((_, at) => {
    const above = `/${segments.slice(0, at + 1).join('/')}`;
    return ['--perms', '0755', '--dir', above];
  });
}

/** Nothing is to be seen there. A device that may not be opened stands for a file. */
function hidden(path: string): readonly string[] {
  const there = lstatSync(path, { throwIfNoEntry: false });
  // A link leads to what is hidden, or not there, under its own name.
  if (there === undefined || there.isSymbolicLink()) return [];
  return there.isDirectory()
    ? ['--perms', '0555', '--size', '4096', '--tmpfs', path, '--remount-ro', path]
    : ['--ro-bind', '/dev/null', path];
}

/** What a distribution has at this place: a link into /usr, a folder of its own, or nothing. */
function linkOrFolder(path: string): readonly string[] {
  if (!existsSync(path)) return [];
  return lstatSync(path).isSymbolicLink()
    ? ['--symlink', readlinkSync(path), path]
    : ['--ro-bind', path, path];
}

/** By the name in the list that is its own: a number, too, would be looked for as a name, everywhere. */
const dropped = ({ setpriv }: Tools): readonly string[] => [
  setpriv,
  ...[`--reuid=${account}`, `--regid=${account}`, '--clear-groups', '--no-new-privs'],
  ...['--bounding-set=-all', '--inh-caps=-all', '--ambient-caps=-all', '--'],
];

/** A shell puts itself into the group, so that no process of the command was ever outside. */
const JOIN = 'while [ "$1" != -- ]; do echo $$ > "$1" || exit 125; shift; done; shift; exec "$@"';

const joining = (group: ControlGroup | null): readonly string[] =>
  group === null ? [] : ['/bin/sh', '-c', JOIN, 'sh', ...group.members, '--'];

/**
 * The tree is given to the user of the command, by the system's own `chown` and while the rest is made ready; a
 * shell starts it for a fraction of what it costs this process. Where that fails, all of it ends.
 */
function handingOver(
  { chown }: Tools,
  owner: string,
  tree: string,
  group: ControlGroup | null,
): readonly string[] {
  const give = `"$1" -R -h "$2" -- "$3" && echo ready >&${CHANNEL}`;
  const script = `{ ${give} || kill -s KILL -- -$$; } & shift 3; ${JOIN}`;
  return ['/bin/sh', '-c', script, 'sh', chown, owner, tree, ...(group?.members ?? []), '--'];
}

function environmentOf(tools: readonly string[]): Readonly<Record<string, string>> {
  return {
    PATH: [...tools, '/usr/local/bin', '/usr/bin', '/bin'].join(':'),
    HOME: inside.home,
    TMPDIR: '/tmp',
    LANG: 'C.UTF-8',
    CI: 'true',
  };
}

/** Who a gate is, to the programs in it. */
const account = 'gate';

/**
 * Names for the one user that there is, and for this machine; the host's own lists stay outside, and nobody else is
 * asked about them.
 */
function accountFiles(
  folder: string,
  user: number,
): readonly (readonly [file: string, at: string])[] {
  const passwd = `${account}:x:${user}:${user}::${inside.home}:/bin/sh\n`;
  const sources = 'passwd: files\ngroup: files\nhosts: files dns\n';
  return [
    [written(folder, 'passwd', passwd), '/etc/passwd'],
    [written(folder, 'group', `${account}:x:${user}:\n`), '/etc/group'],
    [written(folder, 'hosts', '127.0.0.1 localhost gate\n::1 localhost\n'), '/etc/hosts'],
    [written(folder, 'nsswitch.conf', sources), '/etc/nsswitch.conf'],
  ];
}

function written(folder: string, name: string, content: string | Buffer): string {
  const file = join(folder, name);
  writeFileSync(file, content, { mode: 0o444 });
  return file;
}
