import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import type { RuleId } from '../../src/caws/rules.ts';
import { readPublicKey } from '../../src/ledger/key.ts';
import { verifyVerdictStatement } from '../../src/ledger/statement.ts';
import { changeRow } from './change-row.ts';
import { branchOf, type Court, newCourt, tamper } from './court.ts';
import {
  everyOf,
  findingsOf,
  forEvery,
  must,
  mustCatch,
  mustEqual,
  mustPass,
  type Row,
} from './row.ts';
import { blobOf, commitEntries, lines, POLICY, type Yard } from './yard.ts';

const small = (yard: Yard) => yard.write('src/cart.ts', lines(24));
const report = (cases: string, attributes = '') =>
  `<testsuite name="s"${attributes}>${cases}</testsuite>`;
const passing = report('<testcase classname="c" name="a"/><testcase classname="c" name="b"/>');
const testsGate = `gates:
  tests: { mode: block, measures: tests, min_trust: local, answer: { by: evidence, format: junit, file: reports/junit.xml } }
`;

/** A court whose base wants a report of tests, and a small change that would pass with one. */
function testedCourt(): Court {
  const court = newCourt();
  court.yard.onBase({ '.caws/policy.yaml': `${POLICY}${testsGate}` });
  small(court.yard);
  court.yard.commit();
  return court;
}

type Lay = (folder: string) => void;
const file = (folder: string, name: string, text: string | Uint8Array) => {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
};
const honest: Lay = (folder) => file(folder, 'reports/junit.xml', passing);

async function withEvidence(lay: Lay) {
  using court = testedCourt();
  const folder = join(court.folder, 'evidence');
  mkdirSync(folder);
  lay(folder);
  return await court.judge('main...feature', '--evidence', folder);
}

interface EvidenceAttack extends Pick<Row, 'id' | 'name' | 'expected' | 'defence'> {
  readonly lay: Lay;
  readonly rule: RuleId;
  readonly family: readonly (readonly [string, Lay, RuleId])[];
}

function evidenceRow({ lay, rule, family, ...row }: EvidenceAttack): Row {
  return {
    ...row,
    async holds() {
      mustPass(await withEvidence(honest));
      mustCatch(await withEvidence(lay), 'WAIVER_REQUIRED', rule);
    },
    variants: () =>
      everyOf(family, async ([, each, caughtBy]) => {
        mustCatch(await withEvidence(each), 'WAIVER_REQUIRED', caughtBy);
      }),
  };
}

