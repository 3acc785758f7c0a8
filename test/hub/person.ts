/** A person at the offline GitHub: what people do there, without a browser. */
import { afterChecks, mergeIfReady } from './auto-merge.ts';
import { rerequestRun, tellOfRun } from './check-life.ts';
import type { CheckRun, CommitStatus } from './check-state.ts';
import { deleteComment, editComment, writeComment } from './comment-life.ts';
import { type CommentHandle, PullHandle, type RepositoryHandle } from './handles.ts';
import { type Merged, type MergeWish, mergePull } from './merge.ts';
import { changePull, openPull, type PullEdit, setDraft, tell } from './pull-life.ts';
import { exclusively, moveRefs, noCommit, takeRefs } from './refs.ts';
import { type ReviewState, tellOfReview } from './review-life.ts';
import { branchesClosedTo } from './rules-life.ts';
import { noreply } from './shapes/commit.ts';
import type { Account, MergeMethod, Role } from './state.ts';
import { setStatus } from './status-life.ts';
import { atLeast, roleOf, secret, type World } from './world.ts';
import { commitFiles, type Files } from './write-files.ts';

export interface PushOptions {
  /** Where a new branch begins, or what a rewritten one is built on: a branch or SHA. */
  readonly from?: string;
  /** Whoever the commit says wrote it, where it is not the pusher. */
  readonly author?: Person;
}

export interface Opened {
  readonly head: string;
  readonly base?: string;
  readonly title?: string;
  readonly body?: string;
  readonly draft?: boolean;
  /** The fork that the head stands in. */
  readonly fork?: RepositoryHandle;
}

export class Person {
  readonly #world: World;
  readonly account: Account;
  #token: string | null = null;

  constructor(world: World, account: Account) {
    this.#world = world;
    this.account = account;
  }

  get id(): number {
    return this.account.id;
  }

  get login(): string {
    return this.account.login;
  }

  /** A personal access token, for git and the API. */
  get token(): string {
    if (this.#token === null) {
      this.#token = secret('ghp_');
      this.#world.tokens.set(this.#token, { kind: 'person', accountId: this.id });
    }
    return this.#token;
  }

  /** Gives the login away: somebody else may take it, and the number stays. */
  isNowCalled(login: string): void {
    this.account.login = login;
  }

