import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { camelKeys } from "../../src/config/component-config.js";
import { formatDatetime } from "../../src/engine/datetime.js";
import {
  ConfigError,
  DataError,
  EmptySegmentError,
  InvalidArgumentError,
  InvalidSegmentError,
  UnknownNameError,
} from "../../src/errors.js";
import { generateTasks, type TaskGenerator } from "../../src/task/generate-tasks.js";
import { MultiHorizonGenerator } from "../../src/task/multi-horizon-generator.js";
import { RollingGenerator, type RollingGeneratorOptions } from "../../src/task/rolling-generator.js";
import type { Task } from "../../src/task/task.js";
import { truncSegments } from "../../src/task/trunc-segments.js";
import { CAL20, days, weekdays } from "../calendar/cal20.js";

type Ends = readonly [string | null, string | null];
const source = { calendar: CAL20 };

function template(segments: Record<string, Ends>, handlerEnd: string | null = "2024-01-12"): Task {
  const dated = Object.fromEntries(Object.entries(segments).map(([name, range]) => [name, days(range)]));
  return {
    model: { class: "LinearModel" },
    dataset: { kwargs: { handler: { class: "Alpha158", kwargs: { end_time: handlerEnd } }, segments: dated } },
  };
}

const C = template({ train: ["01-03", "01-09"], valid: ["01-10", "01-12"], test: ["01-15", "01-25"] });
const short = (time: unknown) => (time === null ? null : String(time).slice(5));
const ends = (task: Task, name: string) => {
  const [start, end] = task.dataset.kwargs.segments[name]!;
  return end === null ? `${short(start)}..` : `${short(start)}..${short(end)}`;
};
const handlerEnd = (task: Task) =>
  (task.dataset.kwargs.handler as { kwargs: { end_time: string | null } }).kwargs.end_time;
const row = (task: Task) =>
  [...Object.keys(task.dataset.kwargs.segments).map((name) => ends(task, name)), short(handlerEnd(task))].join(" ");
const roll = (task: Task, options: RollingGeneratorOptions, from = source) =>
  new RollingGenerator(options).generate(task, from);

