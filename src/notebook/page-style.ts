/** The page may show pictures and styles that stand in it, and do nothing else; the html of outputs is cleaned as well. */
export const PAGE_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; base-uri 'none'; form-action 'none'";

/** Colours under the names JupyterLab gives them, so that tables made for it fit; paper is always light. */
const LIGHT =
  `color-scheme:light;--page:#fff;--jp-layout-color1:#fff;--jp-layout-color2:#f6f7f9;--jp-content-font-color1:#1f2937;--jp-content-font-color2:#6b7280;` +
  `--jp-border-color2:#e2e5ea;--jp-content-font-family:system-ui,"Segoe UI",Helvetica,Arial,sans-serif;--link:#1d5fb4;` +
  `--fault:#b3261e;--fault-back:#fdf0ef;--warn-back:#fdf6e7;--word:#8839a8;--text:#2a6f3c;--number:#9a4b00;--name:#1d5fb4;--remark:#667080;` +
  `--ansi-black:#3e424d;--ansi-red:#c0392b;--ansi-green:#1f7a37;--ansi-yellow:#8f6500;--ansi-blue:#1d5fb4;--ansi-magenta:#8839a8;--ansi-cyan:#0f7580;--ansi-white:#6b727d;` +
  `--ansi-bright-black:#656c78;--ansi-bright-red:#d6382a;--ansi-bright-green:#22843d;--ansi-bright-yellow:#996b00;--ansi-bright-blue:#2673d1;--ansi-bright-magenta:#a548c8;--ansi-bright-cyan:#0f7f8b;--ansi-bright-white:#707782`;
const DARK =
  `color-scheme:dark;--page:#14171c;--jp-layout-color1:#14171c;--jp-layout-color2:#1d2128;--jp-content-font-color1:#e3e6eb;--jp-content-font-color2:#98a0ac;` +
  `--jp-border-color2:#333943;--link:#7fb2f5;--fault:#ff8f85;--fault-back:#2e1a1a;--warn-back:#2a2415;--word:#cf9cf0;--text:#93cf9f;--number:#eeb27a;--name:#8fbdf7;--remark:#858d99;` +
  `--ansi-black:#7d8590;--ansi-red:#ff7b72;--ansi-green:#6fce85;--ansi-yellow:#e2b84e;--ansi-blue:#7fb2f5;--ansi-magenta:#cf9cf0;--ansi-cyan:#62cbd6;--ansi-white:#c9ced6;` +
  `--ansi-bright-black:#98a0ac;--ansi-bright-red:#ffa198;--ansi-bright-green:#8fe0a2;--ansi-bright-yellow:#f3d27a;--ansi-bright-blue:#a5caff;--ansi-bright-magenta:#e2bdfa;--ansi-bright-cyan:#8fe3ec;--ansi-bright-white:#f2f4f7`;

const MONO = `ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace`;
const ANSI_NAMES = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"].flatMap((name) => [
  name,
  `bright-${name}`,
]);

/** The style sheet of a notebook's page: light and dark, screen and paper. */
export const PAGE_STYLE = [
  `:root{${LIGHT}}`,
  `@media screen and (prefers-color-scheme:dark){:root{${DARK}}.html .alphabook table.dataframe td.ab-neg{color:#f5a35c}}`,
  `*{box-sizing:border-box}`,
  `body{margin:0;background:var(--page);color:var(--jp-content-font-color1);font:15px/1.55 var(--jp-content-font-family)}`,
  `main,footer{max-width:1000px;margin:0 auto;padding:0 20px}main{padding-top:24px}`,
  `footer{margin-top:32px;padding-top:10px;padding-bottom:24px;color:var(--jp-content-font-color2);font-size:12px;border-top:1px solid var(--jp-border-color2)}`,
  `a{color:var(--link)}h1,h2,h3,h4,h5,h6{line-height:1.25;margin:1.3em 0 .5em}h1{font-size:26px}h2{font-size:20px}h3{font-size:17px}h4,h5,h6{font-size:15px}`,
  `pre,code{font-family:${MONO};font-size:12.5px}pre{margin:0;line-height:1.45;white-space:pre-wrap;overflow-wrap:anywhere}`,
  `.contents{border-left:3px solid var(--jp-border-color2);padding:2px 0 2px 14px;margin-bottom:20px;font-size:13px}.contents ul{list-style:none;margin:0;padding:0}.contents a{text-decoration:none}`,
  ...[1, 2, 3, 4, 5].map((deep) => `.contents .deep-${deep}{padding-left:${deep * 16}px}`),
  `.cell{margin:0 0 14px}.markdown code{background:var(--jp-layout-color2);padding:1px 4px;border-radius:3px}.markdown pre{background:var(--jp-layout-color2);padding:8px 12px;border-radius:4px}.markdown pre code{padding:0}`,
  `.markdown blockquote{margin:0;padding-left:14px;border-left:3px solid var(--jp-border-color2);color:var(--jp-content-font-color2)}`,
  `.markdown table,.html>table{border-collapse:collapse;font-size:13px}.markdown th,.markdown td,.html>table th,.html>table td{padding:3px 10px;border-bottom:1px solid var(--jp-border-color2)}`,
  `.input{position:relative;background:var(--jp-layout-color2);border:1px solid var(--jp-border-color2);border-radius:4px;padding:8px 12px 8px 52px}.count{position:absolute;left:10px;color:var(--jp-content-font-color2);font:11px/18px ${MONO}}`,
  `summary{cursor:pointer;color:var(--jp-content-font-color2);font-size:12px}`,
  `.output{margin:8px 0 0;overflow:auto;max-height:85vh;contain:paint}.output pre{padding:2px 12px;max-height:32em;overflow:auto}.output .stderr{background:var(--warn-back);border-left:3px solid var(--number)}`,
  `.picture{display:block;box-sizing:content-box;max-width:calc(100% - 8px);height:auto;background:#fff;border-radius:4px;padding:4px}.note{color:var(--jp-content-font-color2);font-size:12px;margin:0;padding:2px 12px}.raw{color:var(--jp-content-font-color2)}`,
  `.failed>.input{border-color:var(--fault)}.error{background:var(--fault-back);border-left:3px solid var(--fault);padding:8px 0}.error-line{padding:0 12px;color:var(--fault);font:13px/1.45 ${MONO};white-space:pre-wrap;overflow-wrap:anywhere}.traceback{margin-top:4px}`,
  `.hljs-keyword,.hljs-literal,.hljs-built_in,.hljs-type{color:var(--word)}.hljs-string,.hljs-regexp,.hljs-template-variable{color:var(--text)}.hljs-number{color:var(--number)}.hljs-title,.hljs-title.function_,.hljs-title.class_{color:var(--name)}.hljs-comment{color:var(--remark);font-style:italic}.hljs-subst{color:inherit}`,
  `.ansi-bold{font-weight:700}`,
  ...ANSI_NAMES.map((name) => `.ansi-bg-${name}{background:var(--ansi-${name});color:var(--page)}`),
  ...ANSI_NAMES.map((name) => `.ansi-${name}{color:var(--ansi-${name})}`),
  `@media print{body{font-size:11pt}.alphabook .ab-scroll{max-height:none}.html .alphabook table.dataframe th,.html .alphabook table.dataframe td{white-space:normal;padding:2px 6px}main,footer{max-width:none;padding:0}.output,.output pre{max-height:none;overflow:visible;contain:none}.input,.picture,tr{break-inside:avoid}h1,h2,h3{break-after:avoid}a{color:inherit}}`,
].join("\n");
