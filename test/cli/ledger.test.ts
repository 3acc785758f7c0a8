import { execFileSync, spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { logText } from '../../src/5-publication/ledger-words.ts';
import { localSigner } from '../../src/adapters/keys/local-signer.ts';
import { command as keys } from '../../src/cli/keys.ts';
import { command } from '../../src/cli/ledger.ts';
import { ledgerPlace, openAt } from '../../src/cli/ledger-place.ts';
import type { World } from '../../src/cli/world.ts';
import { seal } from '../../src/ledger/seal.ts';
import { draftOf } from '../adapters/store-sqlite/drafts.ts';
import { given, tamper } from '../adapters/store-sqlite/kit.ts';
import { START } from '../ledger/kit.ts';
import { type Desk, newDesk } from './ledger-kit.ts';

const person = 'Ada <ada@example.org>';

/** A desk whose ledger holds so many verdicts, the first with a personal value beside it. */
async function deskWith(count: number): Promise<Desk> {
  const desk = newDesk();
  const { env, folder } = desk;
  const place = given(await ledgerPlace({ env, directory: folder } as unknown as World, undefined));
  const signer = given(
    await localSigner({ env, keyFile: null, directory: folder, now: START, create: true }),
  );
  await using ledger = given(await openAt(place, 'create'));
  for (let n = 1; n <= count; n += 1) {
    const sealed = n === 1 ? [seal(person, new Uint8Array(32).fill(n))] : [];
    given(await ledger.append({ ...draftOf(n, n % 2 ? `case ${n}` : undefined), sealed }, signer));
  }
  return desk;
}

test('a whole ledger holds, says who signed it and what the anchors remember', async () => {
  const desk = await deskWith(40);
  const { out, code } = await desk.run(command, 'verify');
  expect(code).toBe(0);
  expect(out).toContain('entries   40, 1 checkpoint\n');
  expect(out).toContain('entries 1 to 40: your own key');
  expect(out.match(/anchor {4}.*remembers entry 40/g)).toHaveLength(2);
  expect(out).toContain('The ledger holds.');
});

test('a tampered ledger is named by entry and reason, with exit code 6', async () => {
  const desk = await deskWith(5);
  tamper(desk.file, `UPDATE entries SET body = replace(body, 'PASS', 'FAIL') WHERE sequence = 2`);
  const { out, code } = await desk.run(command, 'verify');
  expect(code).toBe(6);
  expect(out).toContain('BROKEN    entry 2: entry-digest-differs');
  const json = await desk.run(command, 'verify', '--json');
  expect(JSON.parse(json.out)).toMatchObject({
    schema: 'caws-arbiter/ledger-verify@1',
    holds: false,
    breaks: [{ sequence: 2 }],
  });
  const log = await desk.run(command, 'log');
  expect([log.code, log.err.includes('broken at entry 2')]).toEqual([6, true]);
});

/** The lines of a key for the list of trusted ones. */
const listingIn = (shown: string): string => /^ {2}- id:(?:.*\n)+?(?=\n)/m.exec(shown)?.[0] ?? '';

test('trusted keys decide where they are named', async () => {
  const desk = await deskWith(2);
  const shown = await desk.run(keys, 'show');
  const listing = listingIn(shown.out);
  const trust = (text: string) => writeFileSync(join(desk.folder, 'trust.yaml'), text);
  // Made before the ledger's first entry, and still good.
  trust(`version: 1\nkeys:\n${listing}`);
  expect((await desk.run(command, 'verify', '--trust', 'trust.yaml')).out).toContain(': trusted');
  trust('version: 1\nkeys: []\n');
  const untrusted = await desk.run(command, 'verify', '--trust', 'trust.yaml');
  expect([untrusted.code, untrusted.out.includes(': untrusted')]).toEqual([6, true]);
  trust(
    `version: 1\nkeys:\n${listing.replace('revoked: null', 'revoked: {at: "2026-01-01T00:00:00Z", reason: lost}')}`,
  );
  expect((await desk.run(command, 'verify', '--trust', 'trust.yaml')).out).toContain(': revoked');
  trust('version: 1\nkeys: [{]\n');
  expect((await desk.run(command, 'verify', '--trust', 'trust.yaml')).code).toBe(5);
  expect((await desk.run(command, 'verify', '--trust', 'none.yaml')).code).toBe(4);
});

test("a maintainer's key may sign waivers in the ledger, and nothing else", async () => {
  const desk = await deskWith(1);
  const shown = await desk.run(keys, 'show');
  const arbiter = listingIn(shown.out);
  const place = given(
    await ledgerPlace({ env: desk.env, directory: desk.folder } as unknown as World, undefined),
  );
  const { privateKey } = generateKeyPairSync('ed25519');
  const keyFile = join(desk.folder, 'sam.pem');
  writeFileSync(keyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  const wanted = { env: desk.env, keyFile, directory: desk.folder, now: START, create: false };
  const sam = given(await localSigner(wanted));
  const spki = sam.publicKey.split('\n').slice(1, -2).join('');
  const listed = `  - {id: sam, algorithm: ed25519, publicKey: "${spki}", role: maintainer, holder: "@sam", validFrom: "2020-01-01T00:00:00Z"}\n`;
  writeFileSync(join(desk.folder, 'trust.yaml'), `version: 1\nkeys:\n${arbiter}${listed}`);
  const append = async (sequence: number, kind: 'waiver' | 'verdict') => {
    await using ledger = given(await openAt(place, 'write'));
    given(await ledger.append({ ...draftOf(sequence), kind }, sam));
  };
  await append(2, 'waiver');
  const waived = await desk.run(command, 'verify', '--trust', 'trust.yaml');
  expect([waived.code, waived.out.match(/: trusted/g)?.length]).toEqual([0, 2]);
  await append(3, 'verdict');
  const forged = await desk.run(command, 'verify', '--trust', 'trust.yaml');
  expect([forged.code, forged.out.includes('entries 2 to 3: untrusted')]).toEqual([6, true]);
});

test('log and show print what stands there, on a terminal and as JSON', async () => {
  const desk = await deskWith(3);
  const log = await desk.run(command, 'log', '-n', '2');
  expect(log.out).toMatch(
    /^#3 {2}2026-11-23T12:00:03Z {2}verdict {6}verdict-3 {2}key [0-9a-f]{16}\n#2/,
  );
  const show = await desk.run(command, 'show', '2');
  expect(show.out).toContain('about     verdict-2');
  // Nothing outside ASCII reaches the terminal as it is.
  expect(show.out).toContain('"word": "na\\u00efve"');
  const json = JSON.parse((await desk.run(command, 'log', '--json')).out) as { entries: unknown[] };
  expect(json.entries[0]).toMatchObject({ sequence: 3, body: { word: 'naïve' } });
  for (const wrong of [
    ['show', '0'],
    ['show', 'x'],
    ['show', '9'],
    ['log', '-n', '0'],
    ['log', '--kind', 'x'],
    ['show'],
  ]) {
    expect((await desk.run(command, ...wrong)).code, wrong.join(' ')).toBe(2);
  }
});

test('no ledger and no repository are said so', async () => {
  const desk = newDesk();
  const none = await desk.run(command, 'verify');
  expect([none.code, none.err.split('\n')[0]]).toEqual([4, `There is no ledger at ${desk.file}.`]);
  const outside = await desk.run(command, 'log', '--ledger', 'none.db');
  expect(outside.code).toBe(4);
});

test('erasing and pruning leave a ledger that holds and says what is gone', async () => {
  const desk = await deskWith(4);
  expect((await desk.run(command, 'erase', '--entry', '1', '--reason', 'asked')).code).toBe(2);
  expect((await desk.run(command, 'erase', '--entry', '1', '--yes')).code).toBe(2);
  const erased = await desk.run(command, 'erase', '--entry', '1', '--reason', 'asked', '--yes');
  expect(erased.out).toContain(
    '1 case file or report and 1 sealed value are gone; entries 5, 6 say so.',
  );
  expect(readFileSync(desk.file).includes(person)).toBe(false);
  expect((await desk.run(command, 'prune', '--older-than', '400d')).out).toContain('0 blobs');
  expect((await desk.run(command, 'prune', '--older-than', '1')).code).toBe(2);
  expect((await desk.run(command, 'verify')).out).toContain('1 blob, 0 sealed values, 2 erased');
  for (const entry of ['99', '0x1', '1e0', '1.0', ' 1'])
    expect(
      (await desk.run(command, 'erase', '--entry', entry, '--reason', 'asked', '--yes')).code,
      entry,
    ).toBe(2);
  expect((await desk.run(command, 'verify')).out).toContain('entries   6,');
});

test('a person is looked for first, then erased wherever case files and sealed values name them', async () => {
  const desk = await deskWith(4);
  const naming = (...args: readonly string[]) =>
    desk.run(command, 'erase', '--naming', 'Case 3', ...args);
  const looked = await naming();
  expect([looked.code, looked.out]).toEqual([0, expect.stringContaining('#3  2026-11-23')]);
  expect(looked.out).toContain('1 case file or report to erase: run the same command');
  expect(JSON.parse((await naming('--json')).out)).toMatchObject({
    schema: 'caws-arbiter/ledger-erasure@1',
    done: false,
    entries: [{ entry: 3, kind: 'verdict', inChain: false }],
  });
  const telling = await naming('--yes', '--reason', 'for case 3, who asked');
  expect([telling.code, telling.err]).toEqual([2, expect.stringContaining('names nobody')]);
  const erased = await naming('--yes', '--reason', 'asked');
  expect([erased.code, erased.out]).toEqual([0, expect.stringContaining('entry 5 says so')]);
  const again = await naming('--yes', '--reason', 'asked');
  expect([again.code, again.out]).toEqual([0, expect.stringContaining('0 case files')]);
  expect((await naming()).out).toContain('Nothing in this ledger names it.');
  expect((await desk.run(command, 'erase', '--naming', ' ')).code).toBe(2);
  expect((await desk.run(command, 'verify')).out).toContain('1 blob, 1 sealed value, 1 erased');
});

test('a backup restores, and going back is a confirmed act', async () => {
  const desk = await deskWith(3);
  expect((await desk.run(command, 'backup', 'copy.db')).code).toBe(0);
  expect((await desk.run(command, 'backup', 'copy.db')).code).toBe(2);
  const nowhere = await desk.run(command, 'backup', 'nowhere/copy.db');
  expect([nowhere.code, nowhere.err]).toEqual([
    4,
    expect.stringMatching(/^The backup \S+copy\.db cannot be written \(no such folder\)\./),
  ]);
  expect((await desk.run(keys, 'rotate', '--reason', 'yearly')).out).toContain(
    'entry 4, signed by the old key',
  );
  expect((await desk.run(command, 'restore', 'copy.db')).code).toBe(2);
  const older = await desk.run(command, 'restore', 'copy.db', '--reason', 'test');
  expect([older.code, older.err.includes('ends at entry 3')]).toEqual([2, true]);
  expect((await desk.run(command, 'restore', 'copy.db', '--reason', 'test', '--yes')).code).toBe(0);
  expect((await desk.run(command, 'verify')).code).toBe(0);
  expect((await desk.run(command, 'log', '-n', '1')).out).toContain('restore');
});

/** Written against the format's description, in another language, with OpenSSL for the signatures. */
const referee = String.raw`
import base64, hashlib, json, subprocess, sys, tempfile, os
sha = lambda text: "sha256:" + hashlib.sha256(text.encode()).hexdigest()
lines = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
ledger = lines[0]["id"]
keys, previous, sequence = {}, sha("caws-arbiter/ledger-genesis@1\n" + ledger), 0
def check_note(text, digest):
    signed, signature = text.split("\n\n— ")
    key_id, sig = signature.split()
    fields = dict(line.split(" ", 1) for line in signed.split("\n")[1:])
    assert fields["ledger"] == ledger and fields["entry"] == "%d %s" % (sequence, digest) and fields["key"] == key_id
    with tempfile.TemporaryDirectory() as d:
        paths = {n: os.path.join(d, n) for n in ("key", "text", "sig")}
        for name, content in (("key", keys[key_id].encode()), ("text", (signed + "\n").encode()), ("sig", base64.b64decode(sig))):
            open(paths[name], "wb").write(content)
        subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", paths["key"], "-rawin", "-in", paths["text"], "-sigfile", paths["sig"]], check=True, stdout=subprocess.DEVNULL)
head = None
for line in lines[1:]:
    if line["type"] == "key":
        der = base64.b64decode("".join(line["publicKey"].split("\n")[1:-2]))
        assert hashlib.sha256(der).hexdigest() == line["id"]
        keys[line["id"]] = line["publicKey"]
    elif line["type"] == "entry":
        sequence += 1
        header = {k: line[k] for k in ("about", "at", "kind", "previous", "sequence", "signer")}
        header["attached"], header["body"] = json.loads(line["attached"]), sha(line["body"])
        assert line["sequence"] == sequence and line["previous"] == previous
        previous = sha("caws-arbiter/ledger-entry@1\n" + json.dumps(header, sort_keys=True, separators=(",", ":")))
        assert line["digest"] == previous, sequence
    else:
        check_note(line["note"], previous)
        head = line if line["type"] == "head" else head
assert head is not None and head["note"].startswith("caws-arbiter/ledger-head@1\n")
print(sequence, "entries hold")
`;

describe('an export', () => {
  const python = spawnSync('python3', ['--version']).status === 0;
  if (!python) console.warn('SKIPPED: the independent verifier of exports needs python3');

  test('is checked without the ledger, and refused when a line is changed', async () => {
    const desk = await deskWith(35);
    expect((await desk.run(command, 'export', '-o', 'ledger.jsonl')).code).toBe(0);
    expect((await desk.run(command, 'export', '-o', 'ledger.jsonl')).code).toBe(2);
    const file = join(desk.folder, 'ledger.jsonl');
    const text = readFileSync(file, 'utf8');
    expect((await desk.run(command, 'export')).out).toBe(text);
    expect(text).not.toContain('Ada');
    expect((await desk.run(command, 'verify', '--file', 'ledger.jsonl')).code).toBe(0);
    writeFileSync(file, text.replace('verdict-7', 'verdict-8'));
    const changed = await desk.run(command, 'verify', '--file', 'ledger.jsonl');
    expect([changed.code, changed.out.includes('entry 7: entry-digest-differs')]).toEqual([
      6,
      true,
    ]);
    writeFileSync(file, text.slice(0, -100));
    expect((await desk.run(command, 'verify', '--file', 'ledger.jsonl')).code).toBe(6);
    expect((await desk.run(command, 'verify', '--file', 'none.jsonl')).code).toBe(4);
  });

  test.skipIf(!python)(
    'is what a verifier that does not know this program takes for whole',
    async () => {
      const desk = await deskWith(35);
      await desk.run(command, 'export', '-o', 'ledger.jsonl');
      const file = join(desk.folder, 'ledger.jsonl');
      const said = execFileSync('python3', ['-c', referee, file], { encoding: 'utf8' });
      expect(said).toBe('35 entries hold\n');
      const text = readFileSync(file, 'utf8');
      writeFileSync(file, text.replace('verdict-7', 'verdict-8'));
      expect(spawnSync('python3', ['-c', referee, file]).status).toBe(1);
    },
  );
});

test('the log fits 80 columns, and shows whole ids where there is room', async () => {
  const desk = newDesk();
  const { env, folder } = desk;
  const place = given(await ledgerPlace({ env, directory: folder } as unknown as World, undefined));
  const wanted = { env, keyFile: null, directory: folder, now: START, create: true };
  const signer = given(await localSigner(wanted));
  const id = (n: number) => `0192f3c2-1d4e-7abc-8def-${String(n).padStart(12, '0')}`;
  {
    await using ledger = given(await openAt(place, 'create'));
    for (let n = 1; n <= 101; n += 1)
      given(await ledger.append({ ...draftOf(n), about: id(n) }, signer));
  }
  const { out } = await desk.run(command, 'log', '-n', '200');
  const lines = out.trimEnd().split('\n');
  expect(lines).toHaveLength(101);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(logText([{ ...logged, about: id(1) }], 120)).toContain(
    `  ${id(1)}  key ${'a'.repeat(16)}`,
  );
});

const logged = {
  sequence: 1,
  at: '2026-11-23T12:00:03.000Z',
  kind: 'verdict',
  signer: 'a'.repeat(64),
};

test('one is one, and more are more', async () => {
  const desk = await deskWith(1);
  const run = async (...args: readonly string[]) => (await desk.run(command, ...args)).out;
  expect(await run('verify')).toContain('beside    1 blob, 1 sealed value, 0 erased');
  expect(await run('verify')).toContain('entry 1: your own key');
  expect(await run('backup', 'copy.db')).toContain('1 entry is copied to');
  expect(await run('export', '-o', 'out.jsonl')).toContain('1 entry is written to');
  expect(JSON.parse(await run('export', '--out', 'out2.jsonl', '--json'))).toMatchObject({
    schema: 'caws-arbiter/ledger-exported@1',
    entries: 1,
  });
  expect(await run('prune', '--older-than', '1d')).toMatch(
    /^\d blobs? (?:is|are) older than 1 day\./,
  );
});
