// Lets a JIT configuration through from stdin to stdout: node jitconfig.cjs SERVER REPOSITORY GROUP
// Exit 0, or 1 with what is wrong with it on stderr, and never any of it.
const { readSync } = require('node:fs');

/** GitHub's are some 4 kB. */
const BYTES_MAX = 65_536;

const [server, repository = '', group] = process.argv.slice(2);
const [owner] = repository.split('/');

function input() {
  const bytes = Buffer.alloc(BYTES_MAX + 1);
  let length = 0;
  for (;;) {
    const read = readSync(0, bytes, length, bytes.length - length);
    length += read;
    if (read === 0 || length > BYTES_MAX) return bytes.toString('latin1', 0, length);
  }
}

function decoded(text) {
  const read = JSON.parse(Buffer.from(text, 'base64').toString('utf8').replace(/^\uFEFF/, ''));
  if (read === null || typeof read !== 'object') throw new Error('no object');
  return read;
}

/** Settings of the runner, by GitHub's names in lower case. */
function settingsOf(text) {
  const settings = decoded(decoded(text)['.runner']);
  return Object.fromEntries(Object.entries(settings).map(([name, value]) => [name.toLowerCase(), String(value)]));
}

function fault(text) {
  if (text === '') return 'is empty';
  if (text.length > BYTES_MAX) return `has more than ${BYTES_MAX} bytes`;
  if (!/^[A-Za-z0-9+/=]+$/.test(text)) return 'is not one line of base64';
  let settings;
  try {
    settings = settingsOf(text);
  } catch {
    return 'does not hold the settings of a runner';
  }
  const urls = [`${server}/${repository}`, `${server}/${owner}`].map((url) => url.toLowerCase());
  if (!urls.includes((settings.githuburl ?? '').replace(/\/$/, '').toLowerCase()))
    return `is for another place than ${urls.join(' or ')}`;
  if ((settings.ephemeral ?? 'true').toLowerCase() !== 'true') return 'is for more than one job';
  if (settings.poolname !== undefined && settings.poolname !== group)
    return `is for another runner group than ${group}`;
  return null;
}

const text = input().trim();
const found = fault(text);
if (found === null) process.stdout.write(text);
else console.error(`The JIT configuration ${found}.\n  next  mend what prints it: jitconfig_command or jitconfig_file`);
process.exitCode = found === null ? 0 : 1;
