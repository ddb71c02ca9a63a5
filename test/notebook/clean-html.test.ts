import { describe, expect, test } from "vitest";
import { styled } from "../../src/display/table-style.js";
import { cleanDeclarations, cleanSheet } from "../../src/notebook/clean-css.js";
import { cleanHtml, type Sheets } from "../../src/notebook/clean-html.js";

const htmlOf = async (html: string) => (await cleanHtml(html, new Map())).html;

describe("cleanHtml", () => {
  test("a table with spans, heads and inline styles stays as it is", async () => {
    const table =
      '<table class="dataframe"><thead><tr><th style="text-align:left">a<br /><small>f64</small></th></tr></thead><tbody><tr><td title="x &amp; y" colspan="2">1</td></tr></tbody></table>';
    expect(await htmlOf(table)).toBe(table);
  });

  test.each([
    ["a script", "<script>alert(1)</script>a", "a"],
    ["a script in a script", "<scr<script>ipt>alert(1)</script>a", "ipt&gt;alert(1)a"],
    ["a handler", '<p onclick="alert(1)">a</p>', "<p>a</p>"],
    ["a handler of a broken picture", '<img src="x" onerror="alert(1)">a', "a"],
    ["a script address", '<a href="javascript:alert(1)">a</a>', "<a>a</a>"],
    ["a script address behind a tab", '<a href="java\tscript:alert(1)">a</a>', "<a>a</a>"],
    ["a script address in entities", '<a href="&#106;avascript:alert(1)">a</a>', "<a>a</a>"],
    ["an address without a scheme", '<a href="//example.org">a</a>', "<a>a</a>"],
    ["an svg with a handler", '<svg onload="alert(1)"><path /></svg>a', "a"],
    ["a frame", '<iframe src="https://example.org"></iframe>a', "a"],
    ["a form", '<form action="https://example.org"><input name="q"></form>a', "a"],
    ["a base address", '<base href="https://example.org">a', "a"],
    ["a picture to be fetched", '<img src="https://example.org/a.png">a', "a"],
    ["an id, which could shadow the page's own", '<p id="section-1">a</p>', "<p>a</p>"],
    [
      "markup behind an unfinished element",
      '<noscript><p title="</noscript><img src=x onerror=alert(1)>">a</p>',
      '<p title="&lt;/noscript&gt;&lt;img src=x onerror=alert(1)&gt;">a</p>',
    ],
    ["a comment for one browser", "<!--[if IE]><script>alert(1)</script><![endif]-->a", "a"],
  ])("%s goes, the text stays", async (_what, html, clean) => {
    expect(await htmlOf(html)).toBe(clean);
  });

  test("links to the web, to mail and to files beside the page stay", async () => {
    const links = '<a href="https://example.org">a</a><a href="mailto:a@example.org">b</a><a href="data.csv">c</a>';
    expect(await htmlOf(links)).toBe(links);
  });

  test("a picture that stands in its address stays", async () => {
    expect(await htmlOf('<img src="data:image/png;base64,iVBORw0KGgo=" alt="a" onload="alert(1)">')).toBe(
      '<img src="data:image/png;base64,iVBORw0KGgo=" alt="a" />',
    );
  });

  test("the style sheet of our tables is kept whole and holds inside its output only", async () => {
    const count = (css: string) => css.match(/[{;][\w-]+:/g)?.length;
    const sheets: Sheets = new Map();
    const { scope, html } = await cleanHtml(styled('<table class="dataframe"></table>'), sheets);
    const css = sheets.get(scope)!;
    expect(html).toMatch(/^<div class="alphabook\b[^"]*"><table class="dataframe"><\/table><\/div>$/);
    expect(count(css)).toBe(count(styled("")));
    for (const line of css.split("\n"))
      expect(line.startsWith(`:where(.${scope}) .alphabook`) || line.startsWith(`:where(.${scope}) body[`)).toBe(true);
  });

  test("equal sheets have one class, different ones have two", async () => {
    const sheets: Sheets = new Map();
    const clean = async (html: string) => (await cleanHtml(html, sheets)).scope;
    const one = await clean("<style>p{color:red}</style>a");
    expect(await clean("b<style>p{color:red}</style>")).toBe(one);
    const other = await clean("<style>p{color:blue}</style>");
    expect(await clean("no sheet")).toBe("");
    expect([...sheets]).toEqual([
      [one, `:where(.${one}) p{color:red}`],
      [other, `:where(.${other}) p{color:blue}`],
    ]);
  });
});

describe("cleanDeclarations", () => {
  test("what only changes looks stays", () => {
    const css =
      'color:var(--a,#fff);background:linear-gradient(90deg,rgba(1,2,3,.5) 30%,transparent 30%);font-family:"Segoe UI",serif';
    expect(cleanDeclarations(css)).toBe(css);
  });

  test.each([
    "background:url(https://example.org/a)",
    "background:url('https://example.org/a')",
    "background:u\\72l(https://example.org/a)",
    "background:url/**/(https://example.org/a)",
    'background:image-set("https://example.org/a" 1x)',
    "background:-webkit-image-set(url(x) 1x)",
    "background:linear-gradient(red,url(x))",
    "width:expression(alert(1))",
    "behavior:url(x.htc)",
    "-moz-binding:url(x)",
    "position:fixed",
    "z-index:9",
    'content:"x"',
    "color:red</style><b>",
    'font-family:"open',
    "color:red;}body{display:none",
  ])("%s goes", (css) => {
    expect(cleanDeclarations(`${css};opacity:1`).replace(/^color:red;/, "")).toMatch(/^(opacity:1)?$/);
  });
});

describe("cleanSheet", () => {
  test("each selector of a list is moved under the scope, in a media rule too", () => {
    expect(cleanSheet("a, b > c{color:red}@media print{td:nth-child(2n + 1){color:blue}}", "s")).toBe(
      ":where(.s) a,:where(.s) b > c{color:red}\n@media print{:where(.s) td:nth-child(2n + 1){color:blue}}",
    );
  });

  test.each([
    '@import "https://example.org/a.css";',
    "@font-face{font-family:a;src:url(https://example.org/a)}",
    "@namespace url(https://example.org);",
    "+ p{color:red}",
    "~ p{color:red}",
    "> p{color:red}",
    "a:not(body > p){color:red}",
    'a[href="</style>"]{color:red}',
    "a\\{{color:red}",
    "a{color:red",
    "a{:not(&){color:red}}",
    "@media print{@import url(x);}",
    "a(b{color:red}",
  ])("%s goes", (css) => {
    expect(cleanSheet(css, "s")).toBe("");
  });
});
