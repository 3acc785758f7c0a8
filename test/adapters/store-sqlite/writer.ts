/** A process of its own that appends, and says after each append what the ledger answered. */
import { signerOf } from '../../../src/adapters/keys/private-key.ts';
import { openLedger } from '../../../src/adapters/store-sqlite/ledger.ts';
import { draftOf } from './drafts.ts';

const [file = '', count = '', name = ''] = process.argv.slice(2);
const signer = signerOf(process.env['TEST_KEY'] ?? '', undefined, 'TEST_KEY');
if (!signer.ok) throw new Error(signer.fault.kind);
const opened = await openLedger({ file, access: 'create', anchors: [], waitMs: 20_000 });
if (!opened.ok) throw new Error(JSON.stringify(opened.fault));
await using ledger = opened.value;
for (let n = 1; n <= Number(count); n += 1) {
  const entry = await ledger.append({ ...draftOf(n), about: `${name}-${n}` }, signer.value);
  if (!entry.ok) throw new Error(JSON.stringify(entry.fault));
  // The announcement: whoever reads this line relies on the entry.
  process.stdout.write(`${entry.value.sequence} ${entry.value.digest}\n`);
}
