/** One pull request at a forge, its people, and an arbiter that hears them; no network, no disk. */
import { generateKeyPairSync, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CommitMeasure } from '../../../src/1-pleading/change.ts';
import { noPlea } from '../../../src/1-pleading/plea.ts';
import type { CaseFile } from '../../../src/4-verdict/case.ts';
import {
  type Answer,
  type CommandContext,
  commandKey,
  type Heard,
} from '../../../src/4-verdict/commands/answer.ts';
import type { SeenHead } from '../../../src/4-verdict/commands/bind-head.ts';
import { commandOfButton } from '../../../src/4-verdict/commands/button.ts';
import type { RecordedComment } from '../../../src/4-verdict/commands/comment-standing.ts';
import { decideCommand, decideRefusal } from '../../../src/4-verdict/commands/decide-command.ts';
import type { CommandNote } from '../../../src/4-verdict/commands/note.ts';
import { readComment, type SpokenCommand } from '../../../src/4-verdict/commands/read-comment.ts';
import { judge } from '../../../src/4-verdict/judge.ts';
import type { VerdictRecord } from '../../../src/4-verdict/verdict.ts';
import type {
  CommitPeople,
  HostedFacts,
  PersonFacts,
  Push,
} from '../../../src/4-verdict/waivers/hosted-facts.ts';
import { signHosted } from '../../../src/4-verdict/waivers/open-hosted.ts';
import { whomToAsk } from '../../../src/4-verdict/waivers/whom-to-ask.ts';
import { readPolicy } from '../../../src/caws/read-policy.ts';
import { RULE_SET } from '../../../src/caws/rules.ts';
import { textDigest } from '../../../src/caws/text-digest.ts';
import type { Actor, LiveComment, PullMove, Role } from '../../../src/forge.ts';
import { readPublicKey } from '../../../src/ledger/key.ts';
import type { CommitSha, Instant, VerdictId } from '../../../src/primitives.ts';
import { aChange, aCommit, aFile, digestOf, sha } from '../../2-examination/case.ts';

export interface Account {
  readonly id: number;
  login: string;
  kind: Actor['kind'];
  role: Role | null;
  teams: readonly string[];
}

export interface Signing {
  readonly keyId: string;
  readonly publicKey: string;
  sign(bytes: Uint8Array): Uint8Array;
}

export function newKey(): Signing {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const text = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
  return {
    keyId: readPublicKey(text)?.id ?? '',
    publicKey: text,
    sign: (bytes) => sign(null, bytes, privateKey),
  };
}

const arbiter = newKey();
export const REASON = 'reason:"legacy adapter, goes away with the next release"';
const BASE = 'refs/heads/main';
const REPOSITORY = 7001;

const shipped = {
  file: 'policies/default.policy.yaml',
  text: readFileSync(
    join(import.meta.dirname, '..', '..', '..', 'policies', 'default.policy.yaml'),
    'utf8',
  ),
};

export const policyOf = (waivers: string, more = ''): string => `version: 1
risk_tiers:
  1: { max_files: 5, max_loc: 100, max_bytes: 10000, max_line_bytes: 300 }
  2: { max_files: 10, max_loc: 200, max_bytes: 20000, max_line_bytes: 400 }
  3: { max_files: 20, max_loc: 400 }
waivers: ${waivers}
${more}`;

const spec = `id: FEAT-1
title: Prices are right
risk_tier: 2
mode: feature
lifecycle_state: active
blast_radius: { modules: [src], data_migration: false }
scope: { in: [src], out: [] }
invariants: [it stays so]
acceptance: [{ id: A1, given: a, when: b, then: c }]
non_functional: {}
contracts: [{ name: cart, type: api, path: src/a.ts }]
`;

const MINUTE = 60_000;
const START = Date.parse('2026-11-23T12:00:00Z');
const person = (id: number, login: string, role: Role, kind: Actor['kind'] = 'person'): Account => {
  return { id, login, kind, role, teams: [] };
};

