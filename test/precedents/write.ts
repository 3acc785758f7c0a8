import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CaseFile } from '../../src/4-verdict/case.ts';
import { openLedger } from '../../src/adapters/store-sqlite/ledger.ts';
import { RULE_SET } from '../../src/caws/rules.ts';
import { canonicalJson } from '../../src/ledger/canonical.ts';
import { Story } from '../stories/story.ts';
import { type Precedent, precedents } from './cases.ts';
import { type Outcome, outcomeOf } from './judged.ts';

const folder = import.meta.dirname;

/**
 * `node test/precedents/write.ts [--unreleased]`: tells every story again and writes what was decided.
 * What a released rule set decided is not overwritten: raise RULE_SET, or say that it is unreleased.
 */
async function writeAll(unreleased: boolean): Promise<void> {
  const changed: string[] = [];
  for (const precedent of precedents) {
    const file = await caseOf(precedent);
    const outcome = outcomeOf(file);
    const before = outcomeBefore(precedent.name);
    const same = before !== null && before.recordDigest === outcome.recordDigest;
    if (before !== null && !same) {
      changed.push(`${precedent.name}: ${before.verdict} -> ${outcome.verdict}`);
      if (before.rules === RULE_SET && !unreleased) continue;
    }
    writeCase(precedent.name, file, outcome);
  }
  for (const name of readdirSync(folder, { withFileTypes: true }))
    if (name.isDirectory() && !precedents.some((precedent) => precedent.name === name.name))
      rmSync(join(folder, name.name), { recursive: true });
  for (const line of changed) console.log(line);
  console.log(`${precedents.length} precedents, ${changed.length} changed`);
  if (changed.length > 0 && !unreleased) {
    console.log('Raise RULE_SET in src/caws/rules.ts, or, if it was never released: --unreleased');
    process.exitCode = 1;
  }
}

/** The inputs of the last verdict, without what depends on the machine and the version. */
async function caseOf(precedent: Precedent): Promise<CaseFile> {
  using story = new Story(precedent.start);
  await precedent.tell(story);
  const { caseDigest } = await story.record();
  const opened = await openLedger({ file: story.ledgerFile, access: 'read', anchors: [] });
  if (!opened.ok) throw new Error(`${precedent.name}: ${opened.fault.kind}`);
  await using ledger = opened.value;
  const blob = await ledger.blob(caseDigest);
  if (!blob.ok || blob.value === null) throw new Error(`${precedent.name}: the case file is gone`);
  const file = JSON.parse(Buffer.from(blob.value).toString('utf8')) as CaseFile;
  return {
    ...file,
    tool: { ...file.tool, version: '0.0.0' },
    answers: file.answers.map((answer) => ({ ...answer, durationMs: 0 })),
  };
}

function outcomeBefore(name: string): Outcome | null {
  const file = join(folder, name, 'expected.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Outcome) : null;
}

function writeCase(name: string, file: CaseFile, outcome: Outcome): void {
  const canonical = canonicalJson(file);
  if (!canonical.ok) throw new Error(`${name}: not canonical`);
  mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, name, 'case.json'), `${canonical.value}\n`);
  writeFileSync(join(folder, name, 'expected.json'), `${JSON.stringify(outcome, null, 2)}\n`);
}

if (import.meta.main) await writeAll(process.argv.includes('--unreleased'));
