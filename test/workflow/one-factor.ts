import { Panel, type DatasetH, type Model, type PredictOptions } from "alphabook";

/** A model of a user's, in a file beside a workflow: one feature is the forecast. */
export class OneFactor implements Model {
  readonly column: string;

  constructor({ column = "ROC5" }: { readonly column?: string } = {}) {
    this.column = column;
  }

  async fit(): Promise<void> {}

  async predict(dataset: DatasetH, { segment = "test" }: PredictOptions = {}): Promise<Panel> {
    const panel = await dataset.prepare(segment, { colSet: "feature" });
    return panel.select([this.column]).rename({ [this.column]: "score" });
  }

  toText(): string {
    return JSON.stringify({ column: this.column });
  }

  static fromText(text: string): OneFactor {
    return new OneFactor(JSON.parse(text) as { column: string });
  }
}