/** Evidence, records and the ledger in the hands of someone else. */
export const provingRows: readonly Row[] = [
  evidenceRow({
    id: 'C40',
    name: 'tests that were skipped, or never ran',
    expected: 'WAIVER_REQUIRED gate.missing, gate.no-tests or gate.failed',
    defence: {
      file: 'src/3-deliberation/measure.ts',
      from: 'if (!(tests.passed >= needed))',
      to: 'if (!(tests.passed >= 0))',
    },
    lay: (folder) => file(folder, 'reports/junit.xml', report('')),
    rule: 'gate.no-tests',
    family: [
      ['nothing', () => {}, 'gate.missing'],
      [
        'all skipped',
        (at) => file(at, 'reports/junit.xml', report('<testcase name="a"><skipped/></testcase>')),
        'gate.no-tests',
      ],
      [
        'not run',
        (at) => file(at, 'reports/junit.xml', report('<testcase name="a" status="notrun"/>')),
        'gate.no-tests',
      ],
      [
        'one fails',
        (at) => file(at, 'reports/junit.xml', report('<testcase name="a"><failure/></testcase>')),
        'gate.failed',
      ],
      [
        'says more than it holds',
        (at) => file(at, 'reports/junit.xml', report('<testcase name="a"/>', ' tests="9"')),
        'gate.contradiction',
      ],
    ],
  }),
  evidenceRow({
    id: 'H103',
    name: 'an evidence folder full of traps',
    expected: 'WAIVER_REQUIRED gate.unreadable or gate.missing',
    defence: {
      file: 'src/adapters/gates/bounded-file.ts',
      from: "if (named.isSymbolicLink()) return refused('a symbolic link');",
      to: "if (named.isSymbolicLink()) return ok({ bytes: readUpTo(openSync(realpathSync(real), 0), bytesMax), digest: '' as Digest });",
    },
    lay: (folder) => {
      file(folder, '../outside.xml', passing);
      mkdirSync(join(folder, 'reports'));
      symlinkSync('../../outside.xml', join(folder, 'reports/junit.xml'));
    },
    rule: 'gate.unreadable',
    family: [
      [
        'a folder that is a link',
        (at) => {
          file(at, '../elsewhere/junit.xml', passing);
          symlinkSync('../elsewhere', join(at, 'reports'));
        },
        'gate.unreadable',
      ],
      [
        'a folder in place of the file',
        (at) => mkdirSync(join(at, 'reports/junit.xml'), { recursive: true }),
        'gate.unreadable',
      ],
      [
        'a pipe',
        (at) => {
          mkdirSync(join(at, 'reports'));
          execFileSync('mkfifo', [join(at, 'reports/junit.xml')]);
        },
        'gate.unreadable',
      ],
      [
        'an archive',
        (at) => file(at, 'reports/junit.xml', Buffer.from('504b0304aaaa', 'hex')),
        'gate.unreadable',
      ],
      [
        'bytes that are no text',
        (at) => file(at, 'reports/junit.xml', Buffer.from([0x3c, 0xff, 0xfe])),
        'gate.unreadable',
      ],
      [
        'too large',
        (at) => file(at, 'reports/junit.xml', Buffer.alloc(17 * 1024 * 1024, 0x20)),
        'gate.unreadable',
      ],
      [
        'entities that multiply',
        (at) =>
          file(
            at,
            'reports/junit.xml',
            `<!DOCTYPE t [<!ENTITY a "x"><!ENTITY b "&a;&a;">]>${passing}`,
          ),
        'gate.unreadable',
      ],
      [
        'nested beyond reason',
        (at) => file(at, 'reports/junit.xml', '<testsuite>'.repeat(5_000)),
        'gate.unreadable',
      ],
      ['another name', (at) => file(at, 'reports/JUNIT.xml', passing), 'gate.missing'],
    ],
  }),
  changeRow({
    id: 'C44',
    name: 'the change edits what judges it',
    expected: 'FAIL governance.mixed, the own edit without effect',
    defence: {
      file: 'src/1-pleading/governed.ts',
      from: 'underGitHub.test(path) && runs(path)) gate.add(path);',
      to: "underGitHub.test('') && runs(path)) gate.add(path);",
    },
    verdict: 'FAIL',
    rule: 'governance.mixed',
    control: (yard) => {
      small(yard);
      yard.write('docs/gate.md', 'The gate is run by arbiter verify.\n');
    },
    attack: (yard) => {
      yard.write('src/cart.ts', lines(400));
      yard.write(
        '.github/workflows/caws.yml',
        'on: push\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: arbiter verify || true\n',
      );
    },
    also: (_finding, record) =>
      must(
        findingsOf(record).some(({ rule }) => rule === 'budget.lines'),
        'the budget of the base is not held',
      ),
    runs: 4,
    inputs: fc.constantFrom(
      [
        '.github/workflows/x.yml',
        'on: push\njobs: {a: {steps: [{run: npx caws-arbiter verify}]}}\n',
      ],
      ['.github/actions/arbiter/action.yml', 'runs: {using: node24}\n'],
      ['.caws/policy.yaml', `${POLICY}gates: { budget_limit: { mode: skip } }\n`],
      ['.caws/policy/tier-policy.json', '{}'],
      ['.CAWS/Policy.yaml', POLICY],
    ),
    variant: (yard, [path, text]) => {
      yard.write('src/cart.ts', lines(400));
      yard.write(path as string, text as string);
    },
  }),
  changeRow({
    id: 'A20',
    name: 'a waiver file brought by the change',
    expected: 'FAIL governance.mixed; the waiver grants nothing',
    defence: {
      file: 'src/2-examination/governance.ts',
      from: "finding('governance.mixed', { spots: law, detail: { code } })",
      to: "finding('governance.change', { spots: law, detail: { code } })",
    },
    verdict: 'FAIL',
    rule: 'governance.mixed',
    control: small,
    attack: (yard) => {
      yard.write('src/cart.ts', lines(400));
      yard.write('.caws/waivers/WV-9.yaml', waiverFile('budget_limit'));
    },
    also: (_finding, record) => mustEqual(record.law.waivers, [], 'waivers used'),
    runs: 3,
    inputs: fc.constantFrom(
      '.caws/waivers/WV-1.yaml',
      '.caws/waivers.yml',
      '.caws/waivers/deep/W.yaml',
    ),
    variant: (yard, path) => {
      yard.write('src/cart.ts', lines(400));
      yard.write(path, waiverFile('budget_limit'));
    },
  }),
  changeRow({
    id: 'C50',
    name: 'a commit brings a verdict of its own',
    expected: 'FAIL history.forged-verdict',
    defence: {
      file: 'src/2-examination/history.ts',
      from: '    ...forgedVerdicts(commits),\n',
      to: '',
    },
    verdict: 'FAIL',
    rule: 'history.forged-verdict',
    control: (yard) => {
      small(yard);
      yard.commit('change\n\nthe verdict id is a trailer\n');
    },
    attack: (yard) => {
      small(yard);
      yard.commit('change\n\nCAWS-VERDICT-ID: 01890a5d-ac96-774b-bcce-b302099a8057\n');
    },
    runs: 4,
    inputs: fc.record({
      key: fc.constantFrom('CAWS-VERDICT-ID', 'caws-verdict-id', 'Caws-Verdict-Id'),
      before: fc.constantFrom(
        'change\n\n',
        'change\r\n\r\n',
        'change\n---\n',
        'change\n  ',
        'change\u2028',
        'a\rb\r',
      ),
      after: fc.constantFrom('\n', '\n\nprose after it\n', ' \n-- \nx\n'),
      space: fc.constantFrom('', ' ', '\t'),
    }),
    variant: (yard, { key, before, after, space }) => {
      small(yard);
      yard.commit(`${before}${key}${space}: forged${after}`);
    },
  }),
  {
    id: 'D71',
    name: 'one large change in slices, one after the other',
    expected: 'WAIVER_REQUIRED budget.rolling once the sum is over',
    defence: {
      file: 'src/adapters/precedents.ts',
      from: 'const within = passed.filter((',
      to: 'const within = passed.slice(1_000).filter((',
    },
    holds: () => slices([150, 150]),
    variants: () =>
      forEvery(
        3,
        fc.array(fc.integer({ min: 110, max: 190 }), { minLength: 3, maxLength: 4 }),
        slices,
      ),
  },
  {
    id: 'C47',
    name: 'a signed statement about something else',
    expected: 'refused, each with its own reason',
    defence: {
      file: 'src/ledger/dsse.ts',
      from: "if (key === undefined) return { kind: 'signature-of-unknown-key' as const, keyId: each.keyid };",
      to: 'if (key === undefined) return undefined;',
    },
    holds: () =>
      withStatement(async (statement) => {
        mustEqual(statement.faultOf(statement.text, {}), null, 'the honest statement');
        const other = { keyid: 'f'.repeat(64), sig: 'AAAA' };
        const two = statement.edited((each) => ({
          ...each,
          signatures: [...each.signatures, other],
        }));
        mustEqual(statement.faultOf(two, {}), 'signature-of-unknown-key', 'a second signature');
      }),
    variants: () =>
      withStatement((statement) =>
        everyOf(
          [
            ['repository-differs', statement.text, { repository: 'https://example.org/other' }],
            ['head-differs', statement.text, { head: '1'.repeat(40) }],
            ['tree-differs', statement.text, { headTree: '1'.repeat(40) }],
            [
              'payload-type-differs',
              statement.edited((each) => ({ ...each, payloadType: 'text/plain' })),
              {},
            ],
            [
              'signature-wrong',
              statement.edited((each) => ({
                ...each,
                payload: Buffer.from('{}').toString('base64'),
              })),
              {},
            ],
            ['signature-missing', statement.edited((each) => ({ ...each, signatures: [] })), {}],
            [
              'signature-repeated',
              statement.edited((each) => ({
                ...each,
                signatures: [...each.signatures, ...each.signatures],
              })),
              {},
            ],
            ['envelope-extra-key', statement.edited((each) => ({ ...each, more: 1 })), {}],
            ['envelope-duplicate-key', statement.text.replace('{', '{"payloadType":"x",'), {}],
            ['envelope-not-json', statement.text.slice(1), {}],
            ['envelope-too-long', `${statement.text}${' '.repeat(300_000)}`, {}],
          ] satisfies readonly (readonly [string, string, Readonly<Record<string, string>>])[],
          async ([fault, text, expected]) => {
            mustEqual(statement.faultOf(text, expected), fault, 'the fault');
          },
        ),
      ),
  },
  {
    id: 'C49',
    name: 'a record of the ledger is changed',
    expected: 'exit 6, the first broken entry named',
    defence: {
      file: 'src/ledger/chain.ts',
      from: 'if (actual !== entry.digest) {',
      to: "if (actual === '') {",
    },
    holds: () =>
      tampered([
        [
          `UPDATE entries SET body = replace(body, '"PASS"', '"FAIL"') WHERE sequence = 2`,
          'entry-digest-differs',
        ],
      ]),
    variants: () =>
      tampered([
        [
          `UPDATE entries SET at = '2020-01-01T00:00:00.000Z' WHERE sequence = 1`,
          'entry-digest-differs',
        ],
        [`UPDATE entries SET about = 'x' WHERE sequence = 3`, 'entry-digest-differs'],
        ['DELETE FROM entries WHERE sequence = 2', 'entry-missing'],
        ['DELETE FROM entries WHERE sequence = 3', 'tail-cut'],
        [
          `INSERT INTO entries SELECT 4, at, kind, about, body, previous, digest, signer, attached FROM entries WHERE sequence = 3`,
          'previous-differs',
        ],
        ['UPDATE blobs SET bytes = zeroblob(length(bytes))', 'blob-differs'],
        ['DELETE FROM head', 'head-missing'],
        [`UPDATE head SET note = replace(note, 'entry 3', 'entry 2')`, 'signature-wrong'],
        ['DELETE FROM keys', 'key-unknown'],
      ]),
  },
  {
    id: 'B31',
    name: 'an older copy of the ledger is put back',
    expected: 'exit 6 ledger-rolled-back; no verdict is recorded on it',
    defence: {
      file: 'src/cli/ledger-place.ts',
      from: 'anchors: [stateFileAnchor(anchorFolder(world.env)), ...others],',
      to: 'anchors: [],',
    },
    holds: () => rolledBack(1, 1),
    variants: () =>
      forEvery(
        3,
        fc.record({ kept: fc.integer({ min: 1, max: 2 }), lost: fc.integer({ min: 1, max: 2 }) }),
        ({ kept, lost }) => rolledBack(kept, lost),
      ),
  },
  {
    id: 'E76',
    name: 'names that speak to the terminal',
    expected: 'FAIL; nothing of them reaches the output raw',
    defence: {
      file: 'src/5-publication/escape.ts',
      from: 'if (isSeen(character)) return character;',
      to: 'if (character !== "") return character;',
    },
    holds: () => spoken('src/a\u001b]0;owned\u0007\u001b[2Jb.ts', 'path.unsafe'),
    variants: () =>
      forEvery(
        3,
        fc
          .constantFrom(
            '\u001b[31m',
            '\u009b31m',
            '\r',
            '\u202e',
            '\u2066',
            '\u200b',
            '\u0000',
            '\u0008',
          )
          .filter((odd) => odd !== '\u0000')
          .map((odd) => `src/x${odd}y.ts`),
        (path) => spoken(path, 'path.unsafe'),
      ),
  },
  {
    id: 'E79',
    name: 'thousands of findings at once',
    expected: 'every one counted, few printed, the record bounded',
    defence: {
      file: 'src/2-examination/finding.ts',
      from: 'places: places.slice(0, PLACES_MAX).map(placeOf),',
      to: 'places: spots.map(placeOf),',
    },
    holds: () => flooded(3_000),
    variants: () => forEvery(3, fc.integer({ min: 21, max: 2_500 }), flooded),
  },
];

