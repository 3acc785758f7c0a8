import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DemoRepository, demoRepository } from '../../src/cli/demo/repository.ts';
import { command as ledger } from '../../src/cli/ledger.ts';
import { command as verdict } from '../../src/cli/verdict.ts';
import { command as verify } from '../../src/cli/verify.ts';
import { command as waiver } from '../../src/cli/waiver.ts';
import { type ExitCode, exits, type World } from '../../src/cli/world.ts';
import type { Instant } from '../../src/primitives.ts';

const place = mkdtempSync(join(tmpdir(), 'arbiter-glass-'));
afterAll(() => rmSync(place, { recursive: true, force: true }));

const minute = 60_000;
const day = 24 * 60 * minute;

interface Person {
  readonly file: string;
  readonly publicKey: string;
}

function person(name: string): Person {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const file = join(place, `${name}.pem`);
  writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  return { file, publicKey: publicKey.export({ type: 'spki', format: 'der' }).toString('base64') };
}

const [mia, noor, robin, stranger] = ['mia', 'noor', 'robin', 'stranger'].map(person) as [
  Person,
  Person,
  Person,
  Person,
];

const keysYaml = `version: 1
keys:
${Object.entries({ mia, noor, robin })
  .map(
    ([name, { publicKey }]) =>
      `  - { id: ${name}-1, algorithm: ed25519, publicKey: ${publicKey}, role: maintainer, holder: '@${name}', validFrom: 2027-01-01T00:00:00Z }\n`,
  )
  .join('')}`;

const policy = (more: string) => `version: 1
risk_tiers:
  '1': { max_files: 3, max_loc: 40 }
  '2': { max_files: 5, max_loc: 60 }
waivers: { max_duration_days: 14 }
${more}`;
const emergency = "break_glass: { people: ['@mia', '@robin'], max_minutes: 120 }\n";

const spec = `id: CART-1
title: Prices in the cart are right to the cent
risk_tier: 2
mode: feature
lifecycle_state: active
blast_radius: { modules: [src/cart], data_migration: false }
operational_rollback_slo: 30m
scope: { in: [src/cart], out: [src/payment] }
invariants: [A total is never negative]
acceptance: [{ id: A1, given: two items, when: the total is asked for, then: it is their sum }]
non_functional: {}
contracts: [{ name: cart-api, type: api, path: src/cart/total.ts }]
`;

const code = (lines: number) =>
  Array.from({ length: lines }, (_, at) => `export const price${at} = ${at};\n`).join('');

interface Ran {
  readonly out: string;
  readonly err: string;
  readonly code: ExitCode;
}

/** A shop whose change, by robin, has more lines than its tier allows. */
class Shop {
  readonly repository: DemoRepository;
  now = Date.parse('2027-03-01T10:00:00Z');
  #count = 0;
  readonly #name: string;

  constructor(name: string, law = policy(emergency)) {
    this.#name = name;
    this.repository = demoRepository(join(place, name));
    this.repository.git('remote', 'add', 'origin', 'https://example.org/acme/shop.git');
    this.repository.write('.caws/policy.yaml', law);
    this.repository.write('.caws/specs/CART-1.yaml', spec);
    this.repository.write('.caws/trusted-keys.yaml', keysYaml);
    this.repository.write('src/cart/total.ts', code(3));
    this.repository.commit('A shop');
    this.repository.branch('feature', 'Prices', () =>
      this.repository.write('src/cart/big.ts', code(90)),
    );
  }

  async run(make: (world: World) => Command, ...argv: readonly string[]): Promise<Ran> {
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
      env: {
        PATH: process.env['PATH'],
        HOME: place,
        XDG_CONFIG_HOME: join(place, `${this.#name}-config`),
        XDG_STATE_HOME: join(place, `${this.#name}-state`),
      },
      directory: this.repository.directory,
      terminal: false,
      color: false,
      now: () => this.now as Instant,
      random: (count) => {
        this.#count += 1;
        return new Uint8Array(count).fill(this.#count);
      },
      finish: (given) => {
        code = given;
      },
    };
    await make(world)
      .exitOverride()
      .parseAsync([...argv], { from: 'user' });
    return { out, err, code };
  }

  waiver(...argv: readonly string[]): Promise<Ran> {
    return this.run(waiver, ...argv);
  }

