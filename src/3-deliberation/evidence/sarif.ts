import { ok, type Result } from '../../primitives.ts';
import { asArray, asObject, type JsonObject, own, readJsonObject } from './json.ts';
import {
  type EvidenceFault,
  evidenceBounds,
  type Measured,
  type Report,
  unreadable,
} from './measured.ts';

interface Tally {
  findings: number;
  suppressed: number;
  results: number;
}

/**
 * SARIF 2.1.0. Counted is every result at level error or warning, its own or its rule's.
 *
 * A suppressed result counts as well: a suppression in the source is the judged party's own word,
 * and one in the report cannot be told from it. A run without results, with results kept in other
 * files, or whose tool says that it failed, shows nothing.
 */
export function readSarif(report: Report): Result<Measured, EvidenceFault> {
  const read = readJsonObject(report);
  if (!read.ok) return read;
  if (own(read.value, 'version') !== '2.1.0')
    return unreadable(report, 'wrong-shape', 'version is not 2.1.0');
  const runs = asArray(own(read.value, 'runs'));
  if (runs === undefined) return unreadable(report, 'wrong-shape', 'no runs');
  if (runs.length === 0) return unreadable(report, 'nothing-measured', 'no tool was run');
  const tally: Tally = { findings: 0, suppressed: 0, results: 0 };
  for (const run of runs) {
    const refusal = addRun(report, asObject(run), tally);
    if (refusal !== undefined) return refusal;
  }
  const { findings, suppressed } = tally;
  return ok({ kind: 'security', findings, suppressed, runs: runs.length });
}

type Refusal = { readonly ok: false; readonly fault: EvidenceFault };

function addRun(report: Report, run: JsonObject | undefined, tally: Tally): Refusal | undefined {
  if (run === undefined) return unreadable(report, 'wrong-shape', 'a run that is not an object');
  const unfinished = unfinishedBecause(run);
  if (unfinished !== undefined) return unreadable(report, 'incomplete', unfinished);
  const results = asArray(own(run, 'results'));
  if (results === undefined) return unreadable(report, 'incomplete', 'a run without results');
  tally.results += results.length;
  if (tally.results > evidenceBounds.entriesMax)
    return unreadable(report, 'too-large', `over ${evidenceBounds.entriesMax} results`);
  const levels = ruleLevels(run);
  for (const value of results) {
    const result = asObject(value);
    if (result === undefined)
      return unreadable(report, 'wrong-shape', 'a result that is not an object');
    const level = levelOf(result, levels);
    if (level === undefined) return unreadable(report, 'wrong-shape', 'a result of unknown level');
    // A result that the tool no longer finds is listed for comparison only.
    if (level === 'note' || level === 'none' || own(result, 'baselineState') === 'absent') continue;
    tally.findings += 1;
    if ((asArray(own(result, 'suppressions')) ?? []).length > 0) tally.suppressed += 1;
  }
  return undefined;
}

function unfinishedBecause(run: JsonObject): string | undefined {
  const invocations = asArray(own(run, 'invocations')) ?? [];
  for (const value of invocations) {
    const invocation = asObject(value) ?? {};
    if (own(invocation, 'executionSuccessful') !== true) return 'the tool says that it failed';
    const notes = asArray(own(invocation, 'toolExecutionNotifications')) ?? [];
    if (notes.some((note) => own(asObject(note) ?? {}, 'level') === 'error'))
      return 'the tool reports errors of its own';
  }
  const elsewhere = asObject(own(run, 'externalPropertyFileReferences'));
  return elsewhere && own(elsewhere, 'results') !== undefined
    ? 'results are kept in another file'
    : undefined;
}

interface RuleLevels {
  readonly byId: ReadonlyMap<string, string>;
  readonly byIndex: readonly (string | undefined)[];
}

/** The levels that rules of the tool's driver declare; rules of extensions keep the standard's default. */
function ruleLevels(run: JsonObject): RuleLevels {
  const tool = asObject(own(run, 'tool'));
  const driver = tool && asObject(own(tool, 'driver'));
  const rules = (driver && asArray(own(driver, 'rules'))) ?? [];
  const byId = new Map<string, string>();
  const byIndex = rules.map((value) => {
    const rule = asObject(value) ?? {};
    const configuration = asObject(own(rule, 'defaultConfiguration'));
    const level = configuration && own(configuration, 'level');
    const id = own(rule, 'id');
    if (typeof level !== 'string') return undefined;
    if (typeof id === 'string' && !byId.has(id)) byId.set(id, level);
    return level;
  });
  return { byId, byIndex };
}

const levelNames = new Set(['none', 'note', 'warning', 'error']);
const harmlessKinds = new Set<unknown>(['pass', 'notApplicable', 'informational']);

/** @returns undefined for a level the standard does not have. */
function levelOf(result: JsonObject, levels: RuleLevels): string | undefined {
  const stated = own(result, 'level');
  if (stated !== undefined)
    return typeof stated === 'string' && levelNames.has(stated) ? stated : undefined;
  if (harmlessKinds.has(own(result, 'kind'))) return 'none';
  const rule = asObject(own(result, 'rule'));
  // A rule of an extension is looked up nowhere else: the standard's default for it is stricter.
  if (rule && own(rule, 'toolComponent') !== undefined) return 'warning';
  const index = own(result, 'ruleIndex') ?? (rule && own(rule, 'index'));
  const id = own(result, 'ruleId') ?? (rule && own(rule, 'id'));
  const level =
    (typeof index === 'number' ? levels.byIndex[index] : undefined) ??
    (typeof id === 'string' ? levels.byId.get(id) : undefined) ??
    'warning';
  return levelNames.has(level) ? level : undefined;
}
