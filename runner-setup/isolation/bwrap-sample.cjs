#!/usr/bin/env node
// A program that runs one gate, as a pattern for one that does it in a virtual machine: three verbs, one request
// in, an exit code and output out. This one uses bubblewrap, without the filter of system calls that the machine's
// own sandbox has; `run` is the part to replace. README.md, "What the operator says", is the protocol.
'use strict';
const { spawn, execFileSync } = require('node:child_process');
const { readFileSync } = require('node:fs');

/** How the arbiter is told that nothing was run, so that nobody takes it for the gate's own failure. */
const REFUSED = 125;
const [verb, word] = process.argv.slice(2);

try {
  if (verb === 'version') version();
  else if (verb === 'run') run(JSON.parse(readFileSync(word, 'utf8')));
  // A virtual machine would be stopped and deleted here by its name, `word`. Namespaces end with `run`.
  else if (verb !== 'end') refuse(`no such verb: ${verb}`);
} catch (error) {
  refuse(String(error));
}

function version() {
  process.stdout.write(execFileSync('/usr/bin/bwrap', ['--version']));
}

function run({ version: form, command, tree, readable, network, bounds, environment }) {
  if (form !== 1) refuse(`a request of version ${form}`);
  const isRoot = process.getuid() === 0;
  // A user that nobody is: the tree is handed to it, and nothing else is.
  const user = 61184 + Math.floor(Math.random() * 4000);
  if (isRoot) execFileSync('chown', ['-R', '-h', `${user}:${user}`, '--', tree]);
  const temporary = ['/tmp', '/dev/shm', '/home/gate'];
  const { memoryBytesMax, processesMax, fileBytesMax, temporaryBytesMax } = bounds;
  const words = [
    ...['--unshare-ipc', '--unshare-pid', '--unshare-uts', ...(network ? [] : ['--unshare-net'])],
    ...(isRoot ? [] : ['--unshare-user', '--disable-userns', '--cap-drop', 'ALL']),
    ...['--die-with-parent', '--new-session', '--clearenv'],
    ...['--setenv', 'PATH', '/usr/local/bin:/usr/bin:/bin', '--setenv', 'HOME', '/home/gate'],
    ...Object.entries(environment).flatMap((each) => ['--setenv', ...each]),
    ...['--ro-bind', '/usr', '/usr', '--tmpfs', '/usr/local/etc', '--remount-ro', '/usr/local/etc'],
    ...['bin', 'sbin', 'lib', 'lib64'].flatMap((name) => ['--symlink', `usr/${name}`, `/${name}`]),
    ...['/etc/ld.so.cache', '/etc/ssl/openssl.cnf', '/etc/alternatives'].flatMap((file) => [
      ...[...wayTo(file), '--ro-bind-try', file, file],
    ]),
    ...['--proc', '/proc', '--dev', '/dev'],
    ...temporary.flatMap((at) => ['--perms', '1777', '--size', temporaryBytesMax, '--tmpfs', at]),
    ...[...readable, tree].flatMap(wayTo),
    ...readable.flatMap((folder) => ['--ro-bind', folder, folder]),
    ...['--bind', tree, tree, '--chdir', tree, '--remount-ro', '/dev', '--remount-ro', '/', '--'],
    ...(isRoot ? ['setpriv', `--reuid=${user}`, `--regid=${user}`, '--clear-groups'] : ['setpriv']),
    ...['--no-new-privs', ...(isRoot ? ['--bounding-set=-all', '--inh-caps=-all'] : []), '--'],
    ...['prlimit', `--data=${memoryBytesMax}`, `--nproc=${processesMax}`],
    ...[`--fsize=${fileBytesMax}`, '--core=0', '--', ...command],
  ];
  // The gate's output is this program's own; the arbiter bounds it, and ends this process where it has to.
  const child = spawn('/usr/bin/bwrap', words.map(String), { stdio: ['ignore', 'inherit', 'inherit'] });
  child.on('error', (error) => refuse(String(error)));
  child.on('close', (code) => process.exit(code ?? REFUSED));
}

/** The folders above, which everybody may pass and nobody else's files stand in. */
function wayTo(folder) {
  const above = folder.split('/').slice(1, -1);
  return above.flatMap((_, at) => ['--perms', '0755', '--dir', `/${above.slice(0, at + 1).join('/')}`]);
}

function refuse(why) {
  process.stderr.write(`${why}\n`);
  process.exit(REFUSED);
}