const waiverFile = (gate: string) => `id: WV-9
title: let it pass
status: active
gates: [${gate}]
reason: emergency
approved_by: '@mia'
approvers: [{ handle: '@mia' }]
created_at: 2026-11-22T00:00:00Z
expires_at: 2026-12-22T00:00:00Z
delta: { max_files: 100, max_loc: 10000 }
`;

async function slices(counts: readonly number[]): Promise<void> {
  using court = newCourt();
  court.yard.onBase({ '.caws/policy.yaml': `${POLICY}rolling: { days: 1, max_loc: 250 }\n` });
  let sum = 0;
  for (const [at, count] of counts.entries()) {
    branchOf(court.yard, `slice${at}`, count);
    const record = await court.judge(`main...slice${at}`);
    sum += count;
    if (sum <= 250) {
      mustPass(record);
      continue;
    }
    const { measured } = mustCatch(record, 'WAIVER_REQUIRED', 'budget.rolling');
    mustEqual(measured?.value, sum, 'lines in the window');
    // What was held does not count as spent.
    sum -= count;
  }
}

interface Statement {
  readonly text: string;
  edited(edit: (envelope: { readonly signatures: readonly object[] }) => object): string;
  faultOf(text: string, expected: Readonly<Record<string, string>>): string | null;
}

