import type { EvidenceFormat, GateMeasure } from '../../caws/policy.ts';
import type { Result } from '../../primitives.ts';
import { readCobertura } from './cobertura.ts';
import { readIstanbulSummary } from './istanbul.ts';
import { readJunit } from './junit.ts';
import { readLcov } from './lcov.ts';
import type { EvidenceFault, Measured, ReadReport, Report } from './measured.ts';
import { readSarif } from './sarif.ts';
import { readStryker } from './stryker.ts';

const readers: Readonly<Record<EvidenceFormat, ReadReport>> = {
  junit: readJunit,
  lcov: readLcov,
  cobertura: readCobertura,
  'istanbul-summary': readIstanbulSummary,
  stryker: readStryker,
  sarif: readSarif,
};

/**
 * Reads one report of a gate.
 *
 * @returns what it measures, or why it shows nothing, with a place where one can be named.
 * @throws never, whatever the text.
 */
export function readEvidence(
  format: EvidenceFormat,
  report: Report,
): Result<Measured, EvidenceFault> {
  return readers[format](report);
}

/** Which measure a format can answer; a coverage report says nothing about tests. */
export const measureOf: Readonly<Record<EvidenceFormat, GateMeasure>> = {
  junit: 'tests',
  lcov: 'coverage',
  cobertura: 'coverage',
  'istanbul-summary': 'coverage',
  stryker: 'mutation',
  sarif: 'security',
};
