import { InvalidArgumentError } from "../errors.js";
import type { Panel } from "../panel/panel.js";

export type ColumnGroup = "feature" | "label";

/**
 * A panel whose columns belong to groups: what a model sees and what it is to forecast.
 *
 * Every column of `panel` stands in exactly one group.
 */
export interface GroupedPanel {
  readonly panel: Panel;
  /** Column names, in the order of the features. */
  readonly feature: readonly string[];
  readonly label: readonly string[];
}

/** The columns a processor works on: a group, several, or all (null). In Qlib: `fields_group`. */
export type FieldsGroup = ColumnGroup | readonly ColumnGroup[] | null;

/** @throws InvalidArgumentError for a group that does not exist. */
export function columnsOf(data: GroupedPanel, group: FieldsGroup): readonly string[] {
  if (group === null) return [...data.feature, ...data.label];
  const groups = typeof group === "string" ? [group] : group;
  return groups.flatMap((name) => {
    if (name !== "feature" && name !== "label")
      throw new InvalidArgumentError(
        `Cannot select columns: fieldsGroup is ${JSON.stringify(name)}, "feature", "label" or null (all) expected`,
      );
    return data[name];
  });
}

/** The same columns with other rows or values; columns that `panel` lacks leave their group. */
export function withPanel(data: GroupedPanel, panel: Panel): GroupedPanel {
  const has = (name: string) => panel.columns.has(name);
  return { panel, feature: data.feature.filter(has), label: data.label.filter(has) };
}
