import fc from "fast-check";
import { expect, test } from "vitest";
import { ansiToHtml } from "../../src/notebook/ansi.js";

test("a coloured word becomes a span of its colour", () => {
  expect(ansiToHtml("a \x1b[31mred\x1b[39m b")).toBe('a <span class="ansi-red">red</span> b');
  expect(ansiToHtml("\x1b[92mok\x1b[0m")).toBe('<span class="ansi-bright-green">ok</span>');
});

test("bold, foreground and background stand together and end one by one", () => {
  expect(ansiToHtml("\x1b[1;33;44mx\x1b[22my\x1b[49mz\x1b[mw")).toBe(
    '<span class="ansi-yellow ansi-bg-blue ansi-bold">x</span><span class="ansi-yellow ansi-bg-blue">y</span><span class="ansi-yellow">z</span>w',
  );
});

test("a palette number below 16 is one of the 16 colours, any other colour is left out", () => {
  expect(ansiToHtml("\x1b[38;5;9mx\x1b[0m\x1b[38;5;200my\x1b[38;2;1;31;4mz")).toBe(
    '<span class="ansi-bright-red">x</span>yz',
  );
});

test("other terminal sequences and control characters disappear", () => {
  expect(ansiToHtml("\x1b[2J\x1b[?25la\x1b]8;;http://x\x07b\x1b]8;;\x07\x1bMc\x00\x08\td")).toBe("abc\td");
});

test("a line that was written over shows what it said last", () => {
  expect(ansiToHtml("10 %\r50 %\r100 %\r\ndone\r\n")).toBe("100 %\ndone\n");
});

test("text is escaped inside and outside of a colour", () => {
  expect(ansiToHtml("<b>\x1b[31m<i>&")).toBe('&#60;b&#62;<span class="ansi-red">&#60;i&#62;&#38;</span>');
});

test("any text gives spans of our classes and nothing else that is markup", () => {
  const piece = fc.oneof(
    fc.string(),
    fc.constantFrom("\x1b[31m", "\x1b[0m", "\x1b[38;5;", "\x1b[", "\x1b]", "<script>", '"', "\r", "\n", "m", "1;1"),
  );
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const html = ansiToHtml(pieces.join(""));
      expect(html.replace(/<span class="[a-z -]+">|<\/span>/g, "")).not.toMatch(/[<>"]/);
      expect(html.split("<span").length).toBe(html.split("</span>").length);
    }),
  );
});
