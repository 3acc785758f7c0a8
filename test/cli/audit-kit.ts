import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { command as audit } from '../../src/cli/audit.ts';
import { policy } from '../stories/documents.ts';
import { arbiterListed, kim, robin, sam, trustedKeys } from '../stories/people.ts';
import { type Said, Story } from '../stories/story.ts';

const schema = new URL('../../policies/schema/audit.schema.json', import.meta.url);
const keepsSchema = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(
  JSON.parse(readFileSync(schema, 'utf8')) as object,
);

/** One commit as `arbiter audit --json` tells of it. */
export interface Row {
  readonly commit: string;
  readonly state: string;
  readonly fault: string | null;
  readonly way: string | null;
  readonly namedBy: string | null;
  readonly landedWith: string | null;
  readonly noteSays: string | null;
  readonly verdict: string | null;
  readonly next: string | null;
}

export interface Audited extends Said {
  /** Newest first. */
  readonly rows: readonly Row[];
  /** Of the newest commit. */
  readonly newest: Row;
}

/** A branch whose line grows by real merges, and whoever may push to it. */
export class Branch implements Disposable {
  readonly story: Story;
  #changes = 0;

  constructor(law: Readonly<Record<string, string>> = {}, without: readonly string[] = []) {
    this.story = new Story({
      law: {
        '.caws/policy.yaml': policy(),
        '.caws/trusted-keys.yaml': trustedKeys([sam, kim]) + arbiterListed,
        ...law,
      },
      without,
    });
  }

  [Symbol.dispose](): void {
    this.story[Symbol.dispose]();
  }

  git(...args: readonly string[]): string {
    return this.story.git(sam, ...args);
  }

  tip(name = 'main'): string {
    return this.git('rev-parse', name);
  }

  /** A change of so many commits on a branch of its own. @returns the branch. */
  change(commits = 1): string {
    this.#changes += 1;
    const name = `change-${this.#changes}`;
    this.story.branches(name);
    for (let at = 1; at <= commits; at += 1)
      this.story.worker.commits(
        (hands) => hands.writes(`src/cart/${name}-${at}.ts`, `export const part = ${at};\n`),
        `Part ${at} of ${name}`,
      );
    return name;
  }

  /** Judges the change. @returns the verdict's id. */
  async judged(word = 'PASS'): Promise<string> {
    const said = await this.story.verdict();
    if (said !== word) throw new Error(`${said}: ${this.story.said.out}${this.story.said.err}`);
    return (await this.story.record()).id;
  }

  /** A change that is judged. @returns its branch and verdict. */
  async passed(commits = 1): Promise<{ readonly name: string; readonly id: string }> {
    const name = this.change(commits);
    return { name, id: await this.judged() };
  }

  /** Lands one commit whose message ends as given; `before` may touch the files first. */
  squash(name: string, message: string, before: () => void = () => undefined): string {
    this.git('switch', '-q', 'main');
    this.git('merge', '-q', '--squash', name);
    before();
    this.git('add', '-A');
    this.story.now += 60_000;
    this.git('commit', '-q', '-m', message);
    return this.tip();
  }

  merge(name: string, message: string): string {
    this.git('switch', '-q', 'main');
    this.story.now += 60_000;
    this.git('merge', '-q', '--no-ff', '-m', message, name);
    return this.tip();
  }

  /** Each commit again on the branch's tip, as the forge does: with a new committer. */
  rebase(name: string): string {
    const commits = this.git('rev-list', '--reverse', `main..${name}`).split('\n');
    this.git('switch', '-q', 'main');
    this.story.now += 60_000;
    for (const commit of commits) this.git('cherry-pick', '--allow-empty', commit);
    return this.tip();
  }

  /** What somebody pushes to the branch without asking anybody. */
  pushes(path: string, text: string, message = 'Hotfix'): string {
    this.git('switch', '-q', 'main');
    this.story.now += 60_000;
    this.story.handsOf(sam).writes(path, text);
    this.git('add', '-A');
    this.git('commit', '-q', '-m', message);
    return this.tip();
  }

  note(commit: string, text: string): void {
    this.git('notes', '--ref=refs/notes/caws', 'add', '-f', '-m', text, commit);
  }

  async audit(...args: readonly string[]): Promise<Audited> {
    const said = await this.story.runs(audit, ...args, '--json');
    const { commits } = JSON.parse(said.out) as { commits?: readonly Row[] };
    if (commits === undefined) throw new Error(said.out);
    if (!keepsSchema(JSON.parse(said.out))) throw new Error(JSON.stringify(keepsSchema.errors));
    return { ...said, rows: commits, newest: commits[0] as Row };
  }

  /** As people see it. */
  shows(...args: readonly string[]): Promise<Said> {
    return this.story.runs(audit, ...args);
  }

  readonly worker = robin;
}

export const trailer = (id: string): string => `Prices\n\nCAWS-VERDICT-ID: ${id}`;