describe("RollingGenerator", () => {
  it("slides every segment by the step, the handler's end with it", () => {
    expect(roll(C, { step: 3, rtype: "sliding" }).map(row)).toEqual([
      "01-03..01-09 01-10..01-12 01-15..01-17 01-17",
      "01-08..01-12 01-15..01-17 01-18..01-22 01-22",
      "01-11..01-17 01-18..01-22 01-23..01-25 01-25",
    ]);
  });

  it("expands train only", () => {
    expect(roll(C, { step: 3 }).map((task) => ends(task, "train"))).toEqual([
      "01-03..01-09",
      "01-03..01-12",
      "01-03..01-17",
    ]);
    expect(roll(C, { step: 3, trainKey: null }).map((task) => ends(task, "train"))[1]).toBe("01-08..01-12");
  });

  it("truncates what comes too near to the test, and refuses to leave nothing", () => {
    for (const rtype of ["sliding", "expanding"] as const)
      expect(roll(C, { step: 3, rtype, truncDays: 2 }).map((task) => ends(task, "valid"))).toEqual([
        "01-10..01-11",
        "01-15..01-16",
        "01-18..01-19",
      ]);
    expect(roll(C, { step: 3, horizon: 1, labelLeakDays: 1 })).toEqual(roll(C, { step: 3, truncDays: 2 }));
    expect(() => roll(C, { step: 3, truncDays: 4 })).toThrow(/"valid".*keeps no day before 2024-01-09/);
    expect(() => roll(C, { step: 3, truncDays: 4 })).toThrow(EmptySegmentError);
  });

  it.each([
    [["01-15", "01-17"], 20, ["01-15.."]],
    [["01-15", null], 4, ["01-15..01-18", "01-19..01-24", "01-25.."]],
    [["01-15", "01-29"], 10, ["01-15..01-26", "01-29.."]],
    [["01-15", "01-29"], 11, ["01-15..01-29"]],
  ] as const)("ends where the calendar ends: test %j, step %i", (test, step, tests) => {
    const tasks = roll(template({ train: ["01-03", "01-09"], test }), { step });
    expect(tasks.map((task) => ends(task, "test"))).toEqual(tests);
    expect(tasks.map(handlerEnd).at(-1)).toBe(tests.at(-1)!.endsWith("..") ? null : "2024-01-29");
  });

  it("knows an end among future days, but starts no task after the last day with data", () => {
    const known = { calendar: CAL20.withFuture(weekdays(30).datetimes) };
    const tasks = roll(template({ train: ["01-03", "01-09"], test: ["01-15", "02-09"] }), { step: 6 }, known);
    expect(tasks.map((task) => ends(task, "test"))).toEqual(["01-15..01-22", "01-23..01-30"]);
  });

  it("clamps an end past the last known day when told to", () => {
    const tasks = roll(template({ train: ["01-03", "01-09"], test: ["01-15", null] }), { step: 4, pastEnd: "clamp" });
    expect(ends(tasks.at(-1)!, "test")).toBe("01-25..01-29");
    expect(handlerEnd(tasks.at(-1)!)).toBe("2024-01-29");
  });

  it.each([
    ["01-17", 0],
    ["01-18", 1],
    ["01-23", 2],
    ["01-29", 3],
    ["02-20", 3],
  ])("follows a task up to the one whose test has begun by %s", (until, count) => {
    const generator = new RollingGenerator({ step: 3, rtype: "sliding" });
    const all = [...roll(C, { step: 3, rtype: "sliding" }).map(row).slice(1), "01-16..01-22 01-23..01-25 01-26.. "];
    const first = generator.generate(C, source)[0]!;
    const following = [...generator.genFollowingTasks(first, `2024-${until}`, source)];
    expect(following.map((task) => row(task).replace("null", ""))).toEqual(all.slice(0, count));
  });

  it.each([
    [12, []],
    [13, ["01-18.."]],
    [14, ["01-18.."]],
    [15, ["01-18..01-22"]],
    [16, ["01-18..01-22", "01-23.."]],
  ])("used daily without future days, the same generator on day %i gives %j", (count, tests) => {
    const today = { calendar: weekdays(count) };
    const task = template({ train: ["01-03", "01-09"], test: ["01-15", "01-17"] });
    const following = [...daily.genFollowingTasks(task, null, today)];
    expect(following.map((one) => ends(one, "test"))).toEqual(tests);
  });
  const daily = new RollingGenerator({ step: 3, rtype: "sliding" });

  it("cuts a training period into blocks, the open test left alone", () => {
    const blocks = roll(template({ train: ["01-03", "01-10"], test: [null, null] }), {
      step: 3,
      testKey: "train",
      trainKey: null,
    });
    expect(blocks.map((task) => ends(task, "train"))).toEqual(["01-03..01-05", "01-08..01-10"]);
    expect(blocks.map((task) => task.dataset.kwargs.segments.test)).toEqual([
      [null, null],
      [null, null],
    ]);
  });

  it("runs a hook once more on each copy of the first task, not on the roll before", () => {
    const hook = (task: Task) => ({ ...task, runs: Number(task.runs ?? 0) + 1 });
    expect(roll(C, { step: 3, dsExtraModFunc: hook }).map((task) => task.runs)).toEqual([1, 2, 2]);
    expect(roll(C, { step: 3, dsExtraModFunc: null }).map(handlerEnd)).toEqual(Array(3).fill("2024-01-12"));
  });

  it("never shortens the handler, and leaves what it cannot read", () => {
    const longer = template({ train: ["01-03", "01-09"], test: ["01-15", "01-16"] }, "2024-01-26");
    expect(roll(longer, { step: 2 }).map(handlerEnd)).toEqual(["2024-01-26"]);
    for (const handler of ["file://handler", { class: "Alpha158" }, { class: "Alpha158", kwargs: {} }, undefined]) {
      const task = {
        dataset: { kwargs: { ...(handler ? { handler } : {}), segments: C.dataset.kwargs.segments } },
      } as Task;
      expect(roll(task, { step: 3 })[2]!.dataset.kwargs.handler).toEqual(handler);
    }
    const camel = {
      dataset: {
        kwargs: {
          handler: { class: "Alpha158", kwargs: { endTime: "2024-01-12" } },
          segments: C.dataset.kwargs.segments,
        },
      },
    };
    expect(roll(camel, { step: 3 })[0]!.dataset.kwargs.handler).toEqual({
      class: "Alpha158",
      kwargs: { endTime: "2024-01-17" },
    });
  });

  it("shares objects of classes and copies plain data", () => {
    class Handler {}
    const handler = new Handler();
    const task = { tags: ["a"], dataset: { kwargs: { handler, segments: C.dataset.kwargs.segments } } } as Task;
    const first = roll(task, { step: 3 })[0]!;
    expect(first.dataset.kwargs.handler).toBe(handler);
    expect(first.tags).not.toBe(task.tags);
  });

  it("says what is wrong with its options and its template", () => {
    for (const step of [0, -1, 1.5, NaN]) expect(() => new RollingGenerator({ step })).toThrow(InvalidArgumentError);
    expect(() => new RollingGenerator({ rtype: "slidng" as "sliding" })).toThrow(/did you mean "sliding"/);
    expect(() => new RollingGenerator({ truncDays: 3, horizon: 1 })).toThrow(/say the same thing twice/);
    expect(() => new RollingGenerator({ labelLeakDays: 1 })).toThrow(/without horizon/);
    expect(() => roll(C, { testKey: "tset" })).toThrow(/Unknown segment "tset"[\s\S]*did you mean "test"/);
    expect(() => roll(C, { trainKey: "trian" })).toThrow(UnknownNameError);
    expect(() => roll(template({ train: ["01-03", "01-09"], test: [null, "01-25"] }), {})).toThrow(InvalidSegmentError);
    expect(() => roll({ dataset: { kwargs: {} } } as never, {})).toThrow(/no task\.dataset\.kwargs\.segments/);
    expect(() => roll({} as never, {})).toThrow(ConfigError);
    const tomorrow = template({ train: ["01-03", "01-09"], test: ["01-15", "01-25"] }, "tomorrow");
    expect(() => roll(tomorrow, {})).toThrow(DataError);
  });

  const index = (time: unknown) => CAL20.indexOf(time as string);
  const cuts = fc.uniqueArray(fc.nat(19), { minLength: 4, maxLength: 4 }).map((list) => list.sort((a, b) => a - b));
  const step = fc.integer({ min: 1, max: 12 });
  const at = (i: number) => formatDatetime(CAL20.at(i)).slice(5);
  const made = (list: readonly number[]) =>
    template({ train: [at(list[0]!), at(list[1]!)], test: [at(list[2]!), at(list[3]!)] });

  it("tests follow each other without gap or overlap and reach the template's test end; train never meets test", () => {
    fc.assert(
      fc.property(cuts, step, fc.constantFrom("sliding", "expanding"), (list, n, rtype) => {
        const task = made(list);
        const before = JSON.stringify(task);
        const tasks = roll(task, { step: n, rtype: rtype as "sliding" });
        expect(JSON.stringify(task)).toBe(before);
        tasks.forEach((one, k) => {
          const { train, test } = one.dataset.kwargs.segments;
          expect(index(test![0])).toBe(list[2]! + k * n);
          if (test![1] !== null) expect(index(test![1])).toBe(list[2]! + (k + 1) * n - 1);
          else expect(k).toBe(tasks.length - 1);
          expect(index(train![1])).toBe(list[1]! + k * n);
          expect(index(train![1])).toBeLessThan(index(test![0]));
          expect(index(train![0])).toBe(list[0]! + (rtype === "sliding" ? k * n : 0));
        });
        const last = tasks.at(-1)!.dataset.kwargs.segments.test!;
        expect(index(last[0])).toBeLessThanOrEqual(list[3]!);
        if (last[1] !== null) expect(index(last[1])).toBeGreaterThanOrEqual(list[3]!);
      }),
    );
  });

  it("truncated, every task keeps its distance from the test, or none is made", () => {
    fc.assert(
      fc.property(cuts, step, fc.integer({ min: 1, max: 5 }), (list, n, distance) => {
        const left = list[2]! - distance;
        if (left < list[0]!)
          return void expect(() => roll(made(list), { step: n, truncDays: distance })).toThrow(InvalidArgumentError);
        const gaps = roll(made(list), { step: n, truncDays: distance }).map(
          ({ dataset: { kwargs } }) => index(kwargs.segments.test![0]) - index(kwargs.segments.train![1]),
        );
        expect(new Set(gaps)).toEqual(new Set([Math.max(distance, list[2]! - list[1]!)]));
      }),
    );
  });
});

