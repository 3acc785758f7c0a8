import { advisingRows } from './advising.ts';
import { countingRows } from './counting.ts';
import { deliveringRows } from './delivering.ts';
import { grantingRows } from './granting.ts';
import { hostingRows } from './hosting.ts';
import { landingRows } from './landing.ts';
import { lawfulRows } from './lawful.ts';
import { namingRows } from './naming.ts';
import { provingRows } from './proving.ts';
import type { Row } from './row.ts';
import { runningRows } from './running.ts';
import { showingRows } from './showing.ts';
import { speakingRows } from './speaking.ts';
import { winningRows } from './winning.ts';

/** Every row that is answered, by letter and number. */
export const rows: readonly Row[] = [
  ...advisingRows,
  ...countingRows,
  ...deliveringRows,
  ...namingRows,
  ...grantingRows,
  ...hostingRows,
  ...landingRows,
  ...lawfulRows,
  ...provingRows,
  ...runningRows,
  ...showingRows,
  ...speakingRows,
  ...winningRows,
].toSorted((one, other) => one.id.localeCompare(other.id, 'en', { numeric: true }));
