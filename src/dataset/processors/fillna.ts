import type { ComponentConfig } from "../../config/component-config.js";
import { refuseUnknownOptions } from "../../engine/refuse-unknown-options.js";
import type { PanelColumn } from "../../panel/panel.js";
import { columnsOf, type FieldsGroup, type GroupedPanel } from "../grouped-panel.js";
import { mapColumns } from "../map-columns.js";
import { processorConfig, type Processor, type ProcessorState } from "../processor.js";

export interface FillnaOptions {
  /** Default null: all columns, labels too. */
  readonly fieldsGroup?: FieldsGroup;
  /** Default 0. */
  readonly fillValue?: number;
}

/**
 * Puts a value where one is missing; ±∞ is not missing. Columns without a gap are shared, not copied.
 *
 * In Qlib: qlib.data.dataset.processor.Fillna
 */
export class Fillna implements Processor {
  readonly inferSafe = true;
  readonly #options: FillnaOptions;

  constructor(options: FillnaOptions = {}) {
    refuseUnknownOptions("Cannot make Fillna", options, ["fieldsGroup", "fillValue"]);
    this.#options = options;
  }

  apply(
    data: GroupedPanel,
    _state: ProcessorState = {},
    mayOverwrite: (column: PanelColumn) => boolean = () => false,
  ): Promise<GroupedPanel> {
    const { fieldsGroup = null, fillValue = 0 } = this.#options;
    return mapColumns(data, columnsOf(data, fieldsGroup), "Fillna", (column) =>
      filled(column, fillValue, mayOverwrite(column)),
    );
  }

  config(): ComponentConfig {
    return processorConfig("Fillna", { ...this.#options });
  }
}

function filled(column: PanelColumn, value: number, inPlace: boolean): PanelColumn {
  let gap = 0;
  while (gap < column.length && column[gap] === column[gap]) gap++;
  if (gap === column.length) return column;
  const whole = inPlace ? column : column.slice();
  for (let row = gap; row < whole.length; row++) if (whole[row] !== whole[row]) whole[row] = value;
  return whole;
}
