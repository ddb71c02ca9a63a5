import { expect, test } from "vitest";
import type { Heading } from "../../src/notebook/contents.js";
import { contentsHtml } from "../../src/notebook/contents.js";
import { markdownToHtml } from "../../src/notebook/markdown.js";

test("tables, code and struck-out text are drawn", async () => {
  const html = await markdownToHtml("| a | b |\n|:--|--:|\n| 1 | `x` |\n\n~~gone~~");
  expect(html).toContain("<table>");
  expect(html).toContain('<td style="text-align:right"><code>x</code></td>');
  expect(html).toContain("<s>gone</s>");
});

test("html in Markdown is shown as text", async () => {
  expect(await markdownToHtml("<script>alert(1)</script> <b onclick=x>a</b>")).toBe(
    "<p>&lt;script&gt;alert(1)&lt;/script&gt; &lt;b onclick=x&gt;a&lt;/b&gt;</p>\n",
  );
});

test("links go to the web, to mail, to a file and to a heading", async () => {
  for (const url of ["http://example.org/", "https://example.org/", "mailto:a@example.org", "02-next.ipynb", "#top"]) {
    expect(await markdownToHtml(`[a](${url})`)).toBe(`<p><a href="${url}">a</a></p>\n`);
  }
});

test.each([
  "javascript:alert(1)",
  "JAVASCRIPT:alert(1)",
  "java&#115;cript:alert(1)",
  "vbscript:x",
  "data:text/html,x",
  "file:///etc/passwd",
  "blob:x",
])("a link to %s is no link", async (url) => {
  expect(await markdownToHtml(`[a](${url})`)).not.toContain("href");
  expect(await markdownToHtml(`<${url}>`)).not.toContain("href");
});

test("a link to a picture in its address or to an attachment leads nowhere", async () => {
  expect(await markdownToHtml("[a](attachment:x.png) [b](data:image/png;base64,AA==)")).toBe(
    "<p><a>a</a> <a>b</a></p>\n",
  );
});

test("a picture that would have to be fetched becomes a link to it", async () => {
  expect(await markdownToHtml("![the chart](https://example.org/a.png)")).toBe(
    '<p><a href="https://example.org/a.png">the chart</a></p>\n',
  );
  expect(await markdownToHtml("![](a.png)")).toBe('<p><a href="a.png">a.png</a></p>\n');
});

test("a picture that the cell carries is shown, a missing one gives its words", async () => {
  const attachments = { "a b.png": { "image/png": "iVBORw0KGgo=\n" }, "x.svg": { "image/svg+xml": "PHN2Zz4=" } };
  expect(await markdownToHtml("![p](<attachment:a b.png>)", { attachments })).toBe(
    '<p><img class="picture" src="data:image/png;base64,iVBORw0KGgo=" alt="p"></p>\n',
  );
  expect(
    await markdownToHtml("![p](attachment:none.png) ![q](attachment:x.svg) ![r](attachment:%ff)", { attachments }),
  ).toBe("<p>p q r</p>\n");
});

test("headings get anchors in their order and are listed", async () => {
  const headings: Heading[] = [];
  expect(await markdownToHtml("# One *big* `x`\n## Two <b>", { headings })).toContain('<h2 id="section-2">');
  expect(headings).toEqual([
    { level: 1, text: "One big x", id: "section-1" },
    { level: 2, text: "Two <b>", id: "section-2" },
  ]);
});

test("two headings give no contents, three do, indented by level and escaped", () => {
  const headings = [2, 3, 2].map((level, at) => ({ level, text: `<${at}>`, id: `section-${at + 1}` }));
  expect(contentsHtml(headings.slice(1))).toBe("");
  expect(contentsHtml(headings)).toContain('<li class="deep-1"><a href="#section-2">&#60;1&#62;</a></li>');
});
