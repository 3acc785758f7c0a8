import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { judge } from '../../src/4-verdict/judge.ts';
import { command as verify } from '../../src/cli/verify.ts';
import { canonicalJson } from '../../src/ledger/canonical.ts';
import type { Digest, VerdictId } from '../../src/primitives.ts';
import { precedents } from '../precedents/cases.ts';
import { coverageGate, lcov, policy } from '../stories/documents.ts';
import { Story } from '../stories/story.ts';

// A story starts git dozens of times, and a busy machine takes its time.

const schemaAt = (name: string) =>
  JSON.parse(
    readFileSync(new URL(`../../policies/schema/${name}.schema.json`, import.meta.url), 'utf8'),
  ) as { readonly $id: string; readonly title: string };

const names = ['verdict', 'verify', 'error'] as const;
const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true });
for (const name of names) ajv.addSchema(schemaAt(name));

function problemsOf(name: (typeof names)[number], value: unknown): unknown {
  const validate = ajv.getSchema(schemaAt(name).$id);
  if (validate === undefined) throw new Error(`no schema ${name}`);
  return validate(value) === true ? null : validate.errors;
}

describe('machine output keeps its published schema', () => {
  test('of every kind of verdict', async () => {
    using story = new Story({ law: { '.caws/policy.yaml': policy(coverageGate) } });
    story.worker.exceeds('lines');
    const reports = dirname(story.beside('reports/lcov.info', lcov(80)));
    for (const options of [[], ['--evidence', reports], ['--spec', 'NONE-1']]) {
      await story.verdict('--json', ...options);
      const printed = JSON.parse(story.said.out) as { readonly record: unknown };
      expect(problemsOf('verify', printed)).toBeNull();
      expect(problemsOf('verdict', printed.record)).toBeNull();
    }
    await story.maintainer.waives('budget_limit');
    await story.verdict('--json', '--evidence', reports);
    expect(problemsOf('verify', JSON.parse(story.said.out))).toBeNull();
  });

  test('of every precedent', () => {
    for (const { name } of precedents) {
      const file = JSON.parse(
        readFileSync(new URL(`../precedents/${name}/case.json`, import.meta.url), 'utf8'),
      );
      const record = judge(file, {
        id: '01a40088-0000-7000-8000-000000000001' as VerdictId,
        caseDigest: `sha256:${'0'.repeat(64)}` as Digest,
      });
      expect(record.ok && problemsOf('verdict', record.value), name).toBeNull();
    }
  });

  test('of an error', async () => {
    using story = new Story();
    const ended = await story.runs(verify, 'main...nowhere', '--json');
    expect(ended.code).toBe(2);
    expect(problemsOf('error', JSON.parse(ended.out))).toBeNull();
  });

  test('and each schema names what it is of in its title and in a const', () => {
    for (const name of names) {
      const { title } = schemaAt(name);
      expect(title.startsWith(`caws-arbiter/${name}@1: `), title).toBe(true);
    }
  });
});

test('next actions hold the exact command, and it works as it stands', async () => {
  using story = new Story();
  story.worker.exceeds('lines');
  await story.verdict('--json');
  const { next_actions: actions, id } = JSON.parse(story.said.out) as {
    readonly id: string;
    readonly next_actions: readonly { readonly command: string | null }[];
  };
  const commands = actions.flatMap(({ command }) => command ?? []);
  expect(commands).toEqual([
    `arbiter waiver request budget_limit --verdict ${id} --reason "…" --expires 7d`,
  ]);
});

test('no next action asks for what nobody can answer', async () => {
  using story = new Story({ without: ['.caws/trusted-keys.yaml'] });
  story.worker.exceeds('lines');
  await story.verdict('--json');
  const { next_actions: actions } = JSON.parse(story.said.out);
  expect(actions).toContainEqual({
    rule: 'budget.lines',
    action: expect.stringContaining(
      'until .caws/trusted-keys.yaml of the target names a maintainer',
    ),
    command: null,
  });
  expect(story.said.out).not.toContain('waiver request');
});

test('a note says that uncommitted changes are not judged, and that a key was made', async () => {
  using story = new Story();
  delete story.env['CAWS_ARBITER_KEY'];
  story.worker.stays();
  story.handsOf(story.author).writes('src/cart/total.ts', 'not committed\n');
  expect(await story.verdict()).toBe('PASS');
  expect(story.said.err).toContain('the work tree holds changes that no commit has');
  expect(story.said.err).toContain('made a signing key for this machine');
  await story.verdict();
  expect(story.said.err).not.toContain('made a signing key');
});

test('with --json stderr carries notes at most, so that both streams may be read together', async () => {
  using story = new Story();
  story.worker.stays();
  await story.verdict('--json');
  expect(story.said.err).toBe('');
  expect(canonicalJson(JSON.parse(story.said.out)).ok).toBe(true);
});