async function withStatement(check: (statement: Statement) => Promise<void>): Promise<void> {
  using court = newCourt();
  small(court.yard);
  court.yard.commit();
  const record = await court.judge('main...feature');
  const database = new DatabaseSync(court.ledger, { readOnly: true });
  const { envelope } = JSON.parse(
    String(database.prepare('SELECT body FROM entries').get()?.['body']),
  ) as { envelope: { signatures: object[] } };
  const keys = database
    .prepare('SELECT public_key FROM keys')
    .all()
    .flatMap((row) => readPublicKey(String(row['public_key'])) ?? []);
  database.close();
  const { repository, head, headTree } = record.subject;
  await check({
    text: JSON.stringify(envelope),
    edited: (edit) => JSON.stringify(edit(envelope)),
    faultOf(text, expected) {
      const opened = verifyVerdictStatement(
        text,
        { repository, head, headTree, record: null, ...expected },
        keys,
      );
      return opened.ok ? null : opened.fault.kind;
    },
  });
}

/** A court with so many verdicts, every one a PASS. */
async function settled(court: Court, from: number, count: number): Promise<void> {
  for (let at = from; at < from + count; at += 1) {
    branchOf(court.yard, `b${at}`, at + 1);
    mustPass(await court.judge(`main...b${at}`));
  }
}

