/** What pages of ours have in common: one file that holds everything it shows and asks no network for anything. */
import uplot from "uplot/dist/uPlot.iife.min.js?text";
import uplotStyle from "uplot/dist/uPlot.min.css?text";

interface Page {
  readonly title: string;
  readonly style: string;
  /** HTML, escaped where it has to be. */
  readonly body: string;
  /** What the script draws: the JSON in the element #run. */
  readonly data: object;
  /** Plain browser code, after uPlot. */
  readonly script: string;
}

/** A page with uPlot in it. A policy in its head forbids it to load anything, whatever may have slipped in. */
export const htmlPage = ({ title, style, body, data, script }: Page): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<title>${escapeHtml(title)} · recurra</title>
<style>${uplotStyle}${style}</style>
</head>
<body>
${body}
<script type="application/json" id="run">${embed(data)}</script>
<script>${uplot}</script>
<script>${script}</script>
</body>
</html>
`;

/** Names and values, one pair a row. */
export const pairTable = (rows: readonly (readonly [string, string])[]): string =>
  `<table>${rows.map(([name, value]) => `<tr><th scope="row">${escapeHtml(name)}</th><td>${escapeHtml(value)}</td></tr>`).join("")}</table>`;

/** A figure in large type with what it is above and a remark below. */
export const tile = (label: string, value: string, note: string): string =>
  `<div><dl><dt>${escapeHtml(label)}</dt><dd class="value">${escapeHtml(value)}</dd><dd class="note">${escapeHtml(note)}</dd></dl></div>`;

/** JSON inside a script element: nothing in it may end the element. */
const embed = (data: object): string => JSON.stringify(data).replaceAll("<", "\\u003c");

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (symbol) => entities[symbol] ?? symbol);
