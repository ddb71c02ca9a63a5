import { existsSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseNotebook } from "#kernel/notebook-file.cjs";
import type { Notebook, Output } from "#kernel/run.cjs";
import { styled } from "../../src/display/table-style.js";
import { notebookToHtml } from "../../src/notebook/html.js";
import { codeCell, notebookOf, shown, textCell } from "./notebooks.js";

const PNG = "iVBORw0KGgo=";
const page = (notebook: Notebook) => notebookToHtml(notebook, { name: "research" });
/** What the page has between its head and its footer. */
const bodyOf = (html: string) => html.slice(html.indexOf("<main>") + "<main>".length, html.indexOf("</main>"));
const drawn = async (...outputs: Output[]) => bodyOf(await page(notebookOf(codeCell("x", outputs))));

describe("the page", () => {
  test("an empty notebook gives a page with its name and kernel", async () => {
    const html = await page(notebookOf());
    expect(html).toContain("<title>research</title>");
    expect(html).toContain("<footer>research · TypeScript (alphabook)</footer>");
    expect(bodyOf(html).trim()).toBe("");
  });

  test("the first heading is the title, even when metadata has another", async () => {
    const notebook = notebookOf(codeCell("1"), textCell("text\n\n## Momentum & value\n\n# Later"));
    notebook.metadata.title = "other";
    expect(await page(notebook)).toContain("<title>Momentum &#38; value</title>");
  });

  test("three headings in several cells give contents that lead to them", async () => {
    const body = bodyOf(await page(notebookOf(textCell("# A\n## B"), codeCell("1"), textCell("## C"))));
    expect(body.indexOf('<nav class="contents"')).toBeLessThan(body.indexOf("<h1"));
    for (const id of [1, 2, 3]) {
      expect(body.split(`href="#section-${id}"`)).toHaveLength(2);
      expect(body.split(`id="section-${id}"`)).toHaveLength(2);
    }
  });

  test("code is highlighted and has its count, a cell that never ran an empty one", async () => {
    const never = { ...codeCell("let a"), execution_count: null } as ReturnType<typeof codeCell>;
    const body = bodyOf(await page(notebookOf(codeCell('const a: number = 1; // "x" < 2'), never)));
    expect(body).toContain('<span class="hljs-keyword">const</span>');
    expect(body).toContain('<span class="hljs-comment">// &quot;x&quot; &lt; 2</span>');
    expect(body).toContain('<span class="count">[7]</span>');
    expect(body).toContain('<span class="count">[ ]</span>');
  });

  test("a magic cell and a notebook in another language are not highlighted", async () => {
    expect(bodyOf(await page(notebookOf(codeCell("%%sql\nselect 1 as const where 1 < 2"))))).toContain(
      "select 1 as const where 1 &#60; 2",
    );
    const python = {
      ...notebookOf(codeCell("import os")),
      metadata: { kernelspec: { name: "python3", language: "python" } },
    };
    expect(bodyOf(await page(python))).toContain("<code>import os</code>");
  });

  test("source kept as lines and as one text give the same page", async () => {
    const [a, b] = [codeCell("let a = 1;\nlet b = 2;"), codeCell("")];
    b.source = ["let a = 1;\n", "let b = 2;"];
    expect(await page(notebookOf(a))).toBe(await page(notebookOf(b)));
  });

  test("remove-input leaves the outputs, hide-input folds the code away", async () => {
    const output: Output[] = [{ output_type: "stream", name: "stdout", text: "said" }];
    const removed = bodyOf(await page(notebookOf(codeCell("secret()", output, ["remove-input"]))));
    expect(removed).toContain("said");
    expect(removed).not.toContain("secret");
    expect(bodyOf(await page(notebookOf(codeCell("folded", output, ["hide-input"]))))).toMatch(
      /<details><summary>Code \[7\]<\/summary>.*folded.*<\/details>/s,
    );
  });

  test("empty cells leave nothing behind", async () => {
    expect(bodyOf(await page(notebookOf(codeCell(" "), textCell("\n")))).trim()).toBe("");
  });

  test("a raw cell is shown as text", async () => {
    expect(bodyOf(await page(notebookOf({ cell_type: "raw", source: "<b>", metadata: {} })))).toContain(
      '<pre class="raw">&#60;b&#62;</pre>',
    );
  });

  test("the notebook is not changed", async () => {
    const notebook = notebookOf(
      textCell("# A"),
      codeCell("1", [shown({ "text/html": "<style>p{color:red}</style><p>a</p>" })]),
    );
    const before = JSON.stringify(notebook);
    await page(notebook);
    expect(JSON.stringify(notebook)).toBe(before);
  });

  test("there are rules for the dark and for paper, and paper is light", async () => {
    const html = await page(notebookOf());
    expect(html).toContain("@media screen and (prefers-color-scheme:dark)");
    expect(html).toContain("@media print");
  });
});

