import { Probot, ProbotOctokit } from 'probot';
import { boundedFetch } from '../src/adapters/github/bounded-fetch.ts';
import { faultOf } from '../src/adapters/github/client.ts';
import type { ForgeFault } from '../src/forge.ts';
import { fail, type Instant, ok, type Result } from '../src/primitives.ts';
import type { Logger } from './log.ts';
import type { Settings } from './settings.ts';
import type { HookDeliveries, HookDelivery } from './work/hook-deliveries.ts';

export type Octokit = ProbotOctokit;

/** How the app speaks to the forge: Probot's authentication and clients, ours the bounds. */
export interface ForgeClient {
  readonly probot: Probot;
  /** A client with the rights of one installation; its token is renewed by Probot. */
  readonly octokitOf: (installationId: number) => Promise<Octokit>;
  /** The app's own login at the forge. */
  readonly ownLogin: () => Promise<Result<string, ForgeFault>>;
  readonly deliveries: HookDeliveries;
  /** When the forge last answered anything; null before the first time. */
  readonly heardAt: () => Instant | null;
}

export function forgeClient(plan: {
  readonly settings: Settings;
  readonly log: Logger;
  readonly now: () => Instant;
  readonly called: (status: number, resource: string, remaining: number | null) => void;
}): ForgeClient {
  const { settings, log, now } = plan;
  let heardAt: Instant | null = null;
  const probot = new Probot({
    appId: settings.appId,
    privateKey: settings.privateKey.reveal(),
    secret: settings.webhookSecret.reveal(),
    baseUrl: settings.forge.apiUrl,
    log,
    Octokit: boundedOctokit(settings, (response) => {
      heardAt = now();
      const { 'x-ratelimit-remaining': left, 'x-ratelimit-resource': resource } = response.headers;
      plan.called(
        response.status,
        String(resource ?? 'core'),
        left === undefined ? null : Number(left),
      );
    }),
    request: { fetch: boundedFetch(settings.forge.apiUrl) },
  });
  const asApp = async () => (await probot.auth()) as Octokit;
  return {
    probot,
    octokitOf: async (installationId) => (await probot.auth(installationId)) as Octokit,
    ownLogin: () =>
      asked('reading who this app is', now, async () => {
        const { data } = await (await asApp()).request('GET /app');
        return data?.slug === undefined ? null : `${data.slug}[bot]`;
      }),
    deliveries: hookDeliveries(asApp, now),
    heardAt: () => heardAt,
  };
}

interface Heard {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number | undefined>>;
}

/**
 * Probot's client without its own patience: it would wait in memory, holding a lease, where the durable
 * queue waits across restarts and gives its place to another repository.
 */
function boundedOctokit(
  settings: Settings,
  heard: (response: Heard) => void,
): typeof ProbotOctokit {
  const Patient = ProbotOctokit.plugin((octokit) => {
    octokit.hook.after('request', (response) => heard(response));
    octokit.hook.error('request', (error) => {
      if ('response' in error && error.response !== undefined) heard(error.response as Heard);
      throw error;
    });
  });
  return Patient.defaults((given: Readonly<Record<string, unknown>>) => ({
    ...given,
    retry: { enabled: false },
    throttle: {
      ...(given['throttle'] as object | undefined),
      // A forge on this machine has no other users to be polite to.
      enabled: !settings.localForge,
      onRateLimit: () => false,
      onSecondaryRateLimit: () => false,
    },
  })) as unknown as typeof ProbotOctokit;
}

function hookDeliveries(asApp: () => Promise<Octokit>, now: () => Instant): HookDeliveries {
  return {
    page: (cursor) =>
      asked('listing deliveries', now, async () => {
        const response = await (await asApp()).request('GET /app/hook/deliveries', {
          per_page: 100,
          ...(cursor === null ? {} : { cursor }),
          request: { parseSuccessResponseBody: false },
        });
        const text = await new Response(response.data as unknown as ReadableStream).text();
        const deliveries = deliveriesIn(text);
        if (deliveries === null) return null;
        const next = /[?&]cursor=([^&>]+)[^>]*>; *rel="next"/.exec(
          String(response.headers.link ?? ''),
        );
        return { deliveries, next: next?.[1] === undefined ? null : decodeURIComponent(next[1]) };
      }),
    askAgain: (id) =>
      asked('asking for a delivery again', now, async () => {
        const octokit = await asApp();
        await octokit.request(`POST /app/hook/deliveries/${id}/attempts`);
        return true as const;
      }),
  };
}

/** Ids of deliveries pass 2^53, where JSON.parse starts to round: they are taken as they are written. */
function deliveriesIn(text: string): readonly HookDelivery[] | null {
  const listed: unknown = JSON.parse(text, (key, value, context?: { readonly source?: string }) =>
    key === 'id' && typeof value === 'number' ? (context?.source ?? String(value)) : value,
  );
  if (!Array.isArray(listed)) return null;
  const read = listed.map((entry: Readonly<Record<string, unknown>> | null) => ({
    id: String(entry?.['id']),
    guid: String(entry?.['guid']),
    deliveredAt: Date.parse(String(entry?.['delivered_at'])) as Instant,
    statusCode: Number(entry?.['status_code']),
  }));
  return read.every((one) => /^\d{1,20}$/.test(one.id) && !Number.isNaN(one.deliveredAt))
    ? read
    : null;
}

/** @param call gives null where the answer is not what the documentation says. */
async function asked<Value>(
  doing: string,
  now: () => Instant,
  call: () => Promise<Value | null>,
): Promise<Result<Value, ForgeFault>> {
  try {
    const value = await call();
    return value === null
      ? fail({ kind: 'forge-unexpected', doing, detail: 'an answer of another form' })
      : ok(value);
  } catch (error) {
    return fail(faultOf(error, doing, now()));
  }
}
