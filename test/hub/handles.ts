/** What a test holds in its hand: a repository, a pull request, a comment, an installed app. */
import type { Comment, Pull, Repository } from './state.ts';
import { accountOf, type World } from './world.ts';

export class RepositoryHandle {
  readonly world: World;
  readonly state: Repository;

  constructor(world: World, state: Repository) {
    this.world = world;
    this.state = state;
  }

  get id(): number {
    return this.state.id;
  }

  get owner(): string {
    return accountOf(this.world, this.state.ownerId).login;
  }

  get name(): string {
    return this.state.name;
  }

  /** For git, without credentials. */
  get gitUrl(): string {
    return `${this.world.url}/${this.owner}/${this.name}.git`;
  }

  /** For a browser. */
  get page(): string {
    return `${this.world.url}/${this.owner}/${this.name}`;
  }

  /** The bare repository, to look into with git. */
  get folder(): string {
    return this.state.folder;
  }

  tip(branch: string = this.state.defaultBranch): string {
    const sha = this.state.refs.get(`refs/heads/${branch}`);
    if (sha === undefined) throw new Error(`no branch ${branch}`);
    return sha;
  }
}

export class PullHandle {
  readonly repository: RepositoryHandle;
  readonly number: number;

  constructor(repository: RepositoryHandle, number: number) {
    this.repository = repository;
    this.number = number;
  }

  get state(): Pull {
    const pull = this.repository.state.pulls.get(this.number);
    if (pull === undefined) throw new Error(`no pull request ${this.number}`);
    return pull;
  }

  get head(): string {
    return this.state.head.sha;
  }

  get page(): string {
    return `${this.repository.page}/pull/${this.number}`;
  }

  /** In the order they were written. */
  get comments(): readonly Comment[] {
    const all = [...this.repository.state.comments.values()];
    return all.filter((comment) => comment.number === this.number);
  }
}

export interface CommentHandle {
  readonly pull: PullHandle;
  readonly id: number;
}
