import type { Finding } from '../../src/5-publication/doctor-findings.ts';
import { ask, type GitHubClient } from '../../src/adapters/github/client.ts';
import type { Instant } from '../../src/primitives.ts';
import type { Settings } from '../settings.ts';
import { compareWithExpected, expectedEvents } from './expected.ts';

/** So many of the newest deliveries are looked at. */
const DELIVERIES_SEEN = 30;

interface Heard {
  readonly status?: number;
  readonly response?: { readonly headers?: Readonly<Record<string, unknown>> };
}

/** Who the app is at the forge, and the forge's clock: a refusal tells the time as well. */
export async function identityFindings(
  client: GitHubClient,
  settings: Settings,
  now: () => Instant,
): Promise<readonly Finding[]> {
  const asked = await ask('asking who this app is', now, async () => {
    try {
      const { data, headers } = await client.request('GET /app');
      return { clock: clockFinding(headers.date, now()), app: data };
    } catch (error) {
      const { status, response } = error as Heard;
      if (status !== 401 && status !== 404) throw error;
      return { clock: clockFinding(response?.headers?.['date'], now()), app: status };
    }
  });
  if (!asked.ok) return [{ kind: 'forge-fault', fault: asked.fault }];
  const { clock, app } = asked.value;
  if (typeof app === 'number') return [clock, { kind: 'identity-refused', status: app }];
  const events = app?.events ?? [];
  return [
    clock,
    { kind: 'identity', slug: app?.slug ?? '', appId: settings.appId },
    { kind: 'permissions', of: 'app', ...compareWithExpected(plain(app?.permissions ?? {})) },
    { kind: 'events', lacking: expectedEvents.filter((event) => !events.includes(event)) },
  ];
}

/** The header has whole seconds: what lies within one is no difference. */
function clockFinding(date: unknown, now: Instant): Finding {
  const theirs = typeof date === 'string' ? Date.parse(date) : Number.NaN;
  return { kind: 'clock', aheadMs: Number.isNaN(theirs) ? null : now - theirs };
}

/** Where deliveries go, and how the last ones ended. */
export async function webhookFindings(
  client: GitHubClient,
  settings: Settings,
  now: () => Instant,
): Promise<readonly Finding[]> {
  const config = await ask('reading the webhook', now, async () => {
    const { data } = await client.request('GET /app/hook/config');
    return data;
  });
  if (!config.ok) return [{ kind: 'forge-fault', fault: config.fault }];
  const { url = '', insecure_ssl } = config.value;
  if (url === '') return [{ kind: 'webhook-missing' }];
  const unverified = String(insecure_ssl ?? '0') === '1';
  const deliveries = await ask('listing deliveries', now, async () => {
    const { data } = await client.request('GET /app/hook/deliveries', {
      per_page: DELIVERIES_SEEN,
    });
    return data.map(({ status_code }) => status_code);
  });
  return [
    { kind: 'webhook', url, expected: settings.publicUrl },
    ...(unverified ? [{ kind: 'webhook-unverified' } as const] : []),
    deliveries.ok
      ? {
          kind: 'deliveries',
          failed: deliveries.value.filter((code) => code < 200 || code >= 300).length,
          of: deliveries.value.length,
        }
      : { kind: 'forge-fault', fault: deliveries.fault },
  ];
}

/** Levels that are none are left out. */
export function plain(permissions: object): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(permissions).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  );
}
