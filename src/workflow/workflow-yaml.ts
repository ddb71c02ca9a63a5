import { Document, isMap, isScalar, visit, type YAMLMap } from "yaml";

const SHORT = 80;

/** A configuration as YAML: lists of plain values on a line, such as segments, short options too; the rest below each other. */
export function workflowYaml(config: Readonly<Record<string, unknown>>, comment: readonly string[] = []): string {
  const document = new Document(config, { aliasDuplicateObjects: false });
  visit(document, {
    Seq(_, list) {
      if (list.items.every(isScalar)) list.flow = true;
    },
    Pair(_, { key, value }) {
      if (isScalar(key) && key.value === "kwargs" && isMap(value)) value.flow = isShort(value);
    },
  });
  if (comment.length > 0) document.commentBefore = comment.map((line) => ` ${line}`).join("\n");
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}

const isShort = (mapping: YAMLMap): boolean =>
  mapping.items.every(({ value }) => isScalar(value)) && JSON.stringify(mapping).length < SHORT;
