/** A diff as tables, one for each file, with annotations under their lines. */
import type { Annotation } from '../check-state.ts';
import { type Html, html } from './html.ts';

const shownLinesMax = 4_000;

export function diffTable(diff: string, annotations: readonly Annotation[]): readonly Html[] {
  const files = diff.split(/^(?=diff --git )/m).filter((part) => part.startsWith('diff --git '));
  if (files.length === 0) return [html`<p class="soft">No changed files.</p>`];
  return files.map((file) => fileBox(file, annotations));
}

function fileBox(file: string, annotations: readonly Annotation[]): Html {
  const lines = file.split('\n');
  const path = pathOf(lines);
  const from = lines.findIndex((line) => line.startsWith('@@'));
  const shown = from < 0 ? [] : lines.slice(from, from + shownLinesMax);
  const here = annotations.filter((each) => each.path === path);
  const rows =
    from < 0
      ? [html`<tr><td class="soft">${lines.slice(1).join(' ')}</td></tr>`]
      : rowsOf(shown, here);
  return html`<div class="box"><div class="head"><strong><code>${path}</code></strong></div>
<div class="scroll" tabindex="0"><table class="diff">${rows}</table></div></div>`;
}

function pathOf(lines: readonly string[]): string {
  const named = (prefix: string) =>
    lines
      .find((line) => line.startsWith(prefix) && !line.endsWith('/dev/null'))
      ?.slice(prefix.length);
  return (
    named('+++ b/') ?? named('--- a/') ?? (lines[0] ?? '').replace(/^diff --git a\/.* b\//, '')
  );
}

function rowsOf(lines: readonly string[], annotations: readonly Annotation[]): Html[] {
  const rows: Html[] = [];
  let number = 0;
  for (const line of lines) {
    const hunk = /^@@ -\d+(?:,\d+)? \+(\d+)/.exec(line);
    if (hunk !== null) {
      number = Number(hunk[1]) - 1;
      rows.push(html`<tr class="hunk"><td class="n"></td><td>${line}</td></tr>`);
      continue;
    }
    const kind = line.startsWith('+') ? 'add' : line.startsWith('-') ? 'del' : '';
    if (kind !== 'del' && line !== '') number += 1;
    if (line === '') continue;
    rows.push(
      html`<tr class="${kind}"><td class="n">${kind === 'del' ? '' : number}</td><td>${line}</td></tr>`,
    );
    if (kind !== 'del')
      for (const each of annotations.filter((note) => note.end_line === number))
        rows.push(html`<tr><td></td><td>${annotationBox(each)}</td></tr>`);
  }
  return rows;
}

export const annotationBox = (each: Annotation): Html =>
  html`<div class="annotation ${each.annotation_level}"><strong>${each.annotation_level}</strong>
${each.title === null ? null : html`<strong>${each.title}</strong>`} ${each.message}
<span class="soft small">${each.path}:${each.start_line}</span></div>`;
