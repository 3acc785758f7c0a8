import { lstat, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import type { FileUnreadable } from '../5-publication/named-fault-words.ts';
import { whoseText } from '../5-publication/policy-words.ts';
import { openRepository } from '../adapters/git/repository.ts';
import { textOfPlain, whyUnread } from '../adapters/plain-file.ts';
import { shippedPolicy } from '../adapters/shipped.ts';
import type { DocumentFault, LawText, OrganizationLaw } from '../caws/law.ts';
import type { Origin } from '../caws/policy-completion.ts';
import { type PolicyReading, readPolicy } from '../caws/read-policy.ts';
import { yamlBounds } from '../caws/yaml.ts';
import type { RepositoryFault } from '../ports.ts';
import { fail, ok, type Place, type Result } from '../primitives.ts';
import { type Branch, commitOf, defaultBranch, lawOf } from './branch.ts';
import { page } from './page.ts';
import { repositoryRoot } from './repository-root.ts';
import { stop } from './stop.ts';
import { exits, type World } from './world.ts';

/** Finds the policy to show; null where there is none, a fault where there is one that cannot be read. */
type PolicyLoader = (world: World) => Promise<LawText | DocumentFault | null>;

/**
 * `config show`: the effective policy and where each value comes from.
 *
 * @param load where the policy is read; the default is the work tree, since a person who edits the
 * policy wants to see what it would mean.
 */
export function command(world: World, load: PolicyLoader = workTreePolicy): Command {
  return new Command('show')
    .description('print the effective policy and where each value comes from')
    .option('--base [ref]', 'the policy of the branch that changes merge into, which judges them')
    .option(
      '--organization <file>',
      'with the policy of OWNER/.github, of which a checkout has FILE',
    )
    .option('--json', 'print one JSON object')
    .action(async ({ json, base, organization }: Options) => {
      const shown =
        base === undefined ? null : await branchNamed(world, base === true ? null : base);
      if (shown?.ok === false) return stop(world, shown.fault, json);
      const of = shown?.value ?? null;
      const source = of === null ? ok(await load(world)) : await policyOf(world, of);
      if (!source.ok) return stop(world, source.fault, json);
      const theirs = organization === undefined ? ok(undefined) : ownersLaw(world, organization);
      if (!theirs.ok) return stop(world, theirs.fault, json);
      const reading =
        source.value !== null && 'problems' in source.value
          ? ({ ok: false, fault: source.value } as const)
          : readPolicy(source.value, shippedPolicy(), theirs.value);
      if (!reading.ok) return refuse(world, reading.fault, json === true);
      if (json === true) world.out(policyJson(reading.value, of));
      else page(world, policyTable(reading.value, of));
      world.finish(exits.pass);
    });
}

interface Options {
  readonly json?: boolean;
  readonly base?: string | true;
  readonly organization?: string;
}

function ownersLaw(world: World, file: string): Result<OrganizationLaw, FileUnreadable> {
  try {
    const text = textOfPlain(resolve(world.directory, file));
    return ok({ repository: '.github', commit: null, policy: { file, text } });
  } catch (error) {
    return fail({
      kind: 'file-unreadable',
      file,
      option: '--organization',
      folder: world.directory,
      ...whyUnread(error),
    });
  }
}

/** @param named null: the branch that `arbiter verify` takes where none is named. */
async function branchNamed(
  world: World,
  named: string | null,
): Promise<Result<Branch, RepositoryFault>> {
  if (named === null) {
    const branch = await defaultBranch(world);
    if (!branch.ok) return branch;
    return branch.value === null ? fail({ kind: 'no-default-branch' }) : ok(branch.value);
  }
  const tip = await commitOf(world, named);
  if (tip === undefined) return fail({ kind: 'unknown-revision', revision: named, known: [] });
  return ok({ name: named, tip });
}

async function policyOf(
  world: World,
  branch: Branch,
): Promise<Result<LawText | null, RepositoryFault>> {
  const opened = await openRepository(world.directory, { env: world.env });
  if (!opened.ok) return opened;
  using repository = opened.value;
  const law = await lawOf(repository, branch);
  return law.ok ? ok(law.value.policy) : law;
}

function refuse(world: World, document: DocumentFault, json: boolean): void {
  if (json) stop(world, { kind: 'document-invalid', document }, true);
  else {
    world.err(faultLines(document));
    world.finish(exits.invalidDocument);
  }
}

/** One value of the effective policy. */
interface Row {
  readonly path: string;
  readonly value: unknown;
  readonly from: Origin['from'];
  readonly place: Place | null;
  /** Where else a part of the value stands. */
  readonly and: Place | null;
}

/** The effective policy as aligned lines: path, value, where it was written. Ends with a line end. */
function policyTable(reading: PolicyReading, of: Branch | null): string {
  const rows = rowsOf(reading);
  const cells = rows.flatMap((row) => linesOf(row));
  const pathWidth = widest(cells.map(([path]) => path));
  const valueWidth = Math.min(60, widest(cells.map(([, value]) => value)));
  const lines = cells.map(([path, value, origin]) =>
    `${path.padEnd(pathWidth)}  ${value.padEnd(valueWidth)}  ${origin}`.trimEnd(),
  );
  const notes = reading.notes.map(
    ({ line, column, message, hint }) =>
      `${printable(reading.source.file)}:${line ?? 1}:${column ?? 1} ${printable(message)} ${hint}`,
  );
  const tail = notes.length === 0 ? [] : ['', 'Read differently or not enforced:', ...notes];
  return `${[headOf(reading), whoseText(of), '', ...lines, ...tail].join('\n')}\n`;
}

/** The same as one JSON object: `{schema, base: {name, tip} | null, source, values: [{path, value, from, file, line, column}], notes}`. */
function policyJson(reading: PolicyReading, base: Branch | null): string {
  const values = rowsOf(reading).map(({ path, value, from, place }) => ({
    path,
    value,
    from,
    file: place?.file ?? null,
    line: place?.line ?? null,
    column: place?.column ?? null,
  }));
  const { source, notes } = reading;
  return `${JSON.stringify({ schema: 'caws-arbiter/policy-view@1', base, source, values, notes }, null, 2)}\n`;
}

function headOf({ source, policy }: PolicyReading): string {
  const mode = policy.mode === 'observe' ? ', observing only' : '';
  const digest = source.digest.slice(0, 'sha256:'.length + 12);
  if (source.kind === 'default' && source.organization === undefined)
    return `No policy here: the shipped default is in force${mode} (${digest})`;
  const { organization } = source;
  const own = `Policy ${printable(source.file)}, dialect ${source.dialect}${mode} (${digest})`;
  return organization === undefined || source.kind === 'organization'
    ? own
    : `${own}, and ${printable(organization.file)}: of each value the stricter one`;
}

function rowsOf({ effective, origins }: PolicyReading): readonly Row[] {
  const rows: Row[] = [];
  const visit = (value: unknown, path: string): void => {
    const origin = origins.get(path);
    if (origin === undefined && typeof value === 'object' && value !== null) {
      for (const [key, inner] of Object.entries(value))
        visit(inner, path === '' ? key : `${path}.${key}`);
      return;
    }
    rows.push({
      path,
      value,
      from: origin?.from ?? 'default',
      place: origin?.place ?? null,
      and: origin?.and ?? null,
    });
  };
  visit(effective, '');
  return rows;
}

/** A list of texts gets one line an entry, so that a person can read it; everything else is one line. */
function linesOf({
  path,
  value,
  from,
  place,
  and,
}: Row): readonly (readonly [string, string, string])[] {
  const origin =
    from === 'default' || place === null
      ? 'default'
      : [place, ...(and === null ? [] : [and])]
          .map(({ file, line }) => `${printable(file)}:${line ?? 1}`)
          .join(' and ');
  if (Array.isArray(value) && value.length > 1 && value.every((entry) => typeof entry === 'string'))
    return value.map((entry, index) => [
      index === 0 ? path : '',
      shown(entry),
      index ? '' : origin,
    ]);
  return [[path, shown(value), origin]];
}

function shown(value: unknown): string {
  return typeof value === 'string' ? printable(value) : printable(JSON.stringify(value));
}

function widest(cells: readonly string[]): number {
  return cells.reduce((most, cell) => Math.max(most, cell.length), 0);
}

function faultLines({ file, problems }: DocumentFault): string {
  const lines = problems.map(
    ({ rule, message, line, column, hint }) =>
      `${printable(file)}:${line ?? 1}:${column ?? 1} ${printable(message)} [${rule}]\n  ${hint}`,
  );
  const head = 'The policy cannot be used; nothing is judged by it and no default replaces it.';
  return `${head}\n${lines.join('\n')}\n`;
}

/** Control, direction and invisible characters as `\u{…}`, so that a document cannot rewrite the terminal. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `\\u{${code.toString(16)}}`;
  });
}

const policyFiles = ['.caws/policy.yaml', '.caws/policy/tier-policy.json'];

async function workTreePolicy(world: World): Promise<LawText | DocumentFault | null> {
  const root = repositoryRoot(world.directory) ?? world.directory;
  for (const file of policyFiles) {
    const path = join(root, file);
    const stats = await lstat(path).catch(() => null);
    if (stats === null) continue;
    if (!stats.isFile())
      return unreadable(file, 'it is not a plain file', 'Put a plain file there.');
    if (stats.size > yamlBounds.bytesMax) {
      const hint = `Keep it below ${yamlBounds.bytesMax} bytes.`;
      return unreadable(file, `it has ${stats.size} bytes`, hint);
    }
    try {
      const text = new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path));
      return { file, text };
    } catch (error) {
      const reason = error instanceof TypeError ? 'it is not UTF-8' : String(error);
      return unreadable(file, reason, 'Make it readable, UTF-8 text.');
    }
  }
  return null;
}

function unreadable(file: string, reason: string, hint: string): DocumentFault {
  const message = `the policy cannot be read: ${reason}`;
  const problem = { rule: 'policy.unreadable', severity: 'error', message, hint } as const;
  return { file, problems: [{ ...problem, line: null, column: null }] };
}
