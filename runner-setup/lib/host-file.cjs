// The operator's file, read and added to: node host-file.cjs told FILE | [checked-]with-caches FILE FOLDER GIB
// `told` prints `program PATH` for each that is named, and `caches BYTES FOLDER`. `with-caches` prints the file as
// it is to be: with 0 the caches are out, with nothing they are as they were. Exit 1 with what is wrong on stderr.
const { readFileSync } = require('node:fs');

const [verb, file, folder, gib] = process.argv.slice(2);

try {
  const host = JSON.parse(readFileSync(file, 'utf8'));
  if (host === null || typeof host !== 'object' || host.version !== 1) throw new Error('it has no "version": 1');
  // What is taken away may be unfit; what is put in has to be fit.
  const lines = verb === 'with-caches' ? [] : told(host);
  if (verb === 'told') for (const line of lines) console.log(line);
  else withCaches(host);
} catch (error) {
  console.error(`${file}: ${error.message.split('\n')[0]}`);
  process.exitCode = 1;
}

function told({ isolation = [], caches }) {
  const programs = isolation.flatMap(({ program }) => (program === undefined ? [] : [`program ${lineOf(program)}`]));
  if (caches === undefined) return programs;
  return [...programs, `caches ${Math.floor(Number(caches.max_bytes))} ${lineOf(caches.folder)}`];
}

function lineOf(path) {
  if (typeof path !== 'string' || !/^\/\P{Cc}+$/u.test(path)) throw new Error('a place that is no absolute path');
  return path;
}

function withCaches({ caches, ...rest }) {
  const asked = gib === '0' ? {} : { caches: { folder, max_bytes: Number(gib) * 1024 ** 3 } };
  const isSo = gib === '' || JSON.stringify(caches) === JSON.stringify(asked.caches);
  // What need not change keeps the operator's own lines.
  process.stdout.write(isSo ? readFileSync(file, 'utf8') : `${JSON.stringify({ ...rest, ...asked }, null, 2)}\n`);
}
