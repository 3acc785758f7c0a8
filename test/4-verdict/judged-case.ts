/** A change that passes until a judge is heard, with texts that a judge may see. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { noPlea } from '../../src/1-pleading/plea.ts';
import type { Dossier } from '../../src/3-deliberation/judge/dossier.ts';
import type { Judgement } from '../../src/3-deliberation/judge/judgement.ts';
import type { CaseFile } from '../../src/4-verdict/case.ts';
import { changeDossier } from '../../src/4-verdict/change-dossier.ts';
import { type Hearing, hear } from '../../src/4-verdict/hearing.ts';
import { conclude, weighWithoutJudge } from '../../src/4-verdict/judge.ts';
import type { Verdict, VerdictRecord } from '../../src/4-verdict/verdict.ts';
import { RULE_SET } from '../../src/caws/rules.ts';
import type { ObjectId, VerdictId } from '../../src/primitives.ts';
import { aChange, aFile, digestOf, now, sha } from '../2-examination/case.ts';

const root = join(import.meta.dirname, '../..');
const shipped = {
  file: 'policies/default.policy.yaml',
  text: readFileSync(join(root, 'policies/default.policy.yaml'), 'utf8'),
};
/** `judge:` as the policy writes it; '' asks for none. */
export const judgedPolicy = (judge: string): string => `version: 1
risk_tiers:
  1: { max_files: 5, max_loc: 100 }
  2: { max_files: 10, max_loc: 200, max_bytes: 200000 }
waivers: { approvers: ['@mia', '@noor'] }
${judge === '' ? '' : `judge: ${judge}\n`}`;
const specText = `id: FEAT-1
title: Prices are right
risk_tier: 2
mode: feature
lifecycle_state: active
blast_radius: { modules: [src], data_migration: false }
scope: { in: [src, test], out: [] }
invariants: [it stays so]
acceptance: [{ id: A1, given: a, when: b, then: the total is the sum }]
non_functional: {}
contracts: [{ name: cart, type: api, path: src/a.ts }]
`;
export const verdictId = '01890a5d-ac96-774b-bcce-b302099a8057' as VerdictId;
export const caseDigest = digestOf('case');

export interface JudgedFacts extends Partial<CaseFile> {
  /** `{ role: advisory }` where left out. */
  readonly judge?: string;
  /** Paths and new texts; ten lines each to the budget. */
  readonly files?: readonly (readonly [path: string, text: string])[];
  readonly lines?: number;
}

export interface JudgedCase {
  readonly file: CaseFile;
  readonly hearing: Hearing;
  readonly dossier: Dossier;
  /** What everything but a judge comes to. */
  readonly without: Verdict;
  /** The record with what a judge said, or without a judge. */
  readonly record: (judgement?: Judgement) => VerdictRecord;
}

export function aJudgedCase(facts: JudgedFacts = {}): JudgedCase {
  const {
    judge = '{ role: advisory }',
    files = [['src/price.ts', 'price();\n']],
    lines,
    ...rest
  } = facts;
  const texts = new Map<ObjectId, Uint8Array>();
  const changed = files.map(([path, text]) => {
    const file = aFile(path, {
      blobBefore: null,
      status: 'added',
      ...(lines === undefined ? {} : { lines }),
    });
    texts.set(file.blobAfter as ObjectId, new TextEncoder().encode(text));
    return file;
  });
  const file: CaseFile = {
    schema: 'caws-arbiter/case@1',
    recordForm: 2,
    tool: { version: '0.1.0', rules: RULE_SET },
    at: now,
    change: aChange({ files: changed, head: sha('head') }),
    law: {
      policy: { file: '.caws/policy.yaml', text: judgedPolicy(judge) },
      specs: [{ file: '.caws/specs/FEAT-1.yaml', text: specText }],
      waivers: [],
      trustedKeys: null,
      allowedSigners: null,
    },
    shipped,
    plea: noPlea,
    pleaSigns: [],
    pleaFault: null,
    diff: { kind: 'absent' },
    specNamed: null,
    branches: ['42'],
    waiverEvents: [],
    waiverUses: {},
    history: { changes: [] },
    answers: [],
    ...rest,
  };
  const hearing = hear(file);
  if (!hearing.ok) throw new Error(JSON.stringify(hearing.fault));
  const unjudged = weighWithoutJudge(hearing.value, file);
  const dossier = changeDossier({ hearing: hearing.value, file, unjudged, texts });
  return {
    file,
    hearing: hearing.value,
    dossier,
    without: unjudged.verdict,
    record: (judgement) =>
      conclude(hearing.value, judgement === undefined ? file : { ...file, judgement }, {
        id: verdictId,
        caseDigest,
      }),
  };
}

/** Which side of the dossier the change is. */
export const changeSide = ({ candidates }: Dossier): 0 | 1 =>
  candidates[0].id === 'change' ? 0 : 1;
