import type { SandboxBounds } from './isolation.ts';

/** What the attempts need to find on this machine: each of these exists, and none may be reached. */
export interface Bait {
  /** A file outside the tree, readable by whoever runs the sandbox. */
  readonly secretFile: string;
  /** Its whole content, which stands nowhere else. */
  readonly secret: string;
  /** Folders of the person, of the arbiter and of the system: homes, keys, sockets. */
  readonly privateFolders: readonly string[];
  /** Of the system, where gates share this machine's: folders nobody may look into, and such as nobody may write to. */
  readonly system: { readonly secret: readonly string[]; readonly fixed: readonly string[] };
  /** What a gate may read on purpose, and may find the way to. */
  readonly readable: readonly string[];
  /** A folder outside the tree in which a file can be made. */
  readonly outside: string;
  /** A server of this machine that waits on loopback. */
  readonly port: number;
  /** And one on a socket of the file system. */
  readonly socketFile: string;
  /** A process of the same user outside, with the secret in its environment. */
  readonly pid: number;
}

/** Something that code in a gate tries. */
export interface Attempt {
  readonly id: string;
  /** What is tried, as a person says it. */
  readonly tries: string;
  /**
   * A program for node. What it gets hold of it prints after `BROKE `; `HELD` as its last word says that it
   * tried everything.
   */
  readonly program: (bait: Bait) => string;
  /** The ways to end that are the sandbox's own doing; without a word of them `HELD` is needed. */
  readonly endedBy?: readonly Ending[];
}

type Ending = 'killed' | 'timed-out' | 'too-much-output' | 'too-much-disk' | 'too-much-memory';

const json = (value: unknown): string => JSON.stringify(value);

/** Small, so that an attempt which passes them harms no machine; node itself needs half a gigabyte. */
export const trialBounds: SandboxBounds = {
  memoryBytesMax: 768 * 1024 ** 2,
  processesMax: 100,
  fileBytesMax: 64 * 1024 ** 2,
  temporaryBytesMax: 64 * 1024 ** 2,
};
/** Of the tree, while it is watched. */
export const trialDiskBytesMax = 128 * 1024 ** 2;

/** An empty file that should never be there. */
export const fileTried = 'caws-sandbox-was-here';
export const systemFoldersTried = [
  ...['/', '/dev', '/etc', '/proc', '/run', '/usr', '/usr/local/bin', '/usr/local/etc'],
  '/var/tmp',
] as const;
/** Where systems keep keys, tokens, sockets and the words of others. */
export const systemSecrets = [
  ...[
    '/etc/docker',
    '/etc/gshadow',
    '/etc/kubernetes',
    '/etc/machine-id',
    '/etc/shadow',
    '/etc/ssh',
  ],
  ...['/etc/ssl/private', '/etc/sudoers', '/root', '/run', '/sys', '/usr/local/etc', '/var'],
] as const;

/** What is kept so long was not only taken between two looks, on a machine that is busy with ten others either. */
const heldMs = 5_000;
const processesTried = trialBounds.processesMax + 100;

