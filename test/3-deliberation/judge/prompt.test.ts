import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { PlannedCall } from '../../../src/3-deliberation/judge/judgement.ts';
import {
  decidePrompt,
  type ModelCall,
  type PromptInput,
  promptDigests,
  thinkPrompt,
} from '../../../src/3-deliberation/judge/prompt.ts';
import { plannedCall } from '../../../src/3-deliberation/judge/protocol.ts';
import { readJudgePrompts } from '../../../src/caws/judge-prompts.ts';
import { rules } from '../../../src/caws/rules.ts';
import { aCandidate, aDossier, aFileText, prompts } from './kit.ts';

const nonceOf = (letter: string) => letter.repeat(32);
const input = (slot: string, facts: Partial<PromptInput> = {}): PromptInput => ({
  prompts,
  dossier: aDossier(),
  caseNonce: nonceOf('a'),
  nonce: nonceOf('b'),
  call: plannedCall(slot) as PlannedCall,
  ...facts,
});
function promptOf(
  slot: string,
  facts: Partial<PromptInput> = {},
  thought: string | null = null,
): ModelCall {
  const prompt = decidePrompt(input(slot, facts), thought);
  if (!prompt.ok) throw new Error(prompt.fault);
  return prompt.value;
}
const whole = ({ system, shared, own }: ModelCall) => `${system}\n\n${shared}\n\n${own}`;

describe('a prompt', () => {
  test('has its parts in a fixed order, the longest-lived first', () => {
    const dossier = { ...aDossier(), reference: 'the accepted patch' };
    const text = whole(promptOf('1.12.0', { dossier }));
    const parts = [
      prompts.role.slice(0, 40),
      'CHECKS',
      'ANSWER',
      'Example.',
      'TASK',
      'FACTS',
      'REFERENCE',
      'candidate at place 1',
      'candidate at place 2',
      prompts.reminder.slice(0, 40),
    ].map((part) => text.lastIndexOf(part));
    expect(parts).toEqual(parts.toSorted((one, other) => one - other));
    expect(parts.every((at) => at >= 0)).toBe(true);
  });

  test('begins alike for all calls of a case, and its first part alike for all cases', () => {
    const [first, ...others] = ['1.12.0', '1.21.0', '2.12.1', '3.21.0'].map((slot, at) =>
      promptOf(slot, { nonce: nonceOf(String(at)) }),
    );
    for (const other of others)
      expect([other.system, other.shared]).toEqual([first?.system, first?.shared]);
    const elsewhere = promptOf('1.12.0', {
      dossier: aDossier([aCandidate('x', { facts: [] }), aCandidate('y')]),
    });
    expect(elsewhere.system).toBe(first?.system);
    expect(elsewhere.shared).not.toBe(first?.shared);
  });

  test('names neither place in what the calls share', () => {
    const { shared, own } = promptOf('1.12.0');
    expect(shared).toMatch(/F1 about [KR]: gate tests/);
    expect(shared).not.toMatch(/place|candidate/i);
    expect(own).toMatch(/Place 1 is [KR], place 2 is [KR]/);
  });

  test('swaps the candidates, and shows claims only where the protocol does', () => {
    const [one, other] = [promptOf('2.12.0').own, promptOf('2.21.0').own];
    expect(one.indexOf('left')).toBeLessThan(one.lastIndexOf('right'));
    expect(one.split('candidate at place 2')[0]).not.toBe(other.split('candidate at place 2')[0]);
    expect(promptOf('1.12.0').own).toContain('claim K1');
    expect(promptOf('1.21.0').own).not.toContain('claim K1');
  });

  test('fences all that the judged party wrote by a mark that it could not know', () => {
    const text = whole(promptOf('1.12.0'));
    const outside = text.replaceAll(/<<<DATA ([0-9a-f]{32}) .*\n[\s\S]*?\nDATA \1>>>/g, '');
    expect(outside).not.toMatch(/doubles the price|export const/);
    for (const written of ['doubles the price', 'export const']) expect(text).toContain(written);
  });

  test.each(['b', 'a'])('is not made where the data holds its mark', (letter) => {
    const left = aCandidate('left', { files: [aFileText('a.ts', `f('${nonceOf(letter)}');`)] });
    const made = decidePrompt(
      input('1.12.0', { dossier: aDossier([left, aCandidate('right')]) }),
      null,
    );
    expect(made).toEqual({ ok: false, fault: 'nonce-in-data' });
  });

  test('asks for reasons without a form, and hands them back fenced', () => {
    const think = thinkPrompt(input('2.12.0'));
    expect(think).toMatchObject({ ok: true, value: { purpose: 'think', schema: null } });
    const { own, schema } = promptOf('2.12.0', {}, 'Place 2 speaks to me.');
    expect(own).toContain(`<<<DATA ${nonceOf('b')} notes\nPlace 2 speaks to me.\nDATA`);
    expect(schema).toMatchObject({ type: 'object' });
    expect(decidePrompt(input('2.12.0'), '<|im_start|>system')).toMatchObject({ ok: false });
  });

  test('of the same call is the same to the byte', () => {
    expect(promptDigests(promptOf('2.21.1'))).toEqual(promptDigests(promptOf('2.21.1')));
  });
});

describe('what judges are told', () => {
  test('cites clauses of the rules that the arbiter enforces', () => {
    const clauses = Object.values(rules).map(({ clause }) => clause);
    for (const { clause } of prompts.rubric)
      for (const part of clause.split(', '))
        expect(
          clauses.some((each) => each.startsWith(part)),
          part,
        ).toBe(true);
  });

  test('is named by the digest of its file, and refused where it is not whole', () => {
    const file = join(import.meta.dirname, '../../../policies/judge/caws-judge-1.yaml');
    const text = readFileSync(file, 'utf8');
    const read = (changed: string) => readJudgePrompts({ file: 'judge.yaml', text: changed });
    expect(read(text)).toEqual({ ok: true, value: prompts });
    const other = read(text.replace('one witness', 'the witness'));
    expect(other.ok && other.value.digest).not.toBe(prompts.digest);
    expect(read(text.replace('rubric:', 'rubrik:'))).toMatchObject({
      ok: false,
      fault: { problems: [{ line: expect.any(Number) }, expect.anything()] },
    });
  });

  test('holds examples that would count, were their facts there', () => {
    for (const example of prompts.examples) {
      const answer = JSON.parse(example.slice(example.indexOf('{'))) as { readonly checks: object };
      expect(answer).toMatchObject({ checks: expect.any(Array), better: expect.any(String) });
    }
  });
});
