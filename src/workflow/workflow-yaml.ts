import { Document, isScalar, visit } from "yaml";

/** A configuration as YAML: lists of plain values on a line, such as segments; everything else below each other. */
export function workflowYaml(config: Readonly<Record<string, unknown>>, comment: readonly string[] = []): string {
  const document = new Document(config, { aliasDuplicateObjects: false });
  visit(document, {
    Seq(_, list) {
      if (list.items.every(isScalar)) list.flow = true;
    },
  });
  if (comment.length > 0) document.commentBefore = comment.map((line) => ` ${line}`).join("\n");
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}
