import { asCalled } from '../5-publication/as-called.ts';
import type { Ending } from '../5-publication/ending.ts';
import type { World } from './world.ts';

/** What policies/schema/error.schema.json says; one line. */
export function errorJson(
  { call }: World,
  error: Ending | 'interrupted',
  fault: { readonly kind: string },
  text: string,
): string {
  const message = asCalled(text, call);
  return `${JSON.stringify({ schema: 'caws-arbiter/error@1', error, fault, message })}\n`;
}
