import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { WAIVER_EVENTS_MAX } from '../../src/4-verdict/waiver-events.ts';
import { HOSTED_EVENT_TYPE } from '../../src/4-verdict/waivers/hosted-event.ts';
import { currentSigner } from '../../src/adapters/keys/key-ring.ts';
import { openLedger } from '../../src/adapters/store-sqlite/ledger.ts';
import { listWaivers } from '../../src/cli/waiver/look.ts';
import type { World } from '../../src/cli/world.ts';
import type { Instant } from '../../src/primitives.ts';
import { judge } from '../hub/testing.ts';
import { openTown, type Town } from './town.ts';
import { askedPull } from './waived.ts';

/** Of each kind; of the notes on one pull request 2,000 are read. */
const FLOOD = 2_100;
/** More waiver events than are weighed for one change. */
const WAIVER_FLOOD = WAIVER_EVENTS_MAX + 1;

/** Far more than is read for one pull request, all of another one. */
async function floods(town: Town): Promise<void> {
  const data = town.environment['ARBITER_DATA'] ?? '';
  const file = join(data, 'ledgers', String(town.repository.id), 'ledger.db');
  const opened = await openLedger({ file, anchors: [], access: 'write' });
  const signer = currentSigner(join(data, 'keys'), undefined);
  if (!opened.ok || !signer.ok || signer.value === null) throw new Error('no ledger');
  await using ledger = opened.value;
  ledger.storage.database.exec('PRAGMA synchronous = OFF');
  const record = { verdict: 'FAIL', subject: { branches: ['999'], head: '', baseRef: '' } };
  const note = { schema: 'caws-arbiter/command@1', pull: 999 };
  const at = town.now() as Instant;
  for (let count = 0; count < WAIVER_FLOOD; count += 1) {
    // In between the town lives on: what waits for an answer is not given up.
    if (count % 50 === 0) await setImmediate();
    const others = [
      { kind: 'verdict', about: `V-${count}`, body: { record } },
      { kind: 'command', about: '999', body: note },
    ] as const;
    for (const draft of [askedElsewhere(count), ...(count < FLOOD ? others : [])]) {
      const added = ledger.appendWith({ ...draft, at, blobs: [] }, signer.value, () => undefined);
      if (!added.ok) throw new Error(JSON.stringify(added.fault));
    }
  }
}

/** A request on another pull request that nobody approved, as far as whoever looks for others reads it. */
function askedElsewhere(count: number) {
  const waiver = `W-${count.toString(16).padStart(16, '0')}`;
  const by = { forge: 'github', id: 900 + count, login: `stranger-${count}` };
  const expiresAt = '2099-01-01T00:00:00Z';
  const event = { event: 'requested', waiver, pull: 999, by, expiresAt };
  const payload = Buffer.from(JSON.stringify(event)).toString('base64');
  const body = { payload, payloadType: HOSTED_EVENT_TYPE, signatures: [] };
  return { kind: 'waiver', about: waiver, body } as const;
}

test('what is said on a pull request is about its verdicts, waivers and notes, however many others have', async () => {
  await using town = await openTown();
  const { pull, waiver } = await askedPull(town);
  const other = await askedPull(town, 'other');
  const [kim, max] = [town.hub.person('kim'), town.hub.person('max')];
  max.comments(pull, '/caws hold');
  await town.rest();
  await floods(town);
  max.comments(pull, `/caws approve ${other.waiver}`);
  max.comments(pull, `/caws approve ${waiver}`);
  await town.rest();
  expect(town.check(pull)).toMatchObject({ conclusion: 'success' });
  expect(town.check(other.pull)).toMatchObject({ conclusion: 'action_required' });
  const told = pull.comments.map(({ body }) => body).join();
  expect(told).toContain(`belongs to another pull request (number ${other.pull.number})`);
  kim.comments(pull, '/caws merge');
  await town.rest();
  expect(pull.state.state).toBe('open');
  max.comments(pull, '/caws unhold');
  kim.comments(pull, '/caws merge');
  await town.rest();
  expect(pull.state).toMatchObject({ state: 'closed' });
  const folder = join(town.environment['ARBITER_DATA'] ?? '', 'ledgers');
  const ledger = join(folder, String(town.repository.id), 'ledger.db');
  const listed = await listOf(ledger, town.now(), ['out']);
  expect(listed.out).toContain(`  ${waiver}  budget_limit  CART-1\n      active until `);
  judge(town.hub);
});

describe('a waiver asked for and approved by comments', () => {
  test('lets a change through that is no worse than what was looked at', async () => {
    await using town = await openTown();
    const { pull, waiver } = await askedPull(town);
    expect(town.check(pull)).toMatchObject({ conclusion: 'action_required' });
    town.hub.person('max').comments(pull, `/caws approve ${waiver}`);
    await town.rest();
    expect(town.check(pull)).toMatchObject({ conclusion: 'success' });
    const file = join(
      town.environment['ARBITER_DATA'] ?? '',
      'ledgers',
      String(town.repository.id),
    );
    const listed = await listOf(join(file, 'ledger.db'), town.now());
    expect(listed.out).toContain(`  ${waiver}  budget_limit  CART-1\n      active until `);
    const kim = town.hub.person('kim');
    const max = town.hub.person('max');
    expect(listed.out).toContain(`asked by @kim (${kim.id}) on `);
    expect(listed.out).toMatch(new RegExp(`acme/shop#${pull.number}, comment \\d+\\n`));
    expect(listed.out).toContain(`approved by @max (${max.id}), comment `);
    expect(JSON.parse(listed.json)).toMatchObject({
      hosted: [{ id: waiver, status: 'active', request: { pull: pull.number } }],
      waivers: [],
      ignored: [],
    });
    judge(town.hub);
  });
});

/** What `arbiter waiver list --ledger FILE` prints where no repository is around. */
async function listOf(
  ledger: string,
  now: number,
  forms: readonly ('out' | 'json')[] = ['out', 'json'],
) {
  const said = { out: '', json: '' };
  for (const form of forms) {
    const world: World = {
      out: (text) => {
        said[form] += text;
      },
      err: (text) => {
        said[form] += text;
      },
      env: { PATH: process.env['PATH'], XDG_STATE_HOME: join(tmpdir(), 'no-state') },
      directory: tmpdir(),
      terminal: false,
      color: false,
      now: () => now as Instant,
      random: (count) => new Uint8Array(count),
      finish: () => undefined,
    };
    await listWaivers(world, { ledger, json: form === 'json' });
  }
  return said;
}
