import type { ForgeClient } from './forge-client.ts';
import type { Self } from './intake/concern-types.ts';
import type { Logger } from './log.ts';
import type { Store } from './store.ts';

const LOGIN_MARK = 'login';

/** The app's own login, as the forge last said it; null until it was asked once. */
export function ownLogin(store: Store): Self['login'] {
  const row = store.statement('SELECT value FROM marks WHERE name = ?').get(LOGIN_MARK);
  return row === undefined ? null : String(row['value']);
}

/** Asks the forge who this app is, and remembers it across restarts. */
export async function learnOwnLogin(
  store: Store,
  client: Pick<ForgeClient, 'ownLogin'>,
  log: Logger,
): Promise<void> {
  const asked = await client.ownLogin();
  if (!asked.ok) return log.warn({ fault: asked.fault }, 'the forge does not say who this app is');
  store.transaction(() =>
    store.statement('INSERT OR REPLACE INTO marks VALUES (?, ?)').run(LOGIN_MARK, asked.value),
  );
}
