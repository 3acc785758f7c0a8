import { type Fields, fieldsOf, listOf, OddAnswer } from './answer.ts';
import { PartOfAnAnswer } from './client.ts';

/** 100 is the most that GitHub gives at once. */
export const PER_PAGE = 100;
/** 5,000 entries: a conversation or a list of runs that is longer is not judged but said to be too long. */
const PAGES_MAX = 50;

/** One page as GitHub answered it. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** The Link header, or undefined. */
  readonly link: string | undefined;
  /** What the answer says there are in all, where it says so. */
  readonly total: number | null;
}

interface Answered {
  readonly data: unknown;
  readonly headers: { readonly link?: string | undefined };
}

/** A page that is a list and nothing else. */
export const plainPage = ({ data, headers }: Answered, what: string): Page<Fields> => ({
  items: listOf(data, what),
  link: headers.link,
  total: null,
});

/** A page that says how many there are. @param field the list's name. */
export function countedPage({ data, headers }: Answered, field: string): Page<Fields> {
  const answer = fieldsOf(data, field);
  return { items: answer.list(field), link: headers.link, total: answer.count('total_count') };
}

/**
 * Every entry of a list, page by page. Only the number of the next page is taken from an answer, never an
 * address.
 *
 * @param atLeast how many there have to be, from elsewhere; 0 where nothing is known.
 * @throws PartOfAnAnswer where the list goes on past the bound, or ends before it is whole.
 * @throws OddAnswer where a page does not lead to the one behind it.
 */
export async function everyPage<Item>(
  what: string,
  read: (page: number) => Promise<Page<Item>>,
  atLeast = 0,
): Promise<readonly Item[]> {
  const items: Item[] = [];
  let expected = atLeast;
  for (let page = 1; page <= PAGES_MAX; page += 1) {
    const answer = await read(page);
    items.push(...answer.items);
    expected = Math.max(expected, answer.total ?? 0);
    const next = nextOf(answer.link);
    if (next === null) {
      if (items.length >= expected) return items;
      throw new PartOfAnAnswer(`${items.length} of ${expected} ${what}`);
    }
    if (answer.items.length === 0) throw new PartOfAnAnswer(`an empty page of ${what}`);
    if (next.searchParams.get('page') !== String(page + 1))
      throw new OddAnswer(`page ${page} of ${what} leads elsewhere`);
  }
  throw new PartOfAnAnswer(`more than ${PAGES_MAX * PER_PAGE} ${what}`);
}

const CURSOR_PAGES_MAX = 20;

/**
 * Every entry of a list that goes on by a cursor in the Link header.
 *
 * @throws PartOfAnAnswer, OddAnswer as above.
 */
export async function cursorPages<Item>(
  what: string,
  read: (after: string | null) => Promise<Page<Item>>,
): Promise<readonly Item[]> {
  const items: Item[] = [];
  const seen = new Set<string>();
  let after: string | null = null;
  for (let page = 1; page <= CURSOR_PAGES_MAX; page += 1) {
    const answer = await read(after);
    items.push(...answer.items);
    const next = nextOf(answer.link);
    if (next === null) return items;
    if (answer.items.length === 0) throw new PartOfAnAnswer(`an empty page of ${what}`);
    after = next.searchParams.get('after');
    if (after === null || seen.has(after))
      throw new OddAnswer(`page ${page} of ${what} leads elsewhere`);
    seen.add(after);
  }
  throw new PartOfAnAnswer(`more than ${CURSOR_PAGES_MAX * PER_PAGE} ${what}`);
}

/** Where a list goes on, or null at its end. @throws OddAnswer where it goes on at no address. */
function nextOf(link: string | undefined): URL | null {
  const address = /<([^>]*)>;\s*rel="?next"?/.exec(link ?? '')?.[1];
  if (address === undefined) return null;
  const next = URL.parse(address);
  if (next === null) throw new OddAnswer('a list that goes on nowhere');
  return next;
}
