/** Workflows and actions by GitHub's own parser, `@actions/workflow-parser`. */
import { registerHooks } from 'node:module';

export interface ReadWorkflow {
  /** `FILE (Line: 8, Col: 23): Unexpected value 'runn'`; empty where GitHub would take it. */
  readonly faults: readonly string[];
  /** The events it listens to. */
  readonly events: readonly string[];
  /** What its runs are called, expressions and all. */
  readonly runName: string | undefined;
  /** What `workflow_dispatch` may or must be given. */
  readonly inputs: Readonly<Record<string, { readonly required: boolean }>>;
}

let loading: ReturnType<typeof load> | undefined;

/** The package imports its schemas as JSON without saying so, which node refuses. */
async function load() {
  const hook = registerHooks({
    load: (url, context, next) =>
      next(
        url,
        url.endsWith('.json') ? { ...context, importAttributes: { type: 'json' } } : context,
      ),
  });
  try {
    const workflows = await import('@actions/workflow-parser');
    const { parseAction } = await import('@actions/workflow-parser/actions/index');
    return { ...workflows, parseAction };
  } finally {
    hook.deregister();
  }
}

/** Loaded once it is needed: that takes a tenth of a second, and most hubs start no workflow. */
function parser(): ReturnType<typeof load> {
  loading ??= load();
  return loading;
}

export async function readWorkflow(file: string, content: string): Promise<ReadWorkflow> {
  const { parseWorkflow, convertWorkflowTemplate, NoOperationTraceWriter } = await parser();
  const { context, value } = parseWorkflow({ name: file, content }, new NoOperationTraceWriter());
  // Converting finds what no schema can say, such as jobs that wait for each other.
  const template = value === undefined ? undefined : await convertWorkflowTemplate(context, value);
  const events = template?.events ?? {};
  const inputs = Object.entries(events.workflow_dispatch?.inputs ?? {});
  return {
    faults: context.errors.getErrors().map(({ message }) => message),
    events: Object.keys(events),
    // The package checks it and does not hand it on.
    runName: /^run-name: *(['"]?)(.+)\1 *$/m.exec(content)?.[2],
    inputs: Object.fromEntries(
      inputs.map(([name, { required, default: fallback }]) => [
        name,
        { required: required === true && fallback === undefined },
      ]),
    ),
  };
}

/** @returns what GitHub would refuse of an action.yml; empty where it takes it. */
export async function actionFaults(file: string, content: string): Promise<readonly string[]> {
  const { parseAction, NoOperationTraceWriter } = await parser();
  const { context } = parseAction({ name: file, content }, new NoOperationTraceWriter());
  return context.errors.getErrors().map(({ message }) => message);
}
