import { describe, expect, it } from "vitest";
import { renderTemplate } from "../../src/config/render-template.js";

describe("renderTemplate", () => {
  it("leaves a text without a template alone", async () => {
    expect(await renderTemplate("a: { b: 1 }\n", "a.yaml", { b: "2" })).toEqual({
      ...{ text: "a: { b: 1 }\n", masked: "a: { b: 1 }\n", variables: [], secrets: {} },
    });
  });

  it("puts in what the template names and the environment has; the rest renders empty", async () => {
    const text =
      "a: {{ TOPK | default(50) }}\nb: {{ NOTHING }}\n{% if FAST %}c: 1{% else %}c: 2{% endif %}\n# {{ TOPK }}\n";
    const { text: rendered, variables } = await renderTemplate(text, "a.yaml", { TOPK: "9", HOME: "/home/me" });
    expect(rendered).toBe("a: 9\nb: \nc: 2\n# 9\n");
    expect(variables).toEqual(["TOPK"]);
  });

  it("is plain text for what HTML would escape", async () => {
    expect((await renderTemplate("a: {{ X }}", "a.yaml", { X: "<MODEL> & 'q'" })).text).toBe("a: <MODEL> & 'q'");
  });

  it("covers the values of secret variables by as many stars", async () => {
    const { masked, secrets } = await renderTemplate("a: {{ API_KEY }}/{{ NAME }}", "a.yaml", {
      API_KEY: "hunter2",
      NAME: "me",
    });
    expect([masked, secrets]).toEqual(["a: *******/me", { API_KEY: "hunter2" }]);
  });

  it("says where a template is wrong", async () => {
    const fault = (text: string) =>
      renderTemplate(text, "a.yaml", {}).then(
        () => "",
        (error: Error) => error.message.split("\n")[0]!,
      );
    expect(await fault("x: 1\ny: {{ A | upcase }}\n")).toMatch(
      /^Cannot read workflow a\.yaml:2:11: .*filter not found: upcase$/,
    );
    expect(await fault("x: 1\ny: {{ A\nz: 2\n")).toMatch(/a\.yaml:2:4: /);
    expect(await fault("{% if A %}x: 1{% endif %}\n  {% for i in A %}\ny: 2\n")).toMatch(/a\.yaml:2:3: .*end of file/);
  });
});