/** Each statement is done to its own copy of one honest ledger. */
async function tampered(family: readonly (readonly [string, string])[]): Promise<void> {
  using court = newCourt();
  await settled(court, 0, 3);
  mustEqual((await court.audit()).code, 0, 'the honest ledger');
  const copy = join(court.folder, 'copy.db');
  await everyOf(family, async ([statement, reason]) => {
    copyLedger(court.ledger, copy);
    mustEqual((await court.audit('--ledger', copy)).code, 0, 'the honest copy');
    tamper(copy, statement);
    const said = await court.audit('--ledger', copy, '--json');
    const all = `${said.out}${said.err}`;
    mustEqual(said.code, 6, `the exit code: ${all}`);
    must(all.includes(reason), `${reason} is not named: ${all}`);
  });
}

/** The whole ledger in one file, as a backup has it. */
function copyLedger(from: string, to: string): void {
  const database = new DatabaseSync(from);
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  database.close();
  for (const rest of ['-wal', '-shm']) rmSync(`${to}${rest}`, { force: true });
  copyFileSync(from, to);
}

async function rolledBack(kept: number, lost: number): Promise<void> {
  using court = newCourt();
  await settled(court, 0, kept);
  const copy = join(court.folder, 'old.db');
  copyLedger(court.ledger, copy);
  await settled(court, kept, lost);
  copyLedger(copy, court.ledger);
  branchOf(court.yard, 'next', 3);
  const said = await court.verify('main...next', '--json');
  mustEqual(said.code, 6, `the exit code: ${said.out}${said.err}`);
  must(
    `${said.out}${said.err}`.includes('ledger-rolled-back'),
    `no rollback is named: ${said.out}${said.err}`,
  );
  mustEqual((await court.audit()).code, 6, 'the exit code of ledger verify');
}

/** What a terminal or a log would obey: everything but line ends and plain text. */
const raw = /[^\P{C}\n]|[\u2028\u2029]|\p{Default_Ignorable_Code_Point}/u;

async function spoken(path: string, rule: RuleId): Promise<void> {
  using court = newCourt();
  const id = blobOf(court.yard, 'export {};\n');
  commitEntries(court.yard, [{ mode: '100644', name: path, id }]);
  const text = await court.verify('main...feature');
  mustEqual(text.code, 1, text.out);
  must(text.out.includes(rule), `${rule} is missing: ${text.out}`);
  must(!raw.test(text.out), `raw text reaches the output: ${JSON.stringify(text.out)}`);
  mustCatch(await court.judge('main...feature'), 'FAIL', rule);
}

async function flooded(count: number): Promise<void> {
  using court = newCourt();
  small(court.yard);
  court.yard.commit();
  mustPass(await court.judge('main...feature'));
  const id = blobOf(court.yard, 'export const a = 1; // \u202e\n');
  commitEntries(
    court.yard,
    Array.from({ length: count }, (_, at) => ({
      mode: '100644',
      name: `other/${'deep/'.repeat(20)}f${at}.ts`,
      id,
    })),
  );
  const text = await court.verify('main...feature');
  mustEqual(text.code, 1, text.out.slice(0, 400));
  must(text.out.length < 20_000, `${text.out.length} characters printed`);
  const record = await court.judge('main...feature');
  const found = mustCatch(record, 'FAIL', 'unicode.hidden');
  mustEqual([found.places.length, found.placesTotal], [20, count], 'places kept and counted');
  must(JSON.stringify(record).length < 8 * 1024 * 1024, 'the record outgrows an entry');
}