describe("outputs", () => {
  const all = {
    "text/html": "<p>html</p>",
    "text/markdown": "*markdown*",
    "image/svg+xml": "<svg/>",
    "text/latex": "\\alpha<",
    "image/png": PNG,
    "image/jpeg": PNG,
    "text/plain": "plain",
  };
  const looks = [
    "<p>html</p>",
    "<em>markdown</em>",
    'src="data:image/svg+xml;base64,',
    '<pre class="latex">\\alpha&#60;</pre>',
    'src="data:image/png;',
    'src="data:image/jpeg;',
    '<pre class="plain">plain</pre>',
  ];

  test("of several forms the best by nbconvert's order is shown, and only it", async () => {
    for (let best = 0; best < looks.length; best++) {
      const body = await drawn(shown(Object.fromEntries(Object.entries(all).slice(best).reverse())));
      looks.forEach((look, at) =>
        expect(body.includes(look), `${look} when ${looks[best]} is the best`).toBe(at === best),
      );
    }
  });

  test("a chart is its picture; without one it is its words", async () => {
    const spec = { "application/vnd.vegalite.v5+json": { mark: "bar" }, "text/plain": "bars of IC" };
    expect(await drawn(shown({ ...spec, "image/png": PNG }))).toContain(
      `<img class="picture" src="data:image/png;base64,${PNG}" alt="bars of IC">`,
    );
    expect(await drawn(shown(spec))).toContain('<pre class="plain">bars of IC</pre>');
  });

  test("a picture has the size of its metadata, in CSS pixels", async () => {
    expect(await drawn(shown({ "image/png": PNG }, { "image/png": { width: 640, height: 360.4 } }))).toContain(
      ' width="640" height="360" ',
    );
    expect(await drawn(shown({ "image/png": PNG }, { width: 640, height: '9" onload="x' }))).toContain(
      ' width="640" alt',
    );
  });

  test("base64 in lines is joined; what is no base64 gives way to the next form", async () => {
    expect(await drawn(shown({ "image/png": ["iVBO\n", "Rw0KGgo=\n"] }))).toContain(`base64,${PNG}"`);
    expect(await drawn(shown({ "image/png": '"><script>', "text/plain": "words" }))).toContain(
      '<pre class="plain">words</pre>',
    );
  });

  test("html that comes to nothing gives way to the next form; an output with none is named", async () => {
    expect(await drawn(shown({ "text/html": "<script>draw()</script>", "text/plain": "words" }))).toContain("words");
    expect(await drawn(shown({ "text/html": "<script>draw()</script>", "application/x-<b>": 1 }))).toContain(
      "Output without a form for paper: text/html, application/x-&#60;b&#62;",
    );
  });

  test("streams keep their colours; stderr is told apart", async () => {
    const body = await drawn(
      { output_type: "stream", name: "stdout", text: ["a\n", "\x1b[32mb\x1b[0m"] },
      { output_type: "stream", name: "stderr", text: "c" },
    );
    expect(body).toContain('<pre class="stream">a\n<span class="ansi-green">b</span></pre>');
    expect(body).toContain('<pre class="stream stderr">c</pre>');
  });

  test("an error is marked, with name, message and traceback, each once", async () => {
    const body = await drawn({
      output_type: "error",
      ename: "TypeError",
      evalue: "a < b",
      traceback: ["TypeError: a < b", "    at \x1b[36mcell 3:1\x1b[0m"],
    });
    expect(body).toContain('<section class="cell code failed">');
    expect(body).toContain("<b>TypeError</b>: a &#60; b");
    expect(body.split("a &#60; b")).toHaveLength(2);
    expect(body).toContain('<pre class="traceback">    at <span class="ansi-cyan">cell 3:1</span></pre>');
  });

  test("an error without a traceback is still marked", async () => {
    expect(await drawn({ output_type: "error", ename: "E", evalue: "m", traceback: [] })).toContain(
      'role="alert"><div class="error-line"><b>E</b>: m</div></div>',
    );
  });

  test("the style sheet of many tables stands on the page once", async () => {
    const table = shown({ "text/html": styled('<table class="dataframe"><tr><td>1</td></tr></table>') });
    const html = await page(notebookOf(codeCell("a", [table, table]), codeCell("b", [table])));
    expect(html.split("<table")).toHaveLength(4);
    expect(html.split("<style>")).toHaveLength(3);
  });
});