  /** The id of the verdict that a verification gives, and how it ended. */
  async judged(): Promise<Ran & { readonly id: string; readonly json: Judged }> {
    const ran = await this.run(verify, 'main...feature', '--json');
    const json = JSON.parse(ran.out) as Judged;
    if (json.id === undefined) throw new Error(ran.out);
    return { ...ran, id: json.id, json };
  }

  breaks(id: string, ...more: readonly string[]): Promise<Ran> {
    const given = (name: string, value: string) => (more.includes(name) ? [] : [name, value]);
    return this.waiver(
      'break-glass',
      ...more,
      ...given('--verdict', id),
      ...given('--reason', reason),
      ...given('--expires', '60m'),
      ...given('--key', mia.file),
    );
  }

  async entries(): Promise<number> {
    const { out } = await this.run(ledger, 'log', '--kind', 'break-glass', '--json');
    return (JSON.parse(out) as { entries: unknown[] }).entries.length;
  }

  async list(): Promise<readonly Listed[]> {
    const { out } = await this.waiver('list', '--json');
    return (JSON.parse(out) as { breakGlass: Listed[] }).breakGlass;
  }
}

interface Judged {
  readonly id: string;
  readonly verdict: string;
  readonly headline: string;
  readonly breakGlass: { readonly id: string; readonly by: string } | null;
  readonly findings: readonly { rule: string; standing: string; waivedBy: string | null }[];
  readonly score: unknown;
  readonly record: { readonly validUntil: string | null };
}

interface Listed {
  readonly id: string;
  readonly state: string;
  readonly review: string;
  readonly overdue: boolean;
  readonly event: { readonly reason: string };
  readonly reviewed: { readonly by: string } | null;
}

const reason = 'payments are down and this is the mend';
const looked = 'the outage was real, and tests followed in #43';

