/** The app's own webhook: where it goes, what was delivered, and delivering once more. */
import { type Answer, type Call, json, notFound, numberParam, type Route, text } from '../http.ts';
import type { Delivery } from '../outbox.ts';
import type { App } from '../state.ts';
import { iso } from '../world.ts';

export const hookRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/app/hook/config',
    needs: 'app',
    answer: (call) => json(config(appOf(call))),
  },
  {
    method: 'PATCH',
    path: '/app/hook/config',
    needs: 'app',
    answer: (call) => {
      const app = appOf(call);
      app.webhookUrl = text(call.body, 'url') ?? app.webhookUrl;
      app.webhookSecret = text(call.body, 'secret') ?? app.webhookSecret;
      return json(config(app));
    },
  },
  { method: 'GET', path: '/app/hook/deliveries', needs: 'app', answer: list },
  {
    method: 'GET',
    path: '/app/hook/deliveries/{delivery_id}',
    needs: 'app',
    answer: (call) => json(wholeDelivery(deliveryOf(call))),
  },
  {
    method: 'POST',
    path: '/app/hook/deliveries/{delivery_id}/attempts',
    needs: 'app',
    answer: (call) => {
      call.world.outbox.redeliver(call.world, deliveryOf(call));
      return json({}, 202);
    },
  },
];

function appOf(call: Call): App {
  if (call.principal.kind !== 'app') throw notFound();
  return call.principal.app;
}

const config = (app: App) => ({
  url: app.webhookUrl ?? '',
  content_type: 'json',
  secret: '********',
  insecure_ssl: '0',
});

function deliveryOf(call: Call): Delivery {
  const id = numberParam(call, 'delivery_id');
  const app = appOf(call);
  const found = call.world.deliveries.find((each) => each.id === id && each.appId === app.id);
  if (found === undefined) throw notFound();
  return found;
}

function itemOf(delivery: Delivery) {
  return {
    id: delivery.id,
    guid: delivery.guid,
    delivered_at: iso(delivery.deliveredAt),
    redelivery: delivery.redelivery,
    duration: Math.round(delivery.seconds * 100) / 100,
    status: delivery.status,
    status_code: delivery.statusCode,
    event: delivery.event,
    action: delivery.action,
    installation_id: delivery.installationId,
    repository_id: delivery.repositoryId,
    throttled_at: null,
  };
}

function wholeDelivery(delivery: Delivery) {
  return {
    ...itemOf(delivery),
    url: delivery.url,
    request: { headers: { ...delivery.headers }, payload: JSON.parse(delivery.body) },
    response: { headers: { ...delivery.answerHeaders }, payload: delivery.answerBody },
  };
}

/** Newest first, paged by a cursor instead of a number. */
function list(call: Call): Answer {
  const app = appOf(call);
  const size = Math.min(100, Math.max(1, Number(call.query.get('per_page') ?? 30) || 30));
  const status = call.query.get('status');
  const before = Number(call.query.get('cursor') ?? Number.POSITIVE_INFINITY);
  const found = call.world.deliveries
    .filter((each) => each.appId === app.id && each.id < before && has(each, status))
    .toReversed();
  const page = found.slice(0, size);
  const last = page.at(-1);
  if (found.length <= size || last === undefined) return json(page.map(itemOf));
  const query = new URLSearchParams(call.query);
  query.set('cursor', String(last.id));
  const link = `<${call.address}?${query.toString()}>; rel="next"`;
  return { status: 200, body: page.map(itemOf), headers: { link } };
}

function has(delivery: Delivery, status: string | null): boolean {
  if (status === null) return true;
  const good = delivery.statusCode >= 200 && delivery.statusCode < 300;
  return status === 'success' ? good : !good && delivery.statusCode !== 0;
}
