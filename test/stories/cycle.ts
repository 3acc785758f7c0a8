import { gateRunner } from '../../src/adapters/gates/gate-runner.ts';
import { openRepository } from '../../src/adapters/git/repository.ts';
import { localSigner } from '../../src/adapters/keys/local-signer.ts';
import { ledgerPrecedents } from '../../src/adapters/precedents.ts';
import { shippedPolicy } from '../../src/adapters/shipped.ts';
import { openLedger } from '../../src/adapters/store-sqlite/ledger.ts';
import { adjudicate } from '../../src/cycle.ts';
import type { Judge, LedgerStore, Publisher, ReportReader } from '../../src/ports.ts';
import type { Instant, VerdictId } from '../../src/primitives.ts';
import type { Story } from './story.ts';

/** One cycle with its ledger and its publisher in the hands of the test. */
export async function adjudicated(
  story: Story,
  ports: {
    readonly publisher: Publisher;
    readonly ledger?: (real: LedgerStore) => LedgerStore;
    readonly judge?: Judge;
    /** A folder of reports, and who reads them. */
    readonly evidence?: string;
    readonly reports?: ReportReader;
  },
) {
  const opened = await openRepository(story.directory, { env: story.env });
  const ledgered = await openLedger({ file: story.ledgerFile, access: 'create', anchors: [] });
  const signer = await localSigner({
    env: story.env,
    keyFile: null,
    directory: story.directory,
    now: story.now as Instant,
    create: false,
  });
  if (!opened.ok || !ledgered.ok || !signer.ok) throw new Error('the story has no place');
  using repository = opened.value;
  await using ledger = ledgered.value;
  const range = await repository.resolve('main...feature');
  if (!range.ok) throw new Error(range.fault.kind);
  return await adjudicate(
    {
      range: range.value,
      plea: null,
      pleaFile: async () => null,
      specNamed: null,
      branches: range.value.branches,
    },
    {
      clock: { now: () => story.now as Instant },
      newId: (at) =>
        `01a40088-0000-7000-8000-${String(at).slice(-12).padStart(12, '0')}` as VerdictId,
      version: '0.0.0',
      shippedPolicy: shippedPolicy(),
      repository,
      gatesFor: (references) =>
        gateRunner({ evidenceDirectory: ports.evidence ?? null, references, runGates: null }),
      ledger: ports.ledger?.(ledger) ?? ledger,
      precedents: ledgerPrecedents(ledger),
      signer: signer.value,
      publisher: ports.publisher,
      ...(ports.judge === undefined ? {} : { judge: ports.judge }),
      ...(ports.reports === undefined ? {} : { reports: ports.reports }),
    },
    () => {},
  );
}