describe("nothing in a notebook runs, fetches or breaks out", () => {
  const EVIL = `</code></pre></style></title><script>alert(1)</script><img src=x onerror=alert(1)><svg onload=alert(1)>"'><a href="javascript:alert(1)">`;
  const places: Record<string, Notebook> = {
    code: notebookOf(codeCell(EVIL)),
    "a magic cell": notebookOf(codeCell(`%%sql ${EVIL}`)),
    Markdown: notebookOf(
      textCell(`# ${EVIL}\n\n[a](javascript:alert(1)) ![b](https://example.org/b.png)\n\n${EVIL}\n\n# b\n\n# c`),
    ),
    "a raw cell": notebookOf({ cell_type: "raw", source: EVIL, metadata: {} }),
    stdout: notebookOf(codeCell("1", [{ output_type: "stream", name: "stdout", text: EVIL }])),
    stderr: notebookOf(codeCell("1", [{ output_type: "stream", name: "stderr", text: `\x1b[31m${EVIL}` }])),
    ename: notebookOf(codeCell("1", [{ output_type: "error", ename: EVIL, evalue: "", traceback: [] }])),
    evalue: notebookOf(codeCell("1", [{ output_type: "error", ename: "E", evalue: EVIL, traceback: [] }])),
    traceback: notebookOf(codeCell("1", [{ output_type: "error", ename: "E", evalue: "", traceback: [EVIL] }])),
    "the kernel's name": { ...notebookOf(), metadata: { title: EVIL, kernelspec: { name: EVIL, display_name: EVIL } } },
    "a mime type": notebookOf(codeCell("1", [shown({ [EVIL]: EVIL })])),
    "an execution count": notebookOf({ ...codeCell("1"), execution_count: EVIL } as unknown as ReturnType<
      typeof codeCell
    >),
    "a picture's words": notebookOf(codeCell("1", [shown({ "image/png": PNG, "text/plain": EVIL })])),
    "a style sheet": notebookOf(
      codeCell("1", [
        shown({
          "text/html": `<style>@import "https://example.org/a.css";a{background:url(https://example.org/a)}${EVIL}</style><p style="background:url(https://example.org/b)">a</p>`,
        }),
      ]),
    ),
    ...Object.fromEntries(
      ["text/html", "text/markdown", "image/svg+xml", "text/latex", "image/png", "image/jpeg", "text/plain"].map(
        (type) => [type, notebookOf(codeCell("1", [shown({ [type]: EVIL })]))],
      ),
    ),
  };

  /** Elements of a page with their attributes. */
  function elementsOf(html: string): { name: string; attributes: string }[] {
    return [...html.matchAll(/<([a-zA-Z!][\w-]*)((?:[^>"]|"[^"]*")*)>/g)].map(([, name, attributes]) => ({
      name: name!.toLowerCase(),
      attributes: attributes!,
    }));
  }
  function expectHarmless(html: string): void {
    expect(html).not.toMatch(/<script/i);
    for (const { name, attributes } of elementsOf(html)) {
      expect(name).not.toMatch(
        /^(script|iframe|object|embed|link|base|form|input|svg|math|video|audio|source|template|noscript)$/,
      );
      const names = attributes.replace(/"[^"]*"/g, "");
      expect(names).not.toMatch(/\bon\w+\s*=/i);
      expect(attributes).not.toMatch(/\b(src|srcset|poster|background|data)="(?!data:image\/)/i);
      expect(attributes).not.toMatch(/href="\s*(?!https?:|mailto:)[a-z]+:/i);
    }
    for (const [, css] of html.matchAll(/<style>([\s\S]*?)<\/style>/g))
      expect(css).not.toMatch(/url\(|@import|@font-face|expression|</i);
    expect(html.match(/<style>/g)?.length).toBe(html.match(/<\/style>/g)?.length);
  }

  test("the page's policy forbids scripts and fetching too", async () => {
    expect(await page(notebookOf())).toContain(
      `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:;`,
    );
  });

  test.each(Object.entries(places))("in %s", async (_place, notebook) => {
    expectHarmless(await page(notebook));
  });

  test("in the notebook's name", async () => {
    expectHarmless(await notebookToHtml(notebookOf(), { name: EVIL }));
  });

  test("in any html put together from pieces of attacks", async () => {
    const piece = fc.constantFrom(
      "<",
      ">",
      "</",
      "script",
      "style",
      "svg",
      "math",
      "img",
      " src=",
      " onerror=",
      "<!--",
      "-->",
      '"',
      "'",
      "javascript:",
      "<p>",
      "<style>",
      "</style>",
      "a{",
      "}",
      "url(",
      "\\",
      "x",
      "title",
      "textarea",
      "<table>",
      "&lt;",
      "<![CDATA[",
      "]]>",
      "\0",
      "/",
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 14 }), async (pieces) => {
        expectHarmless(await page(notebookOf(codeCell("1", [shown({ "text/html": pieces.join("") })]))));
      }),
      { numRuns: 300 },
    );
  });

  test("a megabyte of unfinished markup takes no more than seconds", async () => {
    const started = performance.now();
    for (const start of ["<style", "<style>", "<!--", "\x1b]8", "[", "<a "]) {
      await page(
        notebookOf(
          codeCell("1", [
            shown({ "text/html": start.repeat(100_000) }),
            { output_type: "stream", name: "stdout", text: start.repeat(100_000) },
          ]),
        ),
      );
    }
    expect(performance.now() - started).toBeLessThan(20_000);
  });
});

const FIRST_HOUR = new URL("../../notebooks/01-first-hour.ipynb", import.meta.url);
test.runIf(existsSync(FIRST_HOUR))(
  "the first hour shows every cell, every picture with its size, and its figures",
  async () => {
    const notebook = parseNotebook(readFileSync(FIRST_HOUR, "utf8"), "01-first-hour");
    const html = await page(notebook);
    const codeCells = notebook.cells.filter((cell) => cell.cell_type === "code");
    const pictures = codeCells
      .flatMap(({ outputs }) => outputs)
      .filter((output) => "data" in output && !("text/html" in output.data) && "image/png" in output.data);
    expect(html.split('<pre class="source">')).toHaveLength(codeCells.length + 1);
    expect([
      ...html.matchAll(
        /<img class="picture" src="data:image\/png;base64,[^"]+" width="\d+" height="\d+" alt="[^"]+">/g,
      ),
    ]).toHaveLength(pictures.length);
    expect(html).not.toMatch(/<script|class="error"|without a form/);
  },
);
