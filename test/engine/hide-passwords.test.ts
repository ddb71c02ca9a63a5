import { expect, it } from "vitest";
import { hidePasswords } from "../../src/engine/hide-passwords.js";

it("hides the password of each address in a text, and nothing else", () => {
  const text = [
    `const pool = openTaskPool("a", { url: 'postgresql://ann:p@ss%40:w0rd@db:5432/lab' }); // a@b`,
    "ALPHABOOK_TEAM=postgres://ann:secret@db/lab alphabook worker --pool http://x:1/y@z",
    "s3://key:secret@host and postgres://ann@db:5432/lab and https://example.org:8080/@types/pg",
  ];
  expect(text.map(hidePasswords)).toEqual([
    `const pool = openTaskPool("a", { url: 'postgresql://ann:***@db:5432/lab' }); // a@b`,
    "ALPHABOOK_TEAM=postgres://ann:***@db/lab alphabook worker --pool http://x:1/y@z",
    "s3://key:***@host and postgres://ann@db:5432/lab and https://example.org:8080/@types/pg",
  ]);
});
