/** What keeps an open page at how things stand: the one script of all pages, and where it may be. */
import { sha256Of } from '../../ledger/entry.ts';
import { html } from './html.ts';
import { pageHeaders } from './style.ts';

/**
 * Puts in what the page's own address sends, which is escaped there, and asks for the whole page once there
 * is more to it than that, or nobody sends any more.
 */
export const liveElement = html`<script>
const shown = document.getElementById('live');
const events = new EventSource(location.pathname + '/events');
events.onmessage = ({ data }) => { shown.innerHTML = data; };
events.addEventListener('over', () => location.reload());
events.onerror = () => { events.close(); setTimeout(() => location.reload(), 5000); };
</script>`;

const scriptText = liveElement.toString().slice('<script>'.length, -'</script>'.length);
const scriptDigest = Buffer.from(sha256Of(scriptText).slice('sha256:'.length), 'hex').toString(
  'base64',
);

/** As for every page, with this one script by its digest and with what it asks. */
export const livePageHeaders: Readonly<Record<string, string>> = {
  ...pageHeaders,
  'content-security-policy': `${pageHeaders['content-security-policy']}; script-src 'sha256-${scriptDigest}'; connect-src 'self'`,
};

export const eventHeaders: Readonly<Record<string, string>> = {
  ...pageHeaders,
  'content-type': 'text/event-stream; charset=utf-8',
  // What stands in between must not wait for more.
  'x-accel-buffering': 'no',
};

/** One event of a stream: a name, or '' for what is put into the page; text of any lines. */
export function eventText(name: '' | 'over', text: string): string {
  const lines = text.split(/\r\n|\r|\n/).map((line) => `data: ${line}\n`);
  return `${name === '' ? '' : `event: ${name}\n`}${lines.join('')}\n`;
}