describe("the registry", () => {
  it("knows the generator by Qlib's name too, and options by Qlib's spelling", async () => {
    const { registry } = await import("../../src/index.js");
    expect(registry.get("RollingGen")).toBe(registry.get("RollingGenerator"));
    expect(registry.findIdentity(new RollingGenerator())?.class).toBe("RollingGenerator");
    expect(String(new RollingGenerator(camelKeys({ step: 20, trunc_days: 3 })))).toBe(
      "RollingGenerator(step 20, expanding, 3 days before test)",
    );
  });
});

describe("MultiHorizonGenerator", () => {
  const setHorizon = (task: Task, horizon: number) => ({ ...task, horizon });

  it("ends train and valid early enough for each label", () => {
    const [one] = new MultiHorizonGenerator({ horizon: [1], setHorizon }).generate(C, source);
    expect([ends(one!, "train"), ends(one!, "valid"), ends(one!, "test"), one!.horizon]).toEqual([
      "01-03..01-09",
      "01-10..01-10",
      "01-15..01-25",
      1,
    ]);
    expect(() => new MultiHorizonGenerator({ horizon: [1, 3], setHorizon }).generate(C, source)).toThrow(
      EmptySegmentError,
    );
  });

  it("asks for whole horizons and a function", () => {
    expect(() => new MultiHorizonGenerator({ horizon: [0], setHorizon })).toThrow(InvalidArgumentError);
    expect(() => new MultiHorizonGenerator({} as never)).toThrow(/setHorizon is no function/);
  });
});

