import { gateRunner } from '../../src/adapters/gates/gate-runner.ts';
import { openRepository } from '../../src/adapters/git/repository.ts';
import { localSigner } from '../../src/adapters/keys/local-signer.ts';
import { ledgerPrecedents } from '../../src/adapters/precedents.ts';
import { shippedPolicy } from '../../src/adapters/shipped.ts';
import { openLedger } from '../../src/adapters/store-sqlite/ledger.ts';
import { arbitrate } from '../../src/arbitration/arbitrate.ts';
import type { Debaters, Judge } from '../../src/ports.ts';
import type { Instant, VerdictId } from '../../src/primitives.ts';
import type { Story } from './story.ts';

let ids = 0;

/** An arbitration among branches, with the judge and the moment before the last verdict in the hands of the test. */
export async function arbitrated(
  story: Story,
  branches: readonly string[],
  hands: {
    readonly judge?: Judge;
    readonly debaters?: Debaters;
    readonly takesOver?: boolean;
    readonly beforeTheLast?: () => Promise<unknown>;
  } = {},
) {
  const opened = await openRepository(story.directory, { env: story.env });
  const ledgered = await openLedger({ file: story.ledgerFile, access: 'create', anchors: [] });
  const now = () => story.now as Instant;
  const { env, directory } = story;
  const signer = await localSigner({ env, keyFile: null, directory, now: now(), create: false });
  if (!opened.ok || !ledgered.ok || !signer.ok) throw new Error('the story has no place');
  using repository = opened.value;
  await using ledger = ledgered.value;
  const candidates = [];
  for (const [at, name] of branches.entries()) {
    const range = await repository.resolve(`main...${name}`);
    if (!range.ok) throw new Error(range.fault.kind);
    candidates.push({
      name,
      submittedAt: now(),
      gatesFor: (references: Parameters<typeof gateRunner>[0]['references']) => ({
        answer: async (...asked: Parameters<ReturnType<typeof gateRunner>['answer']>) => {
          if (at === branches.length - 1) await hands.beforeTheLast?.();
          const runner = gateRunner({ evidenceDirectory: null, references, runGates: null });
          return runner.answer(...asked);
        },
      }),
      request: {
        range: range.value,
        plea: null,
        pleaFile: async () => null,
        specNamed: 'CART-1',
        branches: range.value.branches,
      },
    });
  }
  return await arbitrate(
    { spec: 'CART-1', candidates, takesOver: hands.takesOver ?? false },
    {
      clock: { now },
      newId: () => {
        ids += 1;
        return `01a40088-0000-7000-8000-${String(ids).padStart(12, '0')}` as VerdictId;
      },
      version: '0.0.0',
      shippedPolicy: shippedPolicy(),
      repository,
      ledger,
      precedentsBeside: (others) => ledgerPrecedents(ledger, others),
      signer: signer.value,
      publisher: { announce: async () => {} },
      ...(hands.judge === undefined ? {} : { judge: hands.judge }),
      ...(hands.debaters === undefined ? {} : { debaters: hands.debaters }),
    },
    () => {},
  );
}
