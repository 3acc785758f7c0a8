import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openGlass } from '../../src/4-verdict/waivers/break-glass-event.ts';
import { allGlassEvents, glassEventsFor } from '../../src/adapters/break-glass-events.ts';
import type { CommitSha, Instant } from '../../src/primitives.ts';
import { sha } from '../2-examination/case.ts';
import { forge, glass, mia, noor, review } from '../4-verdict/glass-kit.ts';
import { given, newFolder, open, signer } from './store-sqlite/kit.ts';

const own = glass();
const others = Array.from({ length: 25 }, (_, index) =>
  glass({ head: sha(`${index}`) as CommitSha }),
);

test('a head is told of every event that names it, of what cannot be read, and of the newest others', async () => {
  await using ledger = await open(join(newFolder(), 'ledger.db'));
  const bodies = [
    forge(own, mia),
    { payload: 1 },
    ...others.map((other) => forge(other, mia)),
    forge(review(own), noor),
  ];
  for (const [index, body] of bodies.entries())
    given(
      await ledger.append(
        { at: index as Instant, kind: 'break-glass', about: own.id, body, blobs: [] },
        signer,
      ),
    );
  const told = given(await glassEventsFor(ledger, own.head)).map((text) => {
    const opened = openGlass(text);
    return opened.ok ? opened.value.event : 'unreadable';
  });
  expect(told).toEqual([own, 'unreadable', ...others.slice(-20)]);
  expect(given(await allGlassEvents(ledger, bodies.length))).toMatchObject({ more: false });
  const some = given(await allGlassEvents(ledger, 2));
  expect([some.events.length, some.more]).toEqual([2, true]);
});