describe('an emergency from its beginning to its review', () => {
  const shop = new Shop('story');
  let held = '';
  let score: unknown;
  let glass = '';
  beforeAll(async () => {
    const judged = await shop.judged();
    expect(judged).toMatchObject({ code: exits.waiverRequired, json: { breakGlass: null } });
    held = judged.id;
    score = judged.json.score;
  });

  test('shows what it would let through before anything is signed', async () => {
    const dry = await shop.breaks(held, '--key', robin.file, '--dry-run');
    expect([dry.code, dry.err]).toEqual([exits.pass, '']);
    expect(dry.out).toContain('BREAK-GLASS: as @robin you alone let exactly this through');
    expect(dry.out).toMatch(
      /through {2}budget\.lines \(budget_limit\): The change counts 90 lines/,
    );
    expect(dry.out).toContain(shop.repository.git('rev-parse', 'feature').trim());
    expect(dry.out).toContain('2027-03-01 11:00 UTC');
    expect(dry.out).toContain('Nothing is signed');
    expect(await shop.entries()).toBe(0);
  });

  test('lets the head pass at once, also by its author, and says so everywhere', async () => {
    const done = await shop.breaks(held, '--key', robin.file);
    expect([done.code, done.err]).toEqual([exits.pass, '']);
    glass = /B-[0-9a-f]{16}/.exec(done.out)?.[0] ?? '';
    expect(done.out).toContain('arbiter verify main...feature');
    shop.now += minute;
    const { code: exit, json } = await shop.judged();
    expect(exit).toBe(exits.pass);
    expect(json).toMatchObject({ verdict: 'PASS', breakGlass: { id: glass, by: '@robin' } });
    expect(json.headline).toMatch(/^BREAK-GLASS by @robin alone: 1 finding let through until/);
    // An emergency makes no change better.
    expect(json.score).toEqual(score);
    expect(json.record.validUntil).toBe('2027-03-01T11:00:00.000Z');
    expect(json.findings).toContainEqual(
      expect.objectContaining({ rule: 'budget.lines', standing: 'waived', waivedBy: glass }),
    );
    expect(json.findings.filter(({ rule }) => rule.startsWith('waiver.break-glass'))).toMatchObject(
      [{ rule: 'waiver.break-glass', standing: 'warns' }],
    );
    const report = (await shop.run(verdict, 'show')).out;
    expect(report).toMatch(/^PASS {2}BREAK-GLASS by @robin alone/);
    expect(report).toContain(`alone let 1 finding of this head through`);
    expect((await shop.run(verdict, 'list')).out).toMatch(/^PASS.*BREAK-GLASS\nWAIVER REQUIRED/);
    expect((await shop.run(verdict, 'list')).out.match(/BREAK-GLASS/g)).toHaveLength(1);
  });

  test('is decided again from the record alone, byte for byte', async () => {
    expect(await shop.run(verdict, 'replay')).toMatchObject({ code: exits.pass });
    expect((await shop.run(ledger, 'verify')).code).toBe(exits.pass);
  });

  test('does not lift what nobody may waive: forged evidence fails the same head', async () => {
    const plea = join(place, 'plea.yaml');
    writeFileSync(plea, `version: 1\nchange_diff: |\n  diff --git a/x b/x\n  +y\n`);
    const ran = await shop.run(verify, 'main...feature', '--json', '--plea', plea);
    const json = JSON.parse(ran.out) as Judged;
    expect([ran.code, json.verdict, json.breakGlass?.id]).toEqual([exits.fail, 'FAIL', glass]);
    expect(json.findings[0]).toMatchObject({ rule: 'plea.diff-differs', standing: 'fails' });
    expect((await shop.run(verdict, 'replay')).code).toBe(exits.pass);
  });

  test('ends with a push: the next head is held again, and says why', async () => {
    const before = shop.repository.git('rev-parse', 'feature').trim();
    shop.repository.write('src/cart/more.ts', code(1));
    shop.repository.commit('One line more');
    const { json } = await shop.judged();
    expect(json.verdict).toBe('WAIVER_REQUIRED');
    const { out } = await shop.run(verdict, 'show');
    expect(out).toContain(`Break-glass ${glass} counts for nothing: it is for another head`);
    shop.repository.git('reset', '--quiet', '--hard', before);
  });

  test('ends with its time', async () => {
    shop.now = Date.parse('2027-03-01T11:00:00Z');
    const { json } = await shop.judged();
    expect(json).toMatchObject({ verdict: 'WAIVER_REQUIRED', breakGlass: null });
    expect((await shop.run(verdict, 'show')).out).toContain('counts for nothing: it has ended');
  });

  test('waits in the list for a review, and is overdue after a week', async () => {
    expect(await shop.list()).toMatchObject([
      { id: glass, state: 'ended', review: 'open', overdue: false, event: { reason } },
    ]);
    shop.now += 8 * day;
    expect(await shop.list()).toMatchObject([{ id: glass, review: 'open', overdue: true }]);
    const { out } = await shop.waiver('list');
    expect(out).toContain(`OVERDUE review: arbiter waiver review ${glass}`);
    expect(out).toContain('1 has waited longer than 7 days');
  });

  test.each([
    ['by whoever broke the glass', robin, 'is by the person who broke the glass'],
    ['by a stranger', stranger, 'does not list'],
  ])('is not reviewed %s', async (_, { file }, says) => {
    const ran = await shop.waiver('review', glass, '--reason', looked, '--key', file);
    expect([ran.code, ran.out]).toEqual([exits.usage, '']);
    expect(ran.err).toContain(says);
    expect(ran.err).toContain('Who may: a maintainer');
    expect(await shop.entries()).toBe(1);
  });

  test('is not reviewed without a reason, nor where the id is none', async () => {
    const short = await shop.waiver('review', glass, '--reason', 'fine', '--key', noor.file);
    expect(short.err).toContain('20 to 200 characters');
    const none = await shop.waiver('review', 'B-ffff', '--reason', looked, '--key', noor.file);
    expect(none.err).toContain('no break-glass event');
    const all = await shop.waiver('review', 'B-', '--reason', looked, '--key', noor.file);
    expect(all.err).toMatch(/too short/i);
    expect(await shop.entries()).toBe(1);
  });

  test('is closed by another maintainer, once', async () => {
    const close = ['review', glass.slice(0, 8), '--reason', looked, '--key', noor.file];
    expect((await shop.waiver(...close, '--dry-run')).out).toContain('Nothing is signed');
    expect((await shop.waiver(...close)).out).toContain(`${glass} is reviewed.`);
    expect(await shop.list()).toMatchObject([
      { id: glass, review: 'done', overdue: false, reviewed: { by: '@noor' } },
    ]);
    const listed = (await shop.waiver('list')).out.replaceAll(/\s+/g, ' ');
    expect(listed).toContain(`by @noor: ${looked}`);
    const again = await shop.waiver(...close);
    expect([again.code, again.out]).toEqual([exits.usage, '']);
    expect(again.err).toContain('was reviewed 2027-03-09');
    expect(await shop.entries()).toBe(2);
  });
});

