import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { VerdictRecord } from '../../src/4-verdict/verdict.ts';
import { WAIVER_EVENT_TYPE } from '../../src/4-verdict/waivers/event.ts';
import { openRepository } from '../../src/adapters/git/repository.ts';
import { shippedPolicy } from '../../src/adapters/shipped.ts';
import { openLedger } from '../../src/adapters/store-sqlite/ledger.ts';
import { loadWaiverEvents } from '../../src/adapters/waiver-events.ts';
import { textDigest } from '../../src/caws/text-digest.ts';
import { command } from '../../src/cli/waiver.ts';
import { type ExitCode, exits, type World } from '../../src/cli/world.ts';
import { envelop } from '../../src/ledger/dsse.ts';
import { readPublicKey } from '../../src/ledger/key.ts';
import type { CommitSha, Digest, Instant, ObjectId, VerdictId } from '../../src/primitives.ts';
import { gitNow } from '../git-now.ts';

const place = mkdtempSync(join(tmpdir(), 'arbiter-waiver-'));
afterAll(() => rmSync(place, { recursive: true, force: true }));

const start = Date.parse('2027-03-01T10:00:00Z');
const hour = 3_600_000;

interface Person {
  readonly file: string;
  readonly publicKey: string;
  readonly keyId: string;
  readonly privateKey: KeyObject;
}

function person(name: string): Person {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const file = join(place, `${name}.pem`);
  writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  const text = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
  return { file, publicKey: text, keyId: readPublicKey(text)?.id ?? '', privateKey };
}

const mia = person('mia');
const noor = person('noor');
const kim = person('kim');
const lee = person('lee');
const stranger = person('stranger');

const keysYaml = (keys: readonly (readonly [string, Person, string?])[]) =>
  `version: 1\nkeys:\n${keys
    .map(
      ([holder, key, revokedAt]) =>
        `  - id: ${holder}-1\n    algorithm: ed25519\n    publicKey: ${key.publicKey}\n    role: maintainer\n    holder: '@${holder}'\n    validFrom: 2027-01-01T00:00:00Z\n${
          revokedAt === undefined ? '' : `    revoked: { at: ${revokedAt}, reason: lost laptop }\n`
        }`,
    )
    .join('')}`;

/** A repository with a base branch that trusts keys, a change by kim, and a clone-wide environment. */
class Bench {
  readonly directory: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  now = start;
  #records = 0;

  constructor(name: string) {
    this.directory = join(place, name);
    mkdirSync(this.directory);
    this.env = {
      PATH: process.env['PATH'],
      HOME: place,
      XDG_CONFIG_HOME: join(place, name, '..', `${name}-config`),
      XDG_STATE_HOME: join(place, `${name}-state`),
    };
  }

  git(...args: readonly string[]): string {
    const identity = ['-c', 'user.name=Kim', '-c', 'user.email=1+kim@users.noreply.github.com'];
    return gitNow({
      args: ['-C', this.directory, ...identity, ...args],
      env: { ...this.env, GIT_CONFIG_NOSYSTEM: '1' },
    });
  }

  trusts(keys: Parameters<typeof keysYaml>[0]): void {
    this.git('checkout', '-q', 'main');
    writeFileSync(join(this.directory, '.caws', 'trusted-keys.yaml'), keysYaml(keys));
    this.git('commit', '-qam', 'keys');
  }

  init(): void {
    this.git('init', '-q', '-b', 'main');
    this.git('remote', 'add', 'origin', 'https://example.org/acme/widgets.git');
    mkdirSync(join(this.directory, '.caws'));
    writeFileSync(
      join(this.directory, '.caws', 'trusted-keys.yaml'),
      keysYaml([
        ['mia', mia],
        ['noor', noor],
        ['kim', kim],
        ['lee', lee],
      ]),
    );
    this.git('add', '-A');
    this.git('commit', '-qm', 'base');
    this.git('checkout', '-qb', 'feature');
    writeFileSync(join(this.directory, 'store.ts'), 'export const x = 1;\n');
    this.git('add', '-A');
    this.git('commit', '-qm', 'change');
  }

