#!/usr/bin/env node
// `qrun workflow.yaml` is `alphabook run workflow.yaml`.
process.argv.splice(2, 0, "run");
void import("./main.js");
