import { describe, expect, test } from 'vitest';
import { evidenceFolder } from '../../../src/adapters/gates/evidence-folder.ts';
import { gateRunner } from '../../../src/adapters/gates/gate-runner.ts';
import { localCommands } from '../../../src/adapters/gates/local-commands.ts';
import type { GateRunner } from '../../../src/ports.ts';
import type { CommitSha } from '../../../src/primitives.ts';
import {
  byCommand,
  byFile,
  digestOf,
  passingReport,
  planned,
  repositoryOf,
  temporaryFolder,
  write,
} from './scene.ts';

interface Stage {
  readonly repository: string;
  readonly evidence: string;
}

const implementations: readonly (readonly [string, (stage: Stage) => GateRunner])[] = [
  ['evidence folder', ({ evidence }) => evidenceFolder({ directory: evidence, references: [] })],
  [
    'local commands',
    ({ repository }) =>
      localCommands({ repository, cores: 2, sandbox: async () => ({ kind: 'none' }) }),
  ],
  [
    'both',
    ({ repository, evidence }) =>
      gateRunner({
        evidenceDirectory: evidence,
        references: [],
        runGates: { repository, cores: 2, sandbox: async () => ({ kind: 'none' }) },
      }),
  ],
  ['neither', () => gateRunner({ evidenceDirectory: null, references: [], runGates: null })],
];

const print = [process.execPath, '-e', ''];
const gates = [
  planned('file', byFile('junit.xml')),
  planned('command', byCommand(print)),
  planned('check', { by: 'check', name: 'x', appId: 1, workflow: null }),
  planned('nowhere', byFile('absent.xml')),
  planned('escapes', byFile('../junit.xml')),
  planned('no-program', byCommand(['/nonexistent/program'])),
  planned('hostile-report', byCommand(print, '../../x')),
];

describe.each(implementations)('the contract of a gate runner: %s', (_, make) => {
  test('one answer for every gate asked, in their order, without throwing; others are not answered', async () => {
    using folder = temporaryFolder();
    using evidence = temporaryFolder();
    const head = repositoryOf(folder.path, { a: '' });
    write(evidence.path, { 'junit.xml': passingReport });
    const runner = make({ repository: folder.path, evidence: evidence.path });
    const answers = await runner.answer(gates, { base: head, head }, () => {});
    expect(answers.map(({ gate }) => gate)).toEqual(gates.map(({ gate }) => gate.id));
    for (const answer of answers) {
      expect(answer).toMatchObject({ durationMs: expect.any(Number) });
      if (answer.state === 'answered')
        for (const { digest, text } of answer.evidence) expect(digest).toBe(digestOf(text));
    }
    expect(answers.find(({ gate }) => gate === 'check')).toMatchObject({ state: 'missing' });
    expect(await runner.answer([], { base: head, head }, () => {})).toEqual([]);
  });

  test('a repository that is none, and a folder that is none, are answers', async () => {
    using empty = temporaryFolder();
    const nowhere = `${empty.path}/none`;
    const head = '0'.repeat(40) as CommitSha;
    const runner = make({ repository: nowhere, evidence: nowhere });
    const answers = await runner.answer(gates, { base: head, head }, () => {});
    expect(answers).toHaveLength(gates.length);
    expect(answers.filter(({ state }) => state === 'answered')).toEqual([]);
  });
});

test('a report that was given is not run again, and a forged one is not run over', async () => {
  using folder = temporaryFolder();
  using evidence = temporaryFolder();
  const head = repositoryOf(folder.path, { a: '' });
  write(evidence.path, { 'good.xml': passingReport, 'forged.xml': passingReport });
  const fails = [process.execPath, '-e', 'process.exit(1)'];
  const answers = await gateRunner({
    evidenceDirectory: evidence.path,
    references: [{ name: 'forged', file: 'forged.xml', digest: digestOf('honest') }],
    runGates: { repository: folder.path, cores: 2, sandbox: async () => ({ kind: 'none' }) },
  }).answer(
    [
      planned('good', byCommand(fails, 'good.xml')),
      planned('forged', byCommand(fails, 'forged.xml')),
      planned('absent', byCommand(fails, 'absent.xml')),
    ],
    { base: head, head },
    () => {},
  );
  expect(answers).toMatchObject([
    { state: 'answered', exitCode: null },
    { state: 'digest-differs' },
    { state: 'answered', exitCode: 1 },
  ]);
});