/** Who there is, unless a story says otherwise. robin writes the change; mia and noor may approve. */
const cast = (): Readonly<Record<string, Account>> => ({
  robin: person(1, 'robin', 'write'),
  mia: person(2, 'mia', 'maintain'),
  noor: person(3, 'noor', 'write'),
  lee: { ...person(4, 'lee', 'write'), teams: ['@acme/leads'] },
  pat: person(5, 'pat', 'read'),
  max: person(6, 'max', 'admin'),
  agent: person(7, 'agent[bot]', 'write', 'bot'),
});

export class House {
  now = START as Instant;
  policy = policyOf(`{ approvers: ['@mia', '@noor', '@acme/leads'], max_duration_days: 9 }`);
  readonly people: Record<string, Account> = { ...cast() };
  author = 'robin';
  pull = 42;
  baseRef = BASE;
  state: 'open' | 'closed' | 'merged' = 'open';
  moves: PullMove[] = [];
  lines = 250;
  commits: CommitMeasure[] = [];
  commitPeople: CommitPeople[] = [];
  pushes: Push[] | null = [];
  heads: SeenHead[] = [];
  readonly events: string[] = [];
  readonly glass: string[] = [];
  readonly notes: CommandNote[] = [];
  readonly answered = new Set<string>();
  readonly verdicts: VerdictRecord[] = [];
  readonly comments = new Map<
    number,
    { recorded: RecordedComment | 'never-edited' | null; live: LiveComment | null }
  >();
  readonly answers: Answer[] = [];
  botsAllowed: number[] = [];
  /** What the facts of an evaluation look like; a story may spoil them. */
  spoil: (facts: HostedFacts) => HostedFacts = (facts) => facts;
  signer = arbiter;
  #counter = 0;

  constructor() {
    this.pushing('robin');
    this.judge();
  }

  who(name: string): Account {
    const found = this.people[name];
    if (found === undefined) throw new Error(name);
    return found;
  }

  passes(minutes: number): void {
    this.now = (this.now + minutes * MINUTE) as Instant;
  }

  get head(): CommitSha {
    const head = this.heads.at(-1)?.sha;
    if (head === undefined) throw new Error('nothing was pushed');
    return head;
  }

