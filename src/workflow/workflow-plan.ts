import type { Market } from "../data/market.js";
import { VIEW, type Fact, type View, type Viewable } from "../panel/view.js";
import type { Recorder } from "../tracking/recorder.js";
import { taskTrain } from "../trainer/task-train.js";
import type { Task } from "../task/task.js";
import type { WorkflowParts } from "./check-components.js";
import type { DataFindings } from "./check-data.js";
import { coverSecrets } from "./cover-secrets.js";
import { init } from "./init.js";
import type { LoadedWorkflow } from "./load-workflow.js";
import type { Override } from "./overrides.js";
import { workflowYaml } from "./workflow-yaml.js";

interface PlanParts {
  readonly workflow: LoadedWorkflow;
  /** With references filled in. */
  readonly filled: Readonly<Record<string, unknown>>;
  /** Without secrets. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly parts: WorkflowParts;
  readonly market: Market;
  readonly found: DataFindings;
  readonly overrides: readonly Override[];
  readonly experimentName: string;
  readonly recorderName?: string;
  readonly storeUri?: string;
}

/** A workflow that was read and checked: what it would do, and the means to do it. */
export class WorkflowPlan implements Viewable {
  readonly experimentName: string;
  /** The merged configuration, references as written, secrets as the templates they came from. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly market: Market;
  readonly #plan: PlanParts;

  constructor(plan: PlanParts) {
    this.#plan = plan;
    this.experimentName = plan.experimentName;
    this.config = plan.config;
    this.market = plan.market;
  }

  /** What is left out or cut, in sentences. */
  get notes(): readonly string[] {
    return this.#plan.found.notes;
  }

  /** Trading days of each segment, as far as there are data. */
  get segments(): DataFindings["segments"] {
    return this.#plan.found.segments;
  }

  /** The task as it would be trained: references filled in, secrets covered. */
  get task(): Readonly<Record<string, unknown>> {
    const { filled, workflow } = this.#plan;
    return coverSecrets(filled.task, workflow.secrets) as Readonly<Record<string, unknown>>;
  }

  /** See {@link runWorkflow}. */
  async run(): Promise<Recorder> {
    const { workflow, market, storeUri, recorderName, experimentName } = this.#plan;
    await init({ market, ...(storeUri !== undefined && { storeUri }) });
    return taskTrain(workflow.config.task as Task, {
      experimentName,
      ...(recorderName !== undefined && { recorderName }),
      onStart: (run) => this.#keep(run),
    });
  }

  /** Everything that makes the run again, kept before it can fail. */
  async #keep(run: Recorder): Promise<void> {
    const { workflow, overrides } = this.#plan;
    const { name, folder, files, variables } = workflow;
    run.setTags({ workflow: name });
    const [file] = files;
    const given = overrides.map(({ text }) => text);
    const bases = files.slice(1).map(({ file, raw, rendered }) => ({ file, raw, rendered }));
    await run.saveObjects({
      config: this.config,
      ...(file && { config_raw: file.raw, config_rendered: file.rendered }),
      workflow: { file: file?.file ?? null, folder, variables, overrides: given, bases },
    });
  }

  [VIEW](): View {
    const { workflow, overrides, found, parts, storeUri } = this.#plan;
    const { handler } = parts.dataset;
    const { calendar } = this.market.info();
    const names = parts.records.map(({ Template }) => Template.name).join(", ");
    const facts: Record<string, Fact> = {
      workflow: workflow.name,
      ...(overrides.length > 0 && { overrides: overrides.map(({ text }) => text).join(", ") }),
      ...(workflow.variables.length > 0 && { variables: workflow.variables.join(", ") }),
      experiment: this.experimentName,
      ...(storeUri !== undefined && { store: storeUri }),
      market: this.market.name,
      calendar,
      universe: `${universeName(handler.universe) ?? this.market.universe} (${found.instruments} instruments)`,
      model: parts.model.constructor.name,
      data: `${parts.dataset.constructor.name} of ${handler.constructor.name}, ${handler.features.length} features`,
      label: handler.labels.map(({ expression }) => expression).join("; "),
      records: names === "" ? "none" : names,
    };
    return {
      kind: "table",
      title: `Plan of ${workflow.name}: checked, nothing has run`,
      facts,
      table: found.segments.map((segment) => ({ ...segment })),
      texts: [{ title: "task, references filled in", text: workflowYaml(this.task).trimEnd() }],
      notes: this.notes,
    };
  }

  toString(): string {
    return `WorkflowPlan(${this.#plan.workflow.name}, experiment "${this.experimentName}")`;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
}

const universeName = (universe: unknown): string | undefined =>
  universe === undefined ? undefined : typeof universe === "string" ? universe : "a list";
