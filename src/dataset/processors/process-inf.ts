import type { ComponentConfig } from "../../config/component-config.js";
import { refuseUnknownOptions } from "../../engine/refuse-unknown-options.js";
import { columnsOf, type GroupedPanel } from "../grouped-panel.js";
import { mapColumns, mapDates } from "../map-columns.js";
import { meanAndStd } from "../mean-and-std.js";
import { processorConfig, type Processor } from "../processor.js";

/**
 * Puts the date's mean of the column's finite values where a value is ±∞; missing where there is none. All columns.
 *
 * In Qlib: qlib.data.dataset.processor.ProcessInf
 */
export class ProcessInf implements Processor {
  readonly inferSafe = true;

  constructor(options: Readonly<Record<string, never>> = {}) {
    refuseUnknownOptions("Cannot make ProcessInf", options, []);
  }

  apply(data: GroupedPanel): Promise<GroupedPanel> {
    return mapColumns(data, columnsOf(data, null), "ProcessInf", (column) =>
      column.some(isInfinite)
        ? mapDates(data.panel, column, (values, out) => {
            if (!values.some(isInfinite)) return;
            const { mean } = meanAndStd(
              values.filter((value) => !isInfinite(value)),
              0,
            );
            for (let row = 0; row < values.length; row++) if (isInfinite(values[row]!)) out[row] = mean;
          })
        : column,
    );
  }

  config(): ComponentConfig {
    return processorConfig("ProcessInf", {});
  }
}

const isInfinite = (value: number): boolean => value === Infinity || value === -Infinity;
