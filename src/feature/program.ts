import { fieldsOf, type ElsewhereNode, type Expression } from "./expression.js";
import { splitArguments } from "./lookback.js";
import { printExpression } from "./print-expression.js";
import { findOperator } from "./operators/registry.js";
import type { Operand, Operator } from "./operators/operator.js";

/** Where a step finds an input: a field, the result of an earlier step, or a number. */
type Slot = { readonly field: string } | { readonly step: number } | { readonly number: Float64Array };

interface Step {
  readonly operator: Operator;
  readonly inputs: readonly Slot[];
  readonly numbers: readonly number[];
}

/** Steps that are computed in one go: a single one, or those that share a kernel, a series and a window. */
interface Pass {
  readonly key: string;
  readonly steps: number[];
}

/**
 * Several expressions as one list of steps in which every common sub-expression occurs once. Run once per instrument.
 *
 * Results live in buffers that the next run overwrites.
 */
export class Program {
  /** Fields read by any of the expressions. */
  readonly fields: readonly string[];
  /** What is read of other instruments, each once, under the key that `run` expects its values. */
  readonly elsewhere: ReadonlyMap<string, ElsewhereNode>;
  readonly #steps: readonly Step[];
  readonly #passes: readonly Pass[];
  readonly #outputs: readonly Slot[];
  #buffers: Float64Array[] = [];

  constructor(expressions: readonly Expression[]) {
    const found = new Set<string>();
    for (const expression of expressions) fieldsOf(expression, found);
    this.fields = [...found];
    const builder = new StepBuilder();
    this.#outputs = expressions.map((expression) => builder.slotOf(expression).slot);
    this.#steps = builder.steps;
    this.elsewhere = builder.elsewhere;
    this.#passes = passesOf(builder.steps);
  }

  /** Number of operator applications per instrument. */
  get numSteps(): number {
    return this.#steps.length;
  }

  /**
   * The expressions' values, one array of `length` rows each.
   * @param values `length` rows of every field in `fields` and of every key in `elsewhere`.
   */
  run(values: ReadonlyMap<string, Float64Array>, length: number): Float64Array[] {
    this.#reserve(length);
    const buffers = this.#buffers.map((buffer) => buffer.subarray(0, length));
    const read = (slot: Slot): Operand => {
      if ("number" in slot) return { values: slot.number, step: 0 };
      return { values: "step" in slot ? buffers[slot.step]! : values.get(slot.field)!, step: 1 };
    };
    for (const { steps } of this.#passes) {
      const { operator, inputs, numbers } = this.#steps[steps[0]!]!;
      if (steps.length === 1) operator.compute(buffers[steps[0]!]!, inputs.map(read), numbers);
      else
        operator.joint!.kernel(
          steps.map((step) => buffers[step]!),
          read(inputs[0]!).values,
          numbers[0]!,
          steps.map((step) => this.#steps[step]!.operator.joint!.statistic(this.#steps[step]!.numbers)),
        );
    }
    return this.#outputs.map((slot) =>
      "number" in slot ? new Float64Array(length).fill(slot.number[0]!) : read(slot).values,
    );
  }

  #reserve(length: number): void {
    if (this.#buffers.length && this.#buffers[0]!.length >= length) return;
    this.#buffers = this.#steps.map(() => new Float64Array(length));
  }
}

/** A pass stands where the first of its steps does: what that one reads, the others read. */
function passesOf(steps: readonly Step[]): Pass[] {
  const passes: Pass[] = [];
  const kernels = new Map<unknown, Pass[]>();
  steps.forEach(({ operator, inputs, numbers }, i) => {
    const { joint } = operator;
    const kin = joint && (kernels.get(joint.kernel) ?? kernels.set(joint.kernel, []).get(joint.kernel)!);
    const key = joint ? JSON.stringify([inputs, numbers[0]]) : "";
    const known = kin?.find((pass) => pass.key === key);
    if (known) known.steps.push(i);
    else {
      const pass = { key, steps: [i] };
      passes.push(pass);
      kin?.push(pass);
    }
  });
  return passes;
}

/** Numbers sub-expressions by what they compute, so that equal ones share a step. */
class StepBuilder {
  readonly steps: Step[] = [];
  readonly elsewhere = new Map<string, ElsewhereNode>();
  readonly #known = new Map<string, { slot: Slot; key: string }>();

  slotOf(expression: Expression): { slot: Slot; key: string } {
    if (expression.kind === "field") return { slot: { field: expression.name }, key: expression.name };
    if (expression.kind === "number")
      return { slot: { number: Float64Array.of(expression.value) }, key: String(expression.value) };
    if (expression.kind === "elsewhere") {
      const key = printExpression(expression);
      this.elsewhere.set(key, expression);
      return { slot: { field: key }, key };
    }
    const operator = findOperator(expression.operator)!;
    const { inputs, numbers } = splitArguments(operator, expression.args);
    const slots = inputs.map((input) => this.slotOf(input));
    const call = `${operator.name}(${[...slots.map(({ key }) => key), ...numbers].join(",")})`;
    let known = this.#known.get(call);
    if (!known) {
      const step = this.steps.push({ operator, inputs: slots.map(({ slot }) => slot), numbers }) - 1;
      this.#known.set(call, (known = { slot: { step }, key: `#${step}` }));
    }
    return known;
  }
}