  /** One commit with these files on a branch. @returns its SHA. */
  push(
    repo: RepositoryHandle,
    branch: string,
    files: Files,
    message = 'Change',
    options: PushOptions = {},
  ): Promise<string> {
    this.#mayPush(repo, branch);
    const { state } = repo;
    const at = (name: string) => state.refs.get(`refs/heads/${name}`) ?? name;
    const standing = state.refs.get(`refs/heads/${branch}`);
    const first = state.refs.get(`refs/heads/${state.defaultBranch}`) ?? null;
    const parent = options.from === undefined ? (standing ?? first) : at(options.from);
    const writer = options.author?.account ?? this.account;
    const author = { name: writer.login, email: noreply(writer) };
    return exclusively(state, async () => {
      const commit = { branch, parent, files, message, author, at: this.#world.now() };
      const sha = await commitFiles(state, commit);
      const refs = new Map(state.refs).set(`refs/heads/${branch}`, sha);
      await takeRefs(this.#world, state, this.account, refs);
      return sha;
    });
  }

  #mayPush(repo: RepositoryHandle, branch: string): void {
    if (!this.#may(repo, 'write'))
      throw new Error(`${this.login} may not write to ${repo.owner}/${repo.name}`);
    if (branchesClosedTo(this.#world, repo.state, this.account).includes(branch))
      throw new Error(`${branch} changes through a pull request only`);
  }

  /** Moves a branch, a fast-forward or not. */
  resets(repo: RepositoryHandle, branch: string, sha: string): Promise<void> {
    const ref = `refs/heads/${branch}`;
    const before = repo.state.refs.get(ref) ?? noCommit;
    return exclusively(repo.state, () =>
      moveRefs(this.#world, repo.state, this.account, [{ ref, before, after: sha }]),
    );
  }

  deletesBranch(repo: RepositoryHandle, branch: string): Promise<void> {
    return this.resets(repo, branch, noCommit);
  }

  async opens(repo: RepositoryHandle, opened: Opened): Promise<PullHandle> {
    const head = { ref: opened.head, repository: (opened.fork ?? repo).state };
    const pull = await exclusively(repo.state, () =>
      openPull(this.#world, repo.state, {
        author: this.account,
        title: opened.title ?? opened.head,
        body: opened.body ?? null,
        draft: opened.draft ?? false,
        base: opened.base ?? repo.state.defaultBranch,
        head,
      }),
    );
    if (typeof pull === 'string') throw new Error(pull);
    return new PullHandle(repo, pull.number);
  }

  #may(repo: RepositoryHandle, role: Role): boolean {
    return atLeast(roleOf(this.#world, repo.state, this.id), role);
  }

  /** Title, body, base branch, or open and closed. @returns why it is refused, or null. */
  async changes(pull: PullHandle, edit: PullEdit): Promise<string | null> {
    const { state } = pull.repository;
    if (pull.state.authorId !== this.id && !this.#may(pull.repository, 'triage'))
      return `${this.login} may not change this pull request`;
    return exclusively(state, () => changePull(this.#world, state, pull.state, this.account, edit));
  }

  closes(pull: PullHandle): Promise<string | null> {
    return this.changes(pull, { state: 'closed' });
  }

  reopens(pull: PullHandle): Promise<string | null> {
    return this.changes(pull, { state: 'open' });
  }

  setsDraft(pull: PullHandle, draft: boolean): Promise<void> {
    return setDraft(this.#world, pull.repository.state, pull.state, this.account, draft);
  }

  labels(pull: PullHandle, name: string): Promise<void> {
    pull.state.labels.push(name);
    const label = {
      id: 1,
      node_id: 'LA_1',
      url: `${this.#world.url}/labels`,
      name,
      description: '',
      color: 'ededed',
      default: false,
    };
    return tell(this.#world, pull.repository.state, pull.state, 'labeled', this.account, { label });
  }

  comments(pull: PullHandle, body: string): CommentHandle {
    const { id } = writeComment(this.#world, pull.repository.state, {
      number: pull.number,
      body,
      author: this.account,
      viaAppId: null,
    });
    return { pull, id };
  }

  edits(comment: CommentHandle, body: string): void {
    const { state } = comment.pull.repository;
    const found = state.comments.get(comment.id);
    if (found !== undefined) editComment(this.#world, state, found, body, this.account);
  }

  deletes(comment: CommentHandle): void {
    const { state } = comment.pull.repository;
    const found = state.comments.get(comment.id);
    if (found !== undefined) deleteComment(this.#world, state, found, this.account);
  }

  reviews(pull: PullHandle, state: ReviewState, body = ''): void {
    const { state: repository } = pull.repository;
    tellOfReview(this.#world, repository, pull.state, this.account, { state, body });
  }

  /** GitHub shows a check's buttons once it is completed, and to those who may write. */
  pressesButton(repo: RepositoryHandle, run: Pick<CheckRun, 'id'>, identifier: string): void {
    const found = repo.state.checks.get(run.id);
    if (found?.status !== 'completed') throw new Error('the check shows no buttons yet');
    if (!found.actions.some((action) => action.identifier === identifier))
      throw new Error(`the check has no button ${identifier}`);
    if (!this.#may(repo, 'write')) throw new Error(`${this.login} sees no buttons`);
    const more = { requested_action: { identifier } };
    tellOfRun(this.#world, repo.state, found, 'requested_action', this.account, more);
  }

  /** "Re-run" beside a check. */
  rerequests(repo: RepositoryHandle, run: Pick<CheckRun, 'id'>): void {
    const found = repo.state.checks.get(run.id);
    if (found === undefined) throw new Error(`no check run ${run.id}`);
    rerequestRun(this.#world, repo.state, found, this.account);
  }

  async merges(pull: PullHandle, wish: Partial<Omit<MergeWish, 'by'>> = {}): Promise<Merged> {
    const { state } = pull.repository;
    const wanted = { method: 'merge' as const, ...wish, by: this.account };
    if (!this.#may(pull.repository, 'write'))
      return { ok: false, status: 403, message: `${this.login} may not merge here` };
    return exclusively(state, () => mergePull(this.#world, state, pull.state, wanted));
  }

  async enablesAutoMerge(pull: PullHandle, method: MergeMethod = 'squash'): Promise<void> {
    const { state } = pull.repository;
    if (!this.#may(pull.repository, 'write')) throw new Error(`${this.login} may not merge here`);
    const enabledById = this.id;
    pull.state.autoMerge = { enabledById, method, title: '', message: '', expectedHead: null };
    await tell(this.#world, state, pull.state, 'auto_merge_enabled', this.account);
    await mergeIfReady(this.#world, state, pull.state);
  }

  setsStatus(
    repo: RepositoryHandle,
    sha: string,
    status: Pick<CommitStatus, 'context' | 'state'>,
  ): void {
    const whole = { ...status, sha, description: null, targetUrl: null };
    setStatus(this.#world, repo.state, this.account, whole);
    afterChecks(this.#world, repo.state, sha);
  }
}
