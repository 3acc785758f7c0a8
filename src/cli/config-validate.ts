import {
  closeSync,
  constants,
  type Dirent,
  fstatSync,
  openSync,
  readdirSync,
  readSync,
} from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { Command, Option } from 'commander';
import { shippedPolicy } from '../adapters/shipped.ts';
import {
  type DocumentFinding,
  type DocumentReport,
  type InspectionInput,
  inspectDocument,
} from '../caws/conformance/inspect.ts';
import { chainBytesMax } from '../caws/conformance/reading.ts';
import { kindOf } from '../caws/dialect.ts';
import type { DocumentProblem, LawText } from '../caws/law.ts';
import { readPolicy } from '../caws/read-policy.ts';
import { readSpec } from '../caws/read-spec.ts';
import { readWaivers } from '../caws/read-waiver.ts';
import { readTrustedKeys } from '../caws/trusted-keys.ts';
import { fail, ok, type Result } from '../primitives.ts';
import { errorJson } from './error-json.ts';
import { repositoryRoot } from './repository-root.ts';
import { stop } from './stop.ts';
import { exits, type World } from './world.ts';

interface ValidateOptions {
  readonly dialect: InspectionInput['dialect'];
  readonly strict?: true;
  readonly json?: true;
}

/** Beside the documents that published tools know stands the one that is ours alone. */
type Report = Omit<DocumentReport, 'kind'> & {
  readonly kind: DocumentReport['kind'] | 'trusted-keys';
};

/** A `.caws` folder with more files than this is no place for documents. */
const filesMax = 10_000;

/**
 * `config validate [FILE...]`: what the published tools and the arbiter hold against documents.
 * Results go to stdout. Exit 0 all valid, 5 some invalid, 2 something could not be read.
 */
export function command(world: World): Command {
  return new Command('validate')
    .description('check CAWS documents: policy, specs, waivers, provenance')
    .argument('[files...]', 'documents; without any, all under .caws')
    .addOption(
      new Option('--dialect <name>', 'judge by this published dialect')
        .choices(['auto', '2025', '10', '11'])
        .default('auto'),
    )
    .option('--strict', 'a warning makes a file invalid, too')
    .option('--json', 'one JSON object a line, one line a file')
    .action((files: readonly string[], options: ValidateOptions) => {
      // The documents that bind stand at the root, wherever in the repository somebody works.
      const root = repositoryRoot(world.directory) ?? world.directory;
      const listed = { files, faults: [] };
      validate(world, files.length > 0 ? listed : documentsUnder(root, world.directory), options);
    });
}

function validate(world: World, { files, faults }: Listing, options: ValidateOptions): void {
  const json = options.json === true;
  if (files.length === 0 && faults.length === 0) {
    stop(
      world,
      {
        kind: 'no-documents',
        directory: join(repositoryRoot(world.directory) ?? world.directory, '.caws'),
      },
      json,
    );
    return;
  }
  for (const fault of faults) sayUnreadable(world, fault, json);
  let unreadable = faults.length;
  let invalid = 0;
  for (const file of files) {
    const bytes = readBounded(resolve(world.directory, file));
    if (!bytes.ok) {
      unreadable += 1;
      sayUnreadable(world, { file, reason: bytes.fault }, json);
      continue;
    }
    const report = inspect({ file, bytes: bytes.value, dialect: options.dialect });
    const valid = isValid(report, options.strict === true);
    if (!valid) invalid += 1;
    world.out(json ? `${JSON.stringify(report)}\n` : sentences(report, valid));
  }
  if (!json && files.length > 1)
    world.out(`${files.length} files, ${invalid} invalid, ${unreadable} not read\n`);
  if (unreadable > 0) world.finish(exits.usage);
  else world.finish(invalid > 0 ? exits.invalidDocument : exits.pass);
}

interface Listing {
  readonly files: readonly string[];
  readonly faults: readonly Unreadable[];
}

/** A file or folder that could not be looked at, and why. */
interface Unreadable {
  readonly file: string;
  readonly reason: string;
}

function sayUnreadable(world: World, { file, reason }: Unreadable, json: boolean): void {
  const text = `${printable(file)}: ${reason}\n`;
  const fault = { kind: 'document-unreadable', file };
  if (json) world.out(errorJson(world, 'usage', fault, text));
  else world.err(text);
}

