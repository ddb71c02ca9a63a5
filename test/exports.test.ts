import { describe, expect, it } from "vitest";
import * as alphabook from "../src/index.js";

describe("the package", () => {
  it("exports these names and no others", () => {
    expect(Object.keys(alphabook).sort()).toMatchSnapshot();
  });
});
