/** Metadata of a notebook that runs on our kernel. */
export function kernelLanguage(): Record<string, unknown> {
  return {
    kernelspec: { display_name: "TypeScript (alphabook)", language: "typescript", name: "alphabook" },
    language_info: {
      codemirror_mode: { mode: "typescript", name: "javascript", typescript: true },
      file_extension: ".ts",
      mimetype: "text/typescript",
      name: "typescript",
      nbconvert_exporter: "script",
      pygments_lexer: "typescript",
    },
  };
}
