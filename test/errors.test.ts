import { describe, expect, it } from "vitest";
import { InvalidArgumentError, nearest, UnknownNameError, WorkflowError } from "../src/errors.js";

describe("errors", () => {
  it("an unknown name says what exists and what is nearest", () => {
    const error = new UnknownNameError("column", "clsoe", ["open", "close", "volume"]);
    expect(error.message).toBe('Unknown column "clsoe"\n  known: close, open, volume\n  did you mean "close"?');
    expect(error).toBeInstanceOf(WorkflowError);
    expect(Object.keys(error)).toEqual(["name"]);
  });

  it("a long list of names is shortened and counted", () => {
    const names = Array.from({ length: 158 }, (_, i) => `F${i}`);
    expect(new UnknownNameError("feature", "KMIDD", names).message).toContain("158 are known, among them F0, ");
  });

  it("nothing near is not guessed at", () => {
    expect(nearest("volume", ["IC", "x"])).toBeUndefined();
    expect(nearest("Clsoe", ["close", "open"])).toBe("close");
  });

  it("every error carries its class as its name", () => {
    expect(new InvalidArgumentError("x").name).toBe("InvalidArgumentError");
  });
});
