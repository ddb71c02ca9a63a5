const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(
    `Cannot start the TypeScript kernel: Node ${process.versions.node} is too old, it needs 20.19 or newer\n  running: ${process.execPath}\n  install a newer Node and run "npx alphabook kernel install" with it`,
  );
  process.exit(1);
}
export {};