/** Everything that `arbiter runner sandbox-test` tries, each in a sandbox of its own. */
export const attempts: readonly Attempt[] = [
  {
    id: 'read-secrets',
    tries: 'read a file outside its tree, homes, keys and the secrets of the system',
    program: ({ secretFile, privateFolders, system, readable }) => `
      const attempt = (read) => { try { return read(); } catch { return null; } };
      const onTheWay = (path) => ${json(readable)}.some((each) => (each + '/').startsWith(path + '/'));
      if (attempt(() => fs.readFileSync(${json(secretFile)})) !== null) console.log('BROKE read a file outside');
      for (const place of ${json([...privateFolders, ...system.secret])}) {
        if (attempt(() => fs.readFileSync(place)) !== null) console.log('BROKE read ' + place);
        for (const name of attempt(() => fs.readdirSync(place)) ?? [])
          if (!onTheWay(place + '/' + name)) console.log('BROKE saw ' + place + '/' + name);
      }
      console.log('HELD');`,
  },
  {
    id: 'read-through-processes',
    tries: "read other processes' memory, environment and files",
    program: ({ secret, pid }) => `
      for (const name of fs.readdirSync('/proc').filter((each) => /^\\d+$/.test(each)))
        for (const file of ['environ', 'cmdline', 'root/etc/hostname']) {
          let text = '';
          try { text = fs.readFileSync('/proc/' + name + '/' + file, 'latin1'); } catch { continue; }
          if (text.includes(${json(secret)}) && !text.includes('readdirSync')) console.log('BROKE found the secret in /proc/' + name + '/' + file);
        }
      try { fs.readFileSync('/proc/1/root/proc/${pid}/environ'); console.log('BROKE read the environment of a process outside'); } catch {}
      console.log('HELD');`,
  },
  {
    id: 'see-identity',
    tries: 'see the OIDC variables and tokens of its starter',
    program: ({ secret }) => `
      for (const [name, value] of Object.entries(process.env))
        if (/TOKEN|SECRET|ACTIONS_|GITHUB_/.test(name) || value.includes(${json(secret)})) console.log('BROKE saw ' + name);
      console.log('HELD');`,
  },
  {
    id: 'write-outside',
    tries: 'write beside its tree, into the system and the temporary folders of others',
    program: ({ outside, system }) => `
      for (const folder of ${json([outside, ...system.fixed])})
        try { fs.writeFileSync(folder + '/${fileTried}', ''); console.log('BROKE wrote into ' + folder); } catch {}
      console.log('HELD');`,
  },
  {
    id: 'open-sockets',
    tries: 'reach a server of this machine, by network and by file',
    program: ({ port, socketFile }) =>
      connecting([
        { port, host: '127.0.0.1' },
        { port, host: '::1' },
        { path: socketFile },
        { path: `\0${socketFile}` },
      ]),
  },
  {
    id: 'reach-metadata',
    tries: 'reach the metadata address of a cloud and the world',
    program: () =>
      connecting([
        { port: 80, host: '169.254.169.254' },
        { port: 80, host: 'fd00:ec2::254' },
        { port: 443, host: '192.0.2.1' },
      ]),
  },
  {
    id: 'fork-without-end',
    tries: `start ${processesTried} processes`,
    program: () => `
      const { spawn } = require('node:child_process');
      let started = 0, refused = 0;
      const all = [];
      for (let at = 0; at < ${processesTried}; at += 1)
        try {
          const child = spawn('/usr/bin/sleep', ['60'], { stdio: 'ignore' });
          child.on('error', () => {});
          if (child.pid === undefined) refused += 1; else { started += 1; all.push(child); }
        } catch { refused += 1; }
      if (refused === 0) console.log('BROKE started ' + started);
      for (const child of all) child.kill('SIGKILL');
      console.log('HELD');
      process.exit(0);`,
    endedBy: ['killed'],
  },
  {
    id: 'take-memory',
    tries: 'take more memory than its bound',
    program: () => `
      const held = [];
      for (let taken = 0; taken < ${2 * trialBounds.memoryBytesMax}; taken += 32 * 1024 ** 2)
        try { held.push(Buffer.alloc(32 * 1024 ** 2, 1)); } catch { console.log('HELD'); process.exit(0); }
      console.log('BROKE took it all');`,
    endedBy: ['killed', 'too-much-memory'],
  },
  {
    id: 'take-memory-together',
    tries: 'take more memory than its bound by several processes, none of which passes it',
    program: () => `
      const { spawn } = require('node:child_process');
      // Each holds what it read, all at once, while nobody takes it.
      const words = ['if=/dev/zero', 'bs=${trialBounds.memoryBytesMax / 2}', 'count=1'];
      const all = [1, 2, 3].map(() => spawn('dd', words, { stdio: ['ignore', 'pipe', 'ignore'] }));
      const over = (word) => { console.log(word); for (const each of all) each.kill('SIGKILL'); process.exit(0); };
      let took = 0;
      for (const each of all) {
        each.on('error', () => over('HELD'));
        each.on('exit', () => over('HELD'));
        each.stdout.once('readable', () => { took += 1; if (took === all.length) setTimeout(over, ${heldMs}, 'BROKE took and kept it'); });
      }`,
    endedBy: ['killed', 'too-much-memory'],
  },
  {
    id: 'fill-disk',
    tries: 'fill the disk and the temporary folders',
    program: () => `
      const part = Buffer.alloc(4 * 1024 ** 2, 1);
      const fill = (folder, bytesMax) => {
        let bytes = 0;
        try { for (let at = 0; bytes < bytesMax; at += 1) { fs.writeFileSync(folder + '/part' + at, part); bytes += part.length; } } catch {}
        return bytes;
      };
      for (const folder of ['/tmp', process.env.HOME, '/dev/shm'])
        if (fill(folder, ${2 * trialBounds.temporaryBytesMax}) >= ${2 * trialBounds.temporaryBytesMax}) console.log('BROKE filled ' + folder);
      fill('.', ${4 * trialDiskBytesMax});
      setTimeout(() => { console.log('BROKE its tree may grow without end'); }, 30_000);`,
    endedBy: ['too-much-disk'],
  },
  {
    id: 'fill-disk-unseen',
    tries: 'fill the disk with files that have no name',
    program: () => `
      const part = Buffer.alloc(4 * 1024 ** 2, 1);
      for (let at = 0; at < ${(4 * trialDiskBytesMax) / 4 / 1024 ** 2}; at += 1) {
        const file = fs.openSync('part', 'w');
        fs.unlinkSync('part');
        fs.writeSync(file, part);
      }
      setTimeout(() => { console.log('BROKE what it holds open may grow without end'); }, 30_000);`,
    endedBy: ['too-much-disk'],
  },
  {
    id: 'write-huge-file',
    tries: 'write one file larger than its bound',
    program: () => `
      try { const file = fs.openSync('huge', 'w'); fs.ftruncateSync(file, ${2 * trialBounds.fileBytesMax}); console.log('BROKE made it'); } catch {}
      console.log('HELD');`,
    endedBy: ['killed'],
  },
  {
    id: 'leave-process',
    tries:
      'leave processes behind: of a session of their own, started twice over, holding its output open',
    program: ({ secret }) => `
      const { spawn } = require('node:child_process');
      const stay = 'trap "" TERM HUP INT; while :; do sleep 1; done';
      const leave = (words, stdio) => spawn('/usr/bin/setsid', ['/bin/sh', '-c', ...words, ${json(secret)}], { detached: true, stdio }).unref();
      leave([stay], 'ignore');
      leave([stay], 'inherit');
      leave(['(setsid /bin/sh -c "$1" "$0" &) &', ${json(secret)}, stay], 'inherit');
      // The last one is started by a process that has ended.
      setTimeout(() => { console.log('HELD'); process.exit(0); }, 300);`,
  },
  {
    id: 'kill-outside',
    tries: 'end a process outside',
    program: ({ pid }) => `
      for (const target of [${pid}, -${pid}])
        try { process.kill(target, 'SIGKILL'); console.log('BROKE could signal ' + target); } catch {}
      console.log('HELD');`,
  },
  {
    id: 'new-namespaces',
    tries: 'make namespaces, mount and become root again',
    program: () => `
      const { spawnSync } = require('node:child_process');
      for (const words of [['/usr/bin/unshare', '-U', '/usr/bin/true'], ['/usr/bin/unshare', '-m', '/usr/bin/true'], ['/usr/bin/mount', '-t', 'tmpfs', 'none', process.cwd()], ['/usr/bin/chroot', '/', '/usr/bin/true']])
        if (fs.existsSync(words[0]) && spawnSync(words[0], words.slice(1)).status === 0) console.log('BROKE ' + words.join(' '));
      for (const become of [() => process.setuid(0), () => process.setgid(0)])
        try { become(); console.log('BROKE became root'); } catch {}
      console.log('HELD');`,
  },
  {
    id: 'print-without-end',
    tries: 'print without end',
    program: () => `
      const text = 'x'.repeat(1e6);
      const more = () => { while (process.stdout.write(text)); process.stdout.once('drain', more); };
      more();`,
    endedBy: ['too-much-output'],
  },
  {
    id: 'never-end',
    tries: 'never end, deaf to signals',
    program: () => `
      for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(name, () => {});
      setInterval(() => {}, 1e6);`,
    endedBy: ['timed-out'],
  },
];

/** Tries to connect, a second each, and to look a name up. */
const connecting = (places: readonly object[]): string => `
  const net = require('node:net');
  const dns = require('node:dns');
  const tried = ${json(places)}.map((place) => new Promise((done) => {
    let socket;
    try { socket = net.connect(place); } catch { return done(); }
    socket.on('connect', () => { console.log('BROKE reached ' + JSON.stringify(place)); socket.destroy(); done(); });
    socket.on('error', () => done());
    setTimeout(() => { socket.destroy(); done(); }, 1_000).unref();
  }));
  tried.push(new Promise((done) => dns.lookup('example.com', (error) => { if (!error) console.log('BROKE looked a name up'); done(); })));
  Promise.all(tried).then(() => { console.log('HELD'); process.exit(0); });`;