  /** One more commit on the branch; the arbiter hears of it at once unless it is said to be unseen. */
  pushing(
    name: string,
    given: {
      readonly lines?: number;
      readonly commit?: Partial<CommitMeasure>;
      readonly people?: readonly string[];
      readonly byForge?: boolean;
      readonly rewritten?: boolean;
    } = {},
  ): CommitSha {
    this.passes(1);
    this.#counter += 1;
    const head = sha(`head ${this.#counter}`);
    const before = this.heads.at(-1)?.sha ?? null;
    const { id, login } = this.who(name);
    if (given.rewritten === true) [this.commits, this.commitPeople] = [[], []];
    this.lines = given.lines ?? this.lines;
    this.commits = [
      ...this.commits,
      aCommit({
        sha: head,
        parents: before === null ? [sha('base')] : [before],
        authorName: login,
        authorEmail: `${id}+${login}@users.noreply.github.com`,
        committerEmail: `${id}+${login}@users.noreply.github.com`,
        added: 1,
        ...given.commit,
      }),
    ];
    this.commitPeople = [
      ...this.commitPeople,
      {
        commit: head,
        people: (given.people ?? [name]).map((each) => this.#named(each)),
        unresolved: [],
        byForge: given.byForge ?? false,
      },
    ];
    this.pushes?.push({ by: { id, login }, before, head });
    this.heads.push({ sha: head, seenAt: this.now, pushedAt: this.now });
    return head;
  }

  /** What the forge says of those whom the ledger makes us ask about, and of whoever speaks. */
  facts(speaker = 0): HostedFacts {
    const asked = whomToAsk([...this.events, ...this.glass], {
      repositoryId: REPOSITORY,
      pull: this.pull,
    }).map(({ id }) => id);
    const people = Object.values(this.people).filter(({ id }) => [...asked, speaker].includes(id));
    return this.spoil({
      forge: 'github',
      repositoryId: REPOSITORY,
      pull: this.pull,
      arbiterKeys: [arbiter.publicKey],
      author: this.#named(this.author),
      commits: this.commitPeople,
      pushes: this.pushes,
      people: people.map((each): PersonFacts => ({ ...each, askedAt: this.now })),
      askedAt: this.now,
    });
  }

  caseFile(changes: Partial<CaseFile> = {}): CaseFile {
    const text = (file: string, content: string) => ({ file, text: content });
    const files = [aFile('src/a.ts', { lines: this.lines, bytesAdded: 1_000 })];
    return {
      schema: 'caws-arbiter/case@1',
      tool: { version: '0.1.0', rules: RULE_SET },
      at: this.now,
      change: aChange({ files, head: this.head, commits: this.commits, baseRef: this.baseRef }),
      law: {
        policy: text('.caws/policy.yaml', this.policy),
        specs: [text('.caws/specs/FEAT-1.yaml', spec)],
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
      branches: ['feature', String(this.pull)],
      waiverEvents: this.events,
      breakGlassEvents: this.glass,
      waiverUses: {},
      history: { changes: [] },
      answers: [],
      hosted: this.facts(),
      ...changes,
    };
  }

  /** Judges the live head, and keeps the verdict. */
  judge(): VerdictRecord {
    const record = decided(this.caseFile(), this.verdicts.length);
    this.verdicts.unshift(record);
    return record;
  }

  /** The verdict as it would be now, and nothing is kept. */
  word(): string {
    return decided(this.caseFile(), 0).verdict;
  }

  /** Why the waivers that name the gate of lines do not count now. */
  refusals(): readonly string[] {
    const found = decided(this.caseFile(), 0).examination.findings;
    return found
      .filter(({ rule }) => rule === 'budget.lines')
      .flatMap(({ waiversRefused }) => waiversRefused.map(({ because }) => because));
  }

  /** Posts a comment; the arbiter has its digest, and has not answered yet. */
  posts(name: string, body: string): number {
    this.passes(1);
    this.#counter += 1;
    const id = 9_000 + this.#counter;
    const author = { ...this.#named(name), kind: this.who(name).kind };
    const live: LiveComment = {
      id,
      nodeId: `IC_${id}`,
      author,
      body,
      createdAt: this.now,
      updatedAt: this.now,
      appId: null,
    };
    const recorded = { authorId: author.id, digest: textDigest(body) };
    this.comments.set(id, { recorded, live });
    return id;
  }

  edits(id: number, body: string): void {
    this.passes(1);
    const comment = this.comments.get(id);
    if (comment?.live == null) return;
    comment.live = { ...comment.live, body, updatedAt: this.now };
  }

  /** Answers every line of a comment that was not answered. */
  hears(id: number, changes: Partial<CommandContext> = {}): readonly Answer[] {
    const comment = this.comments.get(id);
    const author = comment?.live?.author ?? { id: 1, login: 'robin' };
    const heard: Heard = {
      kind: 'comment',
      id,
      recorded: comment?.recorded ?? null,
      live: comment?.live ?? null,
      editor: { forge: 'github', ...this.#named('robin') },
    };
    const { commands, refusals } = readComment(comment?.live?.body ?? '');
    const context = () => this.context(heard, author, changes);
    return [
      ...commands.map((spoken) =>
        this.#keep(decideCommand(spoken, context()), heard, spoken.line, author),
      ),
      ...refusals.map((refusal) => decideRefusal(refusal, context())),
    ];
  }

  /** Posts and hears at once. */
  says(name: string, body: string, changes: Partial<CommandContext> = {}): Answer {
    const id = this.posts(name, body);
    this.passes(1);
    const [answer] = this.hears(id, changes);
    if (answer === undefined) throw new Error(`no command: ${body}`);
    return answer;
  }

  /** @param beside the verdict that it stands beside; the newest one of the head, where none is named. */
  presses(name: string, action: string, head = this.head, beside?: VerdictId): Answer {
    this.passes(1);
    const by = this.#named(name);
    const newest = this.verdicts.find(({ subject }) => subject.head === head)?.id;
    const verdict = beside ?? newest;
    if (verdict === undefined) throw new Error(`no verdict at ${head}`);
    const heard: Heard = { kind: 'button', checkRun: 555, action, head, verdict, at: this.now };
    const command = commandOfButton(action);
    if (command === null) throw new Error(action);
    const spoken: SpokenCommand = { line: 1, text: action, digest: textDigest(action), command };
    return this.#keep(decideCommand(spoken, this.context(heard, by)), heard, 1, by);
  }

  context(
    heard: Heard,
    by: { readonly id: number; readonly login: string },
    changes: Partial<CommandContext> = {},
  ): CommandContext {
    const reading = readPolicy({ file: '.caws/policy.yaml', text: this.policy }, shipped);
    if (!reading.ok) throw new Error('the policy of the house is wrong');
    return {
      now: this.now,
      heard,
      by: { forge: 'github', id: by.id, login: by.login },
      pull: {
        number: this.pull,
        state: this.state,
        head: this.head,
        baseRef: this.baseRef,
        moves: this.moves,
      },
      heads: this.heads,
      facts: this.facts(by.id),
      commits: this.commits,
      policy: reading.value.policy,
      policyDigest: reading.value.source.digest,
      trusted: null,
      verdicts: this.verdicts,
      filedWaivers: [],
      waiverEvents: this.events,
      breakGlassEvents: this.glass,
      notes: this.notes,
      answered: this.answered,
      botsAllowed: this.botsAllowed,
      waiting: { merge: false, gates: false },
      contest: null,
      proposals: { canBeWritten: true, isWaiting: false, asked: 0 },
      ...changes,
    };
  }

  /** The waiver that the last answer speaks of. */
  asks(name: string, more = REASON): string {
    const answer = this.says(name, `/caws waive budget_limit ${more}`);
    const reply = answer.kind === 'answered' ? answer.reply : null;
    if (reply?.kind !== 'waiver-asked') throw new Error(JSON.stringify(answer));
    return reply.waiver;
  }

  #keep(answer: Answer, heard: Heard, line: number, by: { readonly id: number }): Answer {
    this.answers.push(answer);
    if (answer.kind !== 'answered') return answer;
    this.answered.add(commandKey(heard, line, by));
    for (const effect of answer.effects)
      if (effect.kind === 'record') {
        const envelope = JSON.stringify(signHosted(effect.event, this.signer));
        (effect.ledger === 'waiver' ? this.events : this.glass).push(envelope);
      } else if (effect.kind === 'note') this.notes.push(effect.note);
    return answer;
  }

  #named(name: string): { readonly id: number; readonly login: string } {
    const { id, login } = this.who(name);
    return { id, login };
  }
}

export function decided(file: CaseFile, number: number): VerdictRecord {
  const id = `01890a5d-ac96-774b-bcce-${String(number).padStart(12, '0')}` as VerdictId;
  const judged = judge(file, { id, caseDigest: digestOf('case') });
  if (!judged.ok) throw new Error(JSON.stringify(judged.fault));
  return judged.value;
}

/** What an answer comes to, in a word. */
export function gist(answer: Answer): string {
  if (answer.kind === 'silent') return `silent ${answer.because}`;
  const { reply } = answer;
  if (reply === null) return answer.kind;
  return 'because' in reply ? `${reply.kind} ${reply.because}` : reply.kind;
}
