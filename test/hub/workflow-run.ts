/** A workflow run as a test drives it: it begins, leaves artifacts, asks for a token, ends. */
import { beginRun, completeRun, rerun } from './actions-life.ts';
import { jobEnvironment, mintIdToken } from './oidc.ts';
import type { Artifact, Repository, WorkflowRun } from './state.ts';
import { nextId, type World } from './world.ts';
import { zipOf } from './zip.ts';

export class RunHandle {
  readonly #world: World;
  readonly #repository: Repository;
  readonly state: WorkflowRun;

  constructor(world: World, repository: Repository, state: WorkflowRun) {
    this.#world = world;
    this.#repository = repository;
    this.state = state;
  }

  get id(): number {
    return this.state.id;
  }

  begins(): Promise<void> {
    return beginRun(this.#world, this.#repository, this.state);
  }

  ends(conclusion: string): Promise<void> {
    return completeRun(this.#world, this.#repository, this.state, conclusion);
  }

  runsAgain(): Promise<void> {
    return rerun(this.#world, this.#repository, this.state);
  }

  /** An artifact is immutable: the same name a second time is refused. */
  uploads(name: string, files: Readonly<Record<string, string | Uint8Array>>): Artifact {
    const { artifacts } = this.#repository;
    if ([...artifacts.values()].some((each) => each.runId === this.id && each.name === name))
      throw new Error(`an artifact ${name} stands already`);
    const artifact: Artifact = {
      id: nextId(this.#world),
      runId: this.id,
      name,
      zip: zipOf(files),
      createdAt: this.#world.now(),
    };
    artifacts.set(artifact.id, artifact);
    return artifact;
  }

  /** Variables with which a process in the run asks for its tokens. */
  get environment(): Readonly<Record<string, string>> {
    return jobEnvironment(this.#world, this.state);
  }

  /** What `core.getIDToken(audience)` gives inside the run. */
  idToken(audience: string, changed: Readonly<Record<string, unknown>> = {}): Promise<string> {
    return mintIdToken(this.#world, this.#repository, this.state, audience, changed);
  }
}