describe('the glass does not break, nothing is recorded, and the way out is said', () => {
  const shop = new Shop('refusals');
  let held = '';
  beforeAll(async () => {
    held = (await shop.judged()).id;
  });

  test.each([
    [
      'for a maintainer who is not named',
      ['--key', noor.file],
      'does not name',
      'Who may: @mia, @robin',
    ],
    ['for a stranger', ['--key', stranger.file], 'does not list', 'Who may: @mia, @robin'],
    ['with a short reason', ['--reason', 'quick'], '5 characters', '20 to 200'],
    ['with a long reason', ['--reason', 'x'.repeat(201)], '201 characters', '20 to 200'],
    ['with a hidden reason', ['--reason', `${reason}\u202e`], 'text-turning', 'plain letters'],
    ['for longer than the policy allows', ['--expires', '3h'], '120 minutes', '--expires 120m'],
    ['for days', ['--expires', '7d'], 'minutes or hours', '--expires 60m'],
    ['for no time', ['--expires', '0m'], 'minutes or hours', '--expires 60m'],
    ['for an unknown verdict', ['--verdict', 'nope'], 'no verdict', 'arbiter verdict list'],
  ])('%s', async (_, more, says, next) => {
    const ran = await shop.breaks(held, ...more);
    expect([ran.code, ran.out]).toEqual([exits.usage, '']);
    expect(ran.err).toContain(says);
    expect(ran.err).toContain(next);
    expect(await shop.entries()).toBe(0);
  });

  test('once the policy of the target has changed since the verdict', async () => {
    shop.repository.git('switch', '--quiet', 'main');
    shop.repository.write('.caws/policy.yaml', policy(emergency.replace('120', '90')));
    shop.repository.commit('Shorter emergencies');
    shop.repository.git('switch', '--quiet', 'feature');
    const ran = await shop.breaks(held);
    expect([ran.code, ran.out]).toEqual([exits.usage, '']);
    expect(ran.err).toContain('has changed since verdict');
    expect(ran.err).toContain('arbiter verify main...feature');
  });

  test('under a policy that names nobody', async () => {
    const plain = new Shop('nobody', policy(''));
    const ran = await plain.breaks((await plain.judged()).id);
    expect([ran.code, ran.out]).toEqual([exits.usage, '']);
    expect(ran.err).toContain('names nobody for break_glass');
    expect(ran.err).toContain('arbiter waiver request GATE');
  });

  test('for a change that passes, and for one that fails', async () => {
    const other = new Shop('outcomes');
    const { repository } = other;
    repository.git('switch', '--quiet', 'main');
    repository.git('branch', '--quiet', '-D', 'feature');
    repository.branch('feature', 'Small', () => repository.write('src/cart/small.ts', code(2)));
    const passing = await other.breaks((await other.judged()).id);
    expect(passing.err).toContain('is PASS: there is nothing to let through');
    other.repository.write('src/cart/hidden.ts', "export const role = 'us\u202eer';\n");
    other.repository.commit('Hidden');
    const failed = await other.judged();
    expect(failed.json.verdict).toBe('FAIL');
    const failing = await other.breaks(failed.id);
    expect(failing.err).toContain('unicode.hidden');
    expect(failing.err).toContain('Mend these first');
    expect(await other.entries()).toBe(0);
  });

  test('for a change of the law itself, whose usual approvers decide', async () => {
    const law = new Shop('law');
    law.repository.branch('rules', 'Looser', () =>
      law.repository.write('.caws/policy.yaml', policy(emergency.replace('120', '1440'))),
    );
    const { out } = await law.run(verify, 'main...rules', '--json');
    const ran = await law.breaks((JSON.parse(out) as Judged).id);
    expect([ran.code, ran.out]).toEqual([exits.usage, '']);
    expect(ran.err).toContain('governance.change');
    expect(ran.err).toContain('arbiter waiver request governance');
  });
});
