import { execFile } from 'node:child_process';
import { access, realpath, rm } from 'node:fs/promises';
import { promisify } from 'node:util';
import { scratchFolder } from '../gates/scratch.ts';
import { becoming, type Confined, type Confinement, type Isolation } from './isolation.ts';
import { secretsIn } from './tool-folders.ts';

const run = promisify(execFile);
const program = '/usr/bin/sandbox-exec';

/** What a program of macOS needs to start and to find its libraries. */
const systemFolders = [
  '/bin',
  '/sbin',
  '/usr',
  '/System',
  '/Library/Apple',
  '/Library/Developer/CommandLineTools',
  '/Applications/Xcode.app',
  '/private/etc/ssl/cert.pem',
  '/private/etc/ssl/certs',
  '/private/etc/ssl/openssl.cnf',
  '/private/var/db/dyld',
  '/private/var/db/timezone',
  '/private/var/select',
] as const;
/** Settings of the machine's own package managers, tokens among them. */
const hiddenFolders = ['/usr/local/etc', '/usr/local/var'] as const;

/**
 * macOS: a Seatbelt profile that denies by default. The same kernel and the same user, so it holds code
 * back and is no wall against code that attacks the kernel; the record names it.
 *
 * @param tools folders that gates may read beside the system's, e.g. a toolchain of Homebrew.
 */
export async function seatbelt(tools: readonly string[]): Promise<Isolation> {
  const isThere = await access(program).then(
    () => true,
    () => false,
  );
  if (!isThere) return { kind: 'none' };
  const said = await run('/usr/bin/sw_vers', ['-productVersion']).catch(() => null);
  const version = said?.stdout.trim() ?? 'of unknown version';
  const name = `sandbox-exec of macOS ${version} (profile, resource limits of each process)`;
  return { kind: 'works', sandbox: { name, confine: (asked) => confine(asked, tools) } };
}

async function confine(asked: Confinement, tools: readonly string[]): Promise<Confined> {
  // A profile is matched against real paths, and /tmp and /var are links.
  const own = await realpath(await scratchFolder('caws-sandbox'));
  const tree = await realpath(asked.tree);
  const readable = [...tools, ...asked.readable];
  const hidden = tools.flatMap(secretsIn);
  const profile = seatbeltProfile({ tree, own, readable, hidden, network: asked.network });
  const words = [
    '-p',
    profile,
    ...becoming(asked.bounds, 3, { whenWatched: true }),
    ...asked.command,
  ];
  return {
    program,
    words,
    environment: {
      PATH: [...tools, '/usr/bin', '/bin'].join(':'),
      HOME: own,
      TMPDIR: own,
      LANG: 'C.UTF-8',
      CI: 'true',
    },
    files: [],
    announces: true,
    waitsForWatch: true,
    memory: null,
    [Symbol.asyncDispose]: () => rm(own, { recursive: true, force: true }),
  };
}

/** The profile in Seatbelt's language: nothing but what is named. */
export function seatbeltProfile(place: {
  readonly tree: string;
  readonly own: string;
  readonly readable: readonly string[];
  /** Within what is readable. */
  readonly hidden: readonly string[];
  readonly network: boolean;
}): string {
  const below = (folders: readonly string[]) =>
    folders.map((folder) => `(subpath ${quoted(folder)})`).join(' ');
  return [
    '(version 1)',
    '(deny default)',
    '(allow process-fork)',
    '(allow process-exec)',
    '(allow signal (target same-sandbox))',
    '(allow process-info* (target same-sandbox))',
    '(allow sysctl-read)',
    '(allow file-read-metadata)',
    '(allow file-read* (literal "/"))',
    `(allow file-read* ${below([...systemFolders, ...place.readable])})`,
    // The last rule that names a file is the one that holds.
    `(deny file-read* ${below([...hiddenFolders, ...place.hidden])})`,
    '(allow file-read* (literal "/dev/null") (literal "/dev/zero") (literal "/dev/random") (literal "/dev/urandom"))',
    '(allow file-write-data (literal "/dev/null") (literal "/dev/zero"))',
    `(allow file-read* file-write* ${below([place.tree, place.own])})`,
    ...(place.network
      ? [
          '(allow network-outbound (remote ip))',
          '(allow system-socket)',
          '(allow mach-lookup (global-name "com.apple.dnssd.service"))',
        ]
      : []),
  ].join('\n');
}

/** @throws where a path could end the string: no such path is needed, and none is bent. */
function quoted(path: string): string {
  if (/["\\\n\r]/.test(path)) throw new Error('a folder of the sandbox has a quote in its name');
  return `"${path}"`;
}
