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

/**
 * Every entry of a list, page by page.
 *
 * @param atLeast how many there have to be, from elsewhere; 0 where nothing is known.
 * @throws PartOfAnAnswer where the list goes on past the bound, or ends before it is whole.
 */
export async function everyPage<Item>(
  what: string,
  read: (page: number) => Promise<Page<Item>>,
  atLeast = 0,
): Promise<readonly Item[]> {
  const items: Item[] = [];
  for (let page = 1; page <= PAGES_MAX; page += 1) {
    const answer = await read(page);
    items.push(...answer.items);
    if (hasNext(answer.link)) continue;
    const expected = Math.max(atLeast, answer.total ?? 0);
    if (items.length >= expected) return items;
    throw new PartOfAnAnswer(`${items.length} of ${expected} ${what}`);
  }
  throw new PartOfAnAnswer(`more than ${PAGES_MAX * PER_PAGE} ${what}`);
}

const hasNext = (link: string | undefined): boolean => /<[^>]+>;\s*rel="next"/.test(link ?? '');