/** Files under `.caws` of the root that CAWS gives a meaning by their name, as paths from the directory. */
function documentsUnder(root: string, directory: string): Listing {
  const files: string[] = [];
  const faults: Unreadable[] = [];
  const walk = (folder: string): void => {
    const entries = entriesOf(folder);
    if (!entries.ok) faults.push({ file: relative(directory, folder), reason: entries.fault });
    for (const entry of entries.ok ? entries.value : []) {
      if (files.length > filesMax) return;
      const path = join(folder, entry.name);
      const file = relative(directory, path).replaceAll('\\', '/');
      if (entry.isDirectory()) walk(path);
      else if (kindOf(file, undefined) !== 'unknown' || isTrustedKeys(file)) files.push(file);
    }
  };
  walk(join(root, '.caws'));
  if (files.length > filesMax)
    faults.push({
      file: '.caws',
      reason: `holds more than ${filesMax} documents; name those to check`,
    });
  return { files: files.slice(0, filesMax).sort(), faults };
}

function entriesOf(folder: string): Result<readonly Dirent[], string> {
  try {
    return ok(readdirSync(folder, { withFileTypes: true }));
  } catch (error) {
    const code = codeOf(error);
    return code === 'ENOENT' ? ok([]) : fail(`cannot be listed (${code})`);
  }
}

function codeOf(error: unknown): string {
  return (error as { readonly code?: string }).code ?? 'unknown reason';
}

/** Links are not followed and pipes not waited for: what git holds in their place is no document. */
const openFlags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** Never more than the bound and one byte: a device or a growing file must not fill the memory. */
function readBounded(path: string): Result<Uint8Array, string> {
  let handle: number | undefined;
  try {
    handle = openSync(path, openFlags);
    const status = fstatSync(handle);
    if (!status.isFile()) return fail('is not a regular file');
    const size = Math.min(status.size, chainBytesMax) + 1;
    const bytes = new Uint8Array(size);
    let read = 0;
    for (let got = -1; got !== 0 && read < size; read += got)
      got = readSync(handle, bytes, read, size - read, null);
    return ok(bytes.subarray(0, read));
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT') return fail('there is no such file');
    if (code === 'ELOOP') return fail('is not a regular file');
    return fail(`cannot be read (${code})`);
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
}

/**
 * Our own dialect is read by our own reader alone, which is stricter than any form. Any other document is read
 * by it as well: one that no verdict could be given under is not called valid.
 */
function inspect(input: InspectionInput): Report {
  if (isTrustedKeys(input.file)) return inspectTrustedKeys(input);
  const report = inspectDocument(input);
  const isOurs = report.dialect === 'arbiter';
  if (!isOurs && report.findings.some(({ severity }) => severity === 'error')) return report;
  const source = { file: input.file, text: new TextDecoder().decode(input.bytes) };
  const problems = problemsOf(report.kind, source);
  return { ...report, findings: [...report.findings, ...problems.map(asFinding)] };
}

/** Why a document of the law cannot be taken as such. */
function problemsOf(kind: DocumentReport['kind'], source: LawText): readonly DocumentProblem[] {
  const read =
    kind === 'policy'
      ? readPolicy(source, shippedPolicy())
      : kind === 'waiver'
        ? readWaivers(source)
        : kind === 'spec'
          ? readSpec(source)
          : null;
  return read === null || read.ok ? [] : read.fault.problems;
}

/** The list of trusted keys is ours alone: no published tool has one. */
function isTrustedKeys(file: string): boolean {
  return /(?:^|\/)trusted-keys\.ya?ml$/.test(file);
}

function inspectTrustedKeys({ file, bytes }: InspectionInput): Report {
  const read = readTrustedKeys({ file, text: new TextDecoder().decode(bytes) });
  return {
    file,
    kind: 'trusted-keys',
    dialect: 'arbiter',
    conforms: { '2025': false, '10': false, '11': false },
    findings: (read.ok ? [] : read.fault.problems).map(asFinding),
  };
}

function asFinding(problem: DocumentProblem): DocumentFinding {
  return { ...problem, line: problem.line ?? 1, column: problem.column ?? 1 };
}

function isValid(report: Report, strict: boolean): boolean {
  const conforms = report.dialect === 'arbiter' || report.conforms[report.dialect];
  return (
    conforms &&
    !report.findings.some(
      ({ severity }) => severity === 'error' || (strict && severity === 'warning'),
    )
  );
}

function sentences(report: Report, valid: boolean): string {
  const { kind, dialect, findings } = report;
  const file = printable(report.file);
  const published = (['2025', '10', '11'] as const).filter((name) => report.conforms[name]);
  const accepted = published.length === 0 ? 'none' : published.join(', ');
  const head = `${valid ? 'ok     ' : 'INVALID'} ${file}  ${kind}, dialect ${dialect}, accepted by: ${accepted}\n`;
  const lines = findings.map(
    ({ line, column, severity, rule, message, hint }) =>
      `  ${file}:${line}:${column} ${severity} ${rule}\n      ${message}\n      ${hint}\n`,
  );
  return head + lines.join('');
}

/** A file name is a stranger's text: what would steer a terminal is escaped. */
function printable(name: string): string {
  return name.replace(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
}
