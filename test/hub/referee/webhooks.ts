/** Webhook payloads and headers against `@octokit/openapi-webhooks`. */
import { createRequire } from 'node:module';
import { asNode, type Description, type Node, readDescription } from './description.ts';

const require = createRequire(import.meta.url);
let loaded: Description | null = null;

function description(): Description {
  loaded ??= readDescription(
    require.resolve('@octokit/openapi-webhooks/generated/api.github.com.json'),
  );
  return loaded;
}

/** @param event `pull_request.opened` or `push`. */
export function judgeWebhook(
  event: string,
  payload: unknown,
  headers: Readonly<Record<string, string>>,
): readonly string[] {
  const found = operation(event);
  if (found === null) return ['the description has no such event'];
  const schema = asNode(
    asNode(asNode(asNode(found['requestBody'])['content'])['application/json']),
  )['schema'];
  return [...missingHeaders(found, headers), ...description().judge(event, () => schema, payload)];
}

function operation(event: string): Node | null {
  const webhooks = asNode(description().root['webhooks']);
  // A repository dispatch has the sender's own word for an action; the description shows one sample.
  const name = event.startsWith('repository_dispatch')
    ? 'repository-dispatch-sample.collected'
    : event.replaceAll('_', '-').replace('.', '-');
  const found = asNode(webhooks[name])['post'];
  return found === undefined ? null : asNode(found);
}

function missingHeaders(found: Node, headers: Readonly<Record<string, string>>): string[] {
  const given = new Set(Object.keys(headers).map((name) => name.toLowerCase()));
  const declared: readonly unknown[] = Array.isArray(found['parameters'])
    ? found['parameters']
    : [];
  return declared
    .map(asNode)
    .filter((each) => each['in'] === 'header' && each['required'] === true)
    .map((each) => String(each['name']))
    .filter((name) => !given.has(name.toLowerCase()))
    .map((name) => `header ${name} is missing`);
}