describe("truncSegments", () => {
  it("is pure, and needs to know where the test is", () => {
    const segments = C.dataset.kwargs.segments;
    expect(truncSegments(source, segments, { days: 2 })).toEqual({ ...segments, valid: days(["01-10", "01-11"]) });
    expect(() => truncSegments(source, { train: days(["01-03", "01-09"]), test: [null, null] }, { days: 2 })).toThrow(
      InvalidSegmentError,
    );
    expect(() =>
      truncSegments(source, { train: days(["01-03", null]), test: days(["01-15", null]) }, { days: 2 }),
    ).toThrow(/"train".*open end/);
  });
});

describe("generateTasks", () => {
  const copies = (count: number): TaskGenerator => ({
    generate: (task) => Array.from({ length: count }, (_, i) => ({ ...task, name: `${String(task.name)}${i}` })),
  });
  const named = (name: string) => ({ ...C, name });

  it("goes by template, then by the first generator, then by the second", () => {
    const made = generateTasks([named("a"), named("b")], [copies(2), copies(3)], source);
    expect(made.map((task) => task.name)).toEqual("a00 a01 a02 a10 a11 a12 b00 b01 b02 b10 b11 b12".split(" "));
    expect(generateTasks([named("a"), named("b"), named("c")], [copies(2), copies(3)], source)).toHaveLength(18);
  });

  it("takes one or several, and nothing of nothing", () => {
    expect(generateTasks(C, copies(2), source)).toHaveLength(2);
    expect(generateTasks([], copies(2), source)).toEqual([]);
    expect(generateTasks([C], [], source)[0]).toBe(C);
    expect(() => generateTasks(C, [copies(1), {} as TaskGenerator], source)).toThrow(
      /generator 1 has no method generate/,
    );
  });
});