  async run(...argv: readonly string[]): Promise<Ran> {
    let out = '';
    let err = '';
    let code: ExitCode = exits.pass;
    const world: World = {
      out: (text) => {
        out += text;
      },
      err: (text) => {
        err += text;
      },
      env: this.env,
      directory: this.directory,
      terminal: false,
      color: false,
      now: () => this.now as Instant,
      random: (count) => new Uint8Array(count),
      finish: (given) => {
        code = given;
      },
    };
    await command(world)
      .exitOverride()
      .parseAsync([...argv], { from: 'user' });
    return { out, err, code };
  }

  async ledger(access: 'read' | 'create') {
    const file = join(this.directory, '.git', 'caws-arbiter', 'ledger.db');
    const opened = await openLedger({ file, access, anchors: [] });
    if (!opened.ok) throw new Error(opened.fault.kind);
    return opened.value;
  }

  async repository(): Promise<string> {
    const opened = await openRepository(this.directory, { env: this.env });
    if (!opened.ok) throw new Error(opened.fault.kind);
    using repository = opened.value;
    const range = await repository.resolve('main...feature');
    if (!range.ok) throw new Error(range.fault.kind);
    return range.value.repository;
  }

  async judged(changes: Partial<VerdictRecord> = {}): Promise<VerdictRecord> {
    const record = recordOf(this, await this.repository(), this.#records, changes);
    this.#records += 1;
    await using ledger = await this.ledger('create');
    const body = { record, envelope: {} };
    const draft = {
      at: this.now as Instant,
      kind: 'verdict',
      about: record.id,
      body,
      blobs: [],
    } as const;
    const appended = await ledger.append(draft, signerOf(stranger));
    if (!appended.ok) throw new Error(appended.fault.kind);
    return record;
  }

  async recorded(): Promise<readonly string[]> {
    await using ledger = await this.ledger('read');
    const events = await loadWaiverEvents(ledger);
    return events.ok ? events.value : [];
  }

  async asks(): Promise<string> {
    const asked = await this.run('request', 'budget_limit', '--reason', reason, '--expires', '7d');
    const id = /^(W-[0-9a-f]{16}) is requested/.exec(asked.out)?.[1];
    if (id === undefined) throw new Error(asked.err);
    return id;
  }
}

interface Ran {
  readonly out: string;
  readonly err: string;
  readonly code: ExitCode;
}

const reason = 'legacy adapter, goes away with the next release';
const signerOf = ({ keyId, publicKey, privateKey }: Person) => ({
  keyId,
  publicKey: readPublicKey(publicKey)?.pem ?? '',
  sign: (bytes: Uint8Array): Uint8Array => sign(null, bytes, privateKey),
});

function recordOf(
  bench: Bench,
  repository: string,
  count: number,
  changes: Partial<VerdictRecord>,
): VerdictRecord {
  const base = bench.git('rev-parse', 'main') as CommitSha;
  const finding = {
    subject: 'tier',
    places: [],
    placesTotal: 0,
    detail: {},
    waivedBy: null,
    waiversRefused: [],
  };
  return {
    schema: 'caws-arbiter/verdict@1',
    id: `01890a5d-ac96-774b-bcce-${String(count).padStart(12, '0')}` as VerdictId,
    verdict: 'WAIVER_REQUIRED',
    decidedAt: '2027-03-01T09:00:00.000Z',
    tool: { name: 'caws-arbiter', version: '0.1.0', rules: '1' },
    mode: 'enforce',
    subject: {
      repository,
      baseRef: 'refs/heads/main',
      branches: ['feature'],
      base,
      mergeBase: base,
      head: bench.git('rev-parse', 'feature') as CommitSha,
      headTree: bench.git('rev-parse', 'feature^{tree}') as ObjectId,
      change: `sha256:${'d'.repeat(64)}` as Digest,
    },
    law: {
      policy: {
        file: '.caws/policy.yaml',
        kind: 'base',
        // The base has none of its own.
        digest: textDigest(shippedPolicy().text),
      },
      spec: { id: 'FEAT-012', digest: `sha256:${'f'.repeat(64)}` as Digest, standing: false },
      waivers: [],
      trustedKeys: null,
      waiving: [
        {
          gate: 'budget_limit',
          approvers: ['@mia', '@noor', '@kim'],
          approversMin: 1,
          longestDays: 14,
        },
      ],
    },
    totals: { files: 1, added: 412, deleted: 0, lines: 412, bytes: 9000, commits: 1 },
    examination: {
      changeClass: 'code',
      tier: 2,
      budgets: [],
      findings: [
        {
          ...finding,
          rule: 'budget.lines',
          gate: 'budget_limit',
          measured: { value: 412, unit: 'lines' },
          limit: { value: 250, unit: 'lines' },
          standing: 'needs-waiver',
        },
        {
          ...finding,
          rule: 'budget.lines',
          gate: 'coverage_threshold',
          measured: { value: 1, unit: 'percent' },
          limit: { value: 80, unit: 'percent' },
          standing: 'fails',
        },
      ],
    },
    deliberation: { gates: [], findings: [], score: { e: 0, b: 0, g: 0, p: 0, s: 0 } },
    validUntil: null,
    caseDigest: `sha256:${'0'.repeat(64)}` as Digest,
    ...changes,
  };
}

describe('a waiver from request to its end', () => {
  const bench = new Bench('story');
  let id = '';
  beforeAll(async () => {
    bench.init();
    await bench.judged();
  });

  test('is asked for with the floors of the last verdict, and allows nothing yet', async () => {
    const asked = await bench.run('request', 'budget_limit', '--reason', reason, '--expires', '7d');
    expect(asked.code).toBe(exits.pass);
    expect(asked.out).toContain('Nothing is allowed yet');
    expect(asked.out).toContain('budget.lines of tier: 412 lines, no worse');
    expect(asked.out).toContain('2027-03-08 10:00 UTC');
    expect(asked.out).toContain('@mia, @noor, @kim');
    id = /W-[0-9a-f]{16}/.exec(asked.out)?.[0] ?? '';
    expect((await bench.run('list')).out).toMatch(
      new RegExp(`Requested[\\s\\S]*${id}  budget_limit`),
    );
  });

  test('is shown before it is signed, and a dry run signs nothing', async () => {
    bench.now = start + hour;
    const dry = await bench.run('approve', id, '--key', mia.file, '--dry-run');
    expect(dry).toMatchObject({ code: exits.pass });
    expect(dry.out).toContain('As @mia you allow exactly this, and nothing wider:');
    expect(dry.out).toContain('412 lines');
    expect(dry.out).toContain('Nothing is signed');
    expect(await bench.recorded()).toHaveLength(1);
  });

  test('is active once a maintainer approved it by the beginning of its id', async () => {
    const approved = await bench.run('approve', id.slice(0, 8), '--key', mia.file);
    expect(approved.out).toContain(`${id} is active until 2027-03-08 10:00 UTC`);
    expect(approved.out).toContain('arbiter verify main...feature');
    expect((await bench.run('list')).out).toMatch(/within 7 days[\s\S]*by @mia/);
    const shown = JSON.parse((await bench.run('show', id, '--json')).out);
    expect(shown).toMatchObject({
      schema: 'caws-arbiter/waiver@1',
      id,
      status: 'active',
      approvals: [{ by: '@mia', at: '2027-03-01T11:00:00.000Z' }],
      ignored: [],
    });
  });

  test('is not approved twice by one person', async () => {
    const again = await bench.run('approve', id, '--key', mia.file);
    expect(again.code).toBe(exits.usage);
    expect(again.err).toContain('by somebody who has approved already');
  });

  test('ends for good by a revocation with a reason', async () => {
    bench.now = start + 2 * hour;
    const short = await bench.run('revoke', id, '--reason', 'no', '--key', noor.file);
    expect(short.code).toBe(exits.usage);
    const revoked = await bench.run(
      'revoke',
      id,
      '--reason',
      'the change was split in two',
      '--key',
      noor.file,
    );
    expect(revoked.out).toContain(`${id} is revoked. Nothing is allowed by it.`);
    expect((await bench.run('approve', id, '--key', noor.file)).err).toContain('that is final');
    expect((await bench.run('list')).out).toMatch(
      /Ended[\s\S]*revoked 2027-03-01 12:00 UTC {2}by @noor/,
    );
  });
});

describe('an approval is refused, and nothing is recorded,', () => {
  const bench = new Bench('refusals');
  let id = '';
  beforeAll(async () => {
    bench.init();
    await bench.judged();
    id = await bench.asks();
    bench.now += hour;
  });

  const refusedWith = async (code: ExitCode, ...argv: readonly string[]): Promise<string> => {
    const ran = await bench.run(...argv);
    expect([ran.code, ran.out]).toEqual([code, '']);
    expect(await bench.recorded()).toHaveLength(1);
    return ran.err;
  };
  const refused = (...argv: readonly string[]) => refusedWith(exits.usage, ...argv);

  test('by a key that the base does not list', async () => {
    const said = await refused('approve', id, '--key', stranger.file);
    expect(said).toContain('.caws/trusted-keys.yaml of the base does not list');
    expect(said).toContain('Who may: @mia, @noor, @kim; not the author');
    expect(said).toContain(`arbiter waiver approve ${id} --key FILE`);
  });

  test('by the author of the change', async () => {
    expect(await refused('approve', id, '--key', kim.file)).toContain('the change is by you');
  });

  test('by a maintainer whom the policy does not name for this gate', async () => {
    expect(await refused('approve', id, '--key', lee.file)).toContain('@lee may not approve');
  });

  test('by the local key that asked', async () => {
    expect(await refused('approve', id)).toContain('does not list');
  });

  test('of an id that is not there, too short, or no id', async () => {
    expect(await refused('approve', 'W-ffffffffffffffff', '--key', mia.file)).toMatch(/no waiver/i);
    expect(await refused('approve', 'W-', '--key', mia.file)).toContain('too short');
    expect(await refused('approve', '../../etc', '--key', mia.file)).toMatch(/no waiver/i);
  });

  test('with a key file that others may read', async () => {
    const open = join(place, 'open.pem');
    writeFileSync(open, readFileSync(mia.file), { mode: 0o644 });
    const said = await refusedWith(exits.couldNotFinish, 'approve', id, '--key', open);
    expect(said).toContain('chmod 600');
  });
});

test('a key that the base revoked since the verdict approves nothing, and its approvals end', async () => {
  const bench = new Bench('revoked');
  bench.init();
  await bench.judged();
  const id = await bench.asks();
  bench.now += hour;
  await bench.run('approve', id, '--key', mia.file);
  bench.trusts([
    ['mia', mia, '2027-03-01T11:30:00Z'],
    ['noor', noor],
  ]);
  bench.now += hour;
  const listed = await bench.run('list');
  expect(listed.out).toContain('Requested');
  expect(listed.out).not.toContain('Active');
  expect((await bench.run('show', id)).out).toContain(
    'Not counted: the approved of 2027-03-01T11:00',
  );
  expect((await bench.run('approve', id, '--key', mia.file)).err).toContain('revoked key');
});

describe('a request is refused with the next command', () => {
  const bench = new Bench('requests');
  beforeAll(async () => {
    bench.init();
    await bench.judged();
  });

  test.each([
    ['an unknown gate', ['budget_limits'], 'Did you mean `budget_limit`?'],
    [
      'a gate far from any',
      ['zzz'],
      'Gates you can ask to waive: `budget_limit`. Not waivable: `coverage_threshold`.',
    ],
    ['a gate that nobody may waive', ['coverage_threshold'], 'cannot be waived'],
    ['a gate that holds', ['scope_boundary'], 'Nothing is held against `scope_boundary`'],
    ['a short reason', ['budget_limit', '--reason', 'please'], 'at least 20 are needed'],
    [
      'a long time',
      ['budget_limit', '--expires', '60d'],
      'longer than the 14 days that the policy allows',
    ],
    ['no time', ['budget_limit', '--expires', 'soon'], '12h, 7d, 2w'],
    ['an unknown verdict', ['budget_limit', '--verdict', 'nope'], 'There is no verdict nope'],
    ['a hostile gate', ['\u001b[31m\u202eevil'], '\\u{1b}[31m\\u{202e}evil'],
  ])('for %s', async (_, [gate = '', ...rest], says) => {
    const given = (name: string, value: string) => (rest.includes(name) ? [] : [name, value]);
    const argv = [
      'request',
      gate,
      ...rest,
      ...given('--reason', reason),
      ...given('--expires', '7d'),
    ];
    const ran = await bench.run(...argv);
    expect([ran.code, ran.out]).toEqual([exits.usage, '']);
    expect(ran.err).toContain(says);
    expect(await bench.recorded()).toEqual([]);
  });

  test('for a verdict that passes', async () => {
    const passed = await bench.judged({ verdict: 'PASS' });
    const ran = await bench.run('request', 'budget_limit', '--reason', reason, '--expires', '7d');
    expect(ran.err).toContain(`Verdict ${passed.id} is PASS`);
  });

  test('where there is no ledger, and where there is no repository', async () => {
    const empty = new Bench('empty');
    const argv = ['request', 'budget_limit', '--reason', reason, '--expires', '7d'];
    expect(await empty.run(...argv)).toMatchObject({ code: exits.usage });
    empty.init();
    const ran = await empty.run(...argv);
    expect([ran.code, ran.out]).toEqual([exits.couldNotFinish, '']);
    expect(ran.err).toContain('There is no ledger');
    expect((await empty.run('list')).out).toContain('No waivers yet');
  });
});

describe('the verdict that a request starts from', () => {
  const bench = new Bench('ground');
  const asked = ['request', 'budget_limit', '--reason', reason, '--expires', '7d', '--dry-run'];
  const ask = (...more: readonly string[]) => bench.run(...asked, '--key', stranger.file, ...more);
  const subjectOf = (record: VerdictRecord, branch: string) => ({
    ...record.subject,
    branches: [branch],
    head: bench.git('rev-parse', branch) as CommitSha,
  });
  let ofFeature: VerdictRecord;
  let ofOther: VerdictRecord;
  beforeAll(async () => {
    bench.init();
    ofFeature = await bench.judged();
    bench.git('checkout', '-q', '-b', 'other', 'main');
    bench.git('commit', '-q', '--allow-empty', '-m', 'another change');
    ofOther = await bench.judged({ subject: subjectOf(ofFeature, 'other') });
  });

  test('is the newest of the branch that is checked out, and is named', async () => {
    bench.git('checkout', '-q', 'feature');
    const { out } = await ask();
    expect(out).toContain(`newest verdict of feature, ${ofFeature.id}`);
    expect(out).toContain(`asked at head ${ofFeature.subject.head.slice(0, 12)}`);
    bench.git('checkout', '-q', 'other');
    expect((await ask()).out).toContain(`newest verdict of other, ${ofOther.id}`);
  });

  test('is the one of the commit itself, where no branch is checked out', async () => {
    bench.git('checkout', '-q', '--detach', 'feature');
    expect((await ask()).out).toContain(`newest verdict of feature, ${ofFeature.id}`);
  });

  test('is the one of the commit itself, where the branch was put back to it', async () => {
    bench.git('checkout', '-q', 'other');
    bench.git('commit', '-q', '--allow-empty', '-m', 'more');
    await bench.judged({ subject: subjectOf(ofFeature, 'other') });
    bench.git('reset', '-q', '--hard', 'HEAD~1');
    expect((await ask()).out).toContain(ofOther.id);
  });

  test('is of an older commit of the branch, and that is said', async () => {
    bench.git('checkout', '-q', 'feature');
    const before = bench.git('rev-parse', 'HEAD');
    bench.git('commit', '-q', '--allow-empty', '-m', 'later');
    const { out } = await ask();
    expect(out).toContain(`given at ${before.slice(0, 12)}; the branch is elsewhere by now`);
    expect(out).toContain('arbiter verify');
    bench.git('reset', '-q', '--hard', before);
  });

  test('is none of another branch: what there is and how to name it is said', async () => {
    bench.git('checkout', '-q', 'main');
    const ran = await ask();
    expect([ran.code, ran.out]).toEqual([exits.usage, '']);
    expect(ran.err).toContain('holds no verdict of main');
    expect(ran.err).toContain('Judge it: arbiter verify');
    expect(ran.err).toMatch(
      /The newest is of other, [0-9a-f]{12}: arbiter waiver request budget_limit --verdict \S+ --reason/,
    );
  });

  test('is the one that is named, whatever is checked out', async () => {
    bench.git('checkout', '-q', 'main');
    const { out } = await ask('--verdict', ofFeature.id);
    expect(out).toContain(`asked at head ${ofFeature.subject.head.slice(0, 12)}`);
    expect(out).not.toContain('newest');
  });
});

describe('a waiver for which the policy has no place left', () => {
  const limited = 'version: 1\nwaivers: { max_active_waivers_per_gate: 1 }\n';
  const bench = new Bench('places');
  let ids: readonly string[] = [];
  beforeAll(async () => {
    bench.init();
    bench.git('checkout', '-q', 'main');
    writeFileSync(join(bench.directory, '.caws', 'policy.yaml'), limited);
    bench.git('add', '-A');
    bench.git('commit', '-qm', 'policy');
    bench.git('checkout', '-q', 'feature');
    bench.git('rebase', '-q', 'main');
    const policy = {
      file: '.caws/policy.yaml',
      kind: 'base',
      digest: textDigest(limited),
    } as const;
    const { law } = await bench.judged();
    const record = await bench.judged({ law: { ...law, policy } });
    const first = await bench.asks();
    bench.now += hour;
    await bench.judged({ ...record, id: '01890a5d-ac96-774b-bcce-000000000009' as VerdictId });
    ids = [first, await bench.asks()];
  });

  test('is not approved: the limit, the waiver that holds the place, and what frees it are said', async () => {
    const [first = '', second = ''] = ids;
    const approve = (id: string) => bench.run('approve', id, '--key', mia.file);
    expect((await approve(first)).code).toBe(exits.pass);
    bench.now += hour;
    const before = await bench.recorded();
    const { code, err } = await approve(second);
    expect(code).toBe(exits.usage);
    expect(err).toContain('1 waiver of `budget_limit` runs');
    expect(err).toContain('lets 1 run at a time (waivers.max_active_waivers_per_gate)');
    expect(err).toContain(`  ${first} until 2027-03-08 10:00 UTC`);
    expect(err).toContain(`arbiter waiver revoke ${first} --reason "…" --key FILE`);
    expect(err).toContain(`Then: arbiter waiver approve ${second} --key FILE`);
    expect(await bench.recorded()).toEqual(before);
    await bench.run('revoke', first, '--reason', reason, '--key', mia.file);
    expect((await approve(second)).out).toContain(`${second} is active`);
  });
});

describe('a waiver carried to another machine', () => {
  const here = new Bench('here');
  const there = new Bench('there');
  const file = join(place, 'carried.json');
  let id = '';
  beforeAll(async () => {
    here.init();
    await here.judged();
    id = await here.asks();
    execFileSync('git', ['clone', '-q', '--branch', 'main', here.directory, there.directory], {
      stdio: 'ignore',
    });
    there.git('remote', 'set-url', 'origin', 'https://example.org/acme/widgets');
    there.now = here.now += hour;
    const carried = await here.run('export', id, file);
    expect(carried.out).toContain(`import FILE, then arbiter waiver approve ${id} --key FILE`);
  });

  test('can be approved there and counts here', async () => {
    expect((await there.run('import', file)).out).toContain(`1 new event of ${id} recorded`);
    const approved = await there.run('approve', id, '--key', mia.file);
    expect(approved.out).toContain("the figures are the requester's word");
    expect(approved.out).toContain('is active until');
    const back = join(place, 'back.json');
    const carried = (await there.run('export', id, back)).out;
    expect(carried).toMatch(/2 events.*\n.*import FILE, then arbiter verify\n/);
    expect((await here.run('import', back)).out).toContain('1 new event');
    expect((await here.run('show', id)).out).toContain(`${id} is active`);
    expect((await here.run('import', back)).out).toContain('0 new events');
    expect(await here.recorded()).toHaveLength(2);
  });

  test('overwrites no file', async () => {
    const before = readFileSync(file, 'utf8');
    expect(await here.run('export', id, file)).toMatchObject({ code: exits.usage });
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  const bundle = () => JSON.parse(readFileSync(file, 'utf8')) as { events: { payload: string }[] };
  const withEvents = (events: readonly unknown[]) => ({ ...bundle(), events });
  const widened = () => {
    const [event] = bundle().events;
    const payload = Buffer.from(event?.payload ?? '', 'base64').toString();
    return { payload: Buffer.from(payload.replace('412', '9412')).toString('base64') };
  };
  test.each<[string, () => unknown, ExitCode, string]>([
    [
      'with wider floors',
      () => withEvents([{ ...bundle().events[0], ...widened() }]),
      exits.ledgerBroken,
      'id that is not made from its text',
    ],
    [
      'signed by another key',
      () => {
        const payload = Buffer.from(bundle().events[0]?.payload ?? '', 'base64').toString();
        return withEvents([envelop(WAIVER_EVENT_TYPE, payload, signerOf(stranger))]);
      },
      exits.ledgerBroken,
      'another key than it names',
    ],
    [
      'with one good and one broken event',
      () => withEvents([...bundle().events, { payload: 1 }]),
      exits.ledgerBroken,
      'no DSSE envelope',
    ],
    ['without events', () => withEvents([]), exits.invalidDocument, '0 events'],
    [
      'with more events than one waiver has',
      () => withEvents(Array(101).fill(bundle().events[0])),
      exits.invalidDocument,
      '101 events',
    ],
    ['of another kind', () => ({ schema: 'x', events: [] }), exits.invalidDocument, 'no file of'],
    [
      'of a megabyte and more',
      () => 'x'.repeat(2 * 1024 * 1024),
      exits.invalidDocument,
      'larger than',
    ],
  ])('is refused %s', async (_, content, code, says) => {
    const forged = join(place, 'forged.json');
    writeFileSync(forged, JSON.stringify(content()));
    const fresh = new Bench(
      `fresh-${code}-${says.length}-${Math.abs(JSON.stringify(content()).length)}`,
    );
    execFileSync('git', ['clone', '-q', here.directory, fresh.directory], { stdio: 'ignore' });
    const ran = await fresh.run('import', forged);
    expect([ran.code, ran.out]).toEqual([code, '']);
    expect(ran.err).toContain(says);
    expect(ran.err).toMatch(/Nothing was recorded/);
    if (existsSync(join(fresh.directory, '.git', 'caws-arbiter', 'ledger.db')))
      expect(await fresh.recorded()).toEqual([]);
  });

  test('is refused from what is no file', async () => {
    expect((await here.run('import', place)).code).toBe(exits.usage);
    expect((await here.run('import', join(place, 'absent.json'))).code).toBe(exits.usage);
  });
});
