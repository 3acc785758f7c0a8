import type { Finding } from '../caws/findings.ts';
import { visible } from './escape.ts';
import { marked } from './marked.ts';
import { counted, quantityText } from './quantity.ts';
import type { Words } from './words.ts';

const fetchAll = `Fetch what is missing, and judge again: ${marked('git fetch --unshallow --refetch')}`;
const split = 'Split the change, so that all of it can be measured.';
const lessOf = (what: string) => `Split the change, or take ${what} out of it.`;

/**
 * Why a change could not be measured whole: which bound it passes, in its unit, and what to do about this one.
 *
 * @param finding its subject is one of the causes that a measurement names; any other is told as it is.
 */
export function incompleteWords({ subject, detail }: Finding): Words {
  const limit = typeof detail['limit'] === 'number' ? detail['limit'] : null;
  const [because, fix] = causeOf(subject, limit);
  return {
    says: `The change could not be measured whole, and what is not measured is not passed: ${because}.`,
    fix,
  };
}

function causeOf(what: string, limit: number | null): readonly [because: string, fix: string] {
  const most = (unit: string) => (limit === null ? 'as is read' : counted(limit, unit));
  const bytes = limit === null ? 'as is read' : quantityText({ value: limit, unit: 'bytes' });
  switch (what) {
    case 'too-many-files':
      return [`it touches more than ${most('file')}`, split];
    case 'too-many-commits':
      return [`it has more than ${most('commit')}`, 'Squash its commits, or split it.'];
    case 'too-many-bytes':
      return [`it takes more than ${bytes} to read`, lessOf('the largest files')];
    case 'inspected-file-too-large':
      return [`a file that is read for what it does has more than ${bytes}`, lessOf('that file')];
    case 'timed-out':
      return [
        `git took longer than ${limit === null ? 'it may' : counted(Math.round(limit / 1_000), 'second')}`,
        `Judge again on a machine that is less busy. ${split}`,
      ];
    case 'blob-missing':
      return ['objects of it are not in this repository', fetchAll];
    case 'blob-unreadable':
      return ['objects of it cannot be read', fetchAll];
    default: {
      const bound = limit === null ? '' : `, limit ${limit}`;
      const known = subjectOf(what, bound);
      return [
        known,
        `${split} Where objects are missing: ${marked('git fetch --unshallow --refetch')}`,
      ];
    }
  }
}

const subjectOf = (what: string, bound: string): string =>
  what === '' ? `a bound was passed${bound}` : `${marked(visible(what))}${bound}`;
