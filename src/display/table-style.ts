/** The class under which all rules of the style sheet stand. */
const SCOPE = "alphabook";

const TABLE = `.${SCOPE} table.dataframe`;

/** Colours come from the front end's theme where it has one; selectors are stronger than JupyterLab's own for rendered html. */
const STYLE = [
  `.${SCOPE}{--ab-fg:var(--jp-content-font-color1,var(--vscode-editor-foreground,#1f2937));--ab-muted:var(--jp-content-font-color2,var(--vscode-descriptionForeground,#6b7280));` +
    `--ab-line:var(--jp-border-color2,var(--vscode-panel-border,#e5e7eb));font:12px/1.35 var(--jp-content-font-family,Inter,system-ui,"Segoe UI",Helvetica,Arial,sans-serif);color:var(--ab-fg);max-width:100%;overflow-x:auto}`,
  `${TABLE}{color:var(--ab-fg);border-collapse:collapse;border:0;margin:2px 0;font-variant-numeric:tabular-nums;font-size:12px}`,
  `${TABLE} th,${TABLE} td{padding:3px 10px;border:0;white-space:nowrap;vertical-align:baseline;max-width:none;color:inherit}`,
  `${TABLE} thead th{font-weight:600;border-bottom:1px solid var(--ab-line);vertical-align:bottom}`,
  `${TABLE} th small{font-weight:400;font-size:10px;color:var(--ab-muted)}`,
  `${TABLE} td.ab-i{color:var(--ab-muted);font-size:10.5px}`,
  `${TABLE} td.ab-m,${TABLE} tr.ab-gap td{color:var(--ab-muted)}`,
  `${TABLE} tr.ab-gap td{line-height:1;padding:1px}`,
  `${TABLE} td.ab-neg{color:#b45309}`,
  `body[data-jp-theme-light=false] ${TABLE} td.ab-neg,.vscode-dark ${TABLE} td.ab-neg{color:#f5a35c}`,
  `${TABLE} td.ab-k,.${SCOPE} div.ab-k{color:var(--ab-muted)}.${SCOPE} div.ab-k{font-size:10.5px}.${SCOPE} .ab-v{font-size:15px;font-weight:600;font-variant-numeric:tabular-nums}`,
  `.${SCOPE} .ab-cards{display:flex;flex-wrap:wrap;gap:8px 20px;padding:4px 10px 6px}`,
  `.${SCOPE} .ab-title{font-size:13px;font-weight:600;padding:4px 10px 2px}`,
  `.${SCOPE} pre.ab-pre{font:11.5px/1.4 var(--jp-code-font-family,ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace);color:var(--ab-fg);background:transparent;border-left:2px solid var(--ab-line);margin:2px 10px 6px;padding:2px 8px;white-space:pre;overflow-x:auto}`,
  `.${SCOPE} pre.ab-pre .ab-add{color:#15803d}.${SCOPE} pre.ab-pre .ab-del{color:#b45309}`,
  `body[data-jp-theme-light=false] .${SCOPE} pre.ab-pre .ab-add,.vscode-dark .${SCOPE} pre.ab-pre .ab-add{color:#7ddf9a}` +
    `body[data-jp-theme-light=false] .${SCOPE} pre.ab-pre .ab-del,.vscode-dark .${SCOPE} pre.ab-pre .ab-del{color:#f5a35c}`,
  `.${SCOPE} .ab-scroll{max-height:460px;overflow-y:auto}`,
  `.${SCOPE} .ab-cap{color:var(--ab-muted);font-size:11px;padding:1px 10px;max-width:110ch}.${SCOPE} .ab-cap small{font-size:11px}`,
].join("\n");

/** Front ends typeset $…$ in html as mathematics, which field names such as `$close` are not. */
const NO_MATHEMATICS = "tex2jax_ignore mathjax_ignore";

/** Html with the look of tables and facts; the style sheet holds inside it only. */
export function styled(html: string): string {
  return `<div class="${SCOPE} ${NO_MATHEMATICS}"><style>${STYLE}</style>${html}</div>`;
}
