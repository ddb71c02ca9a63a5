import { host } from "../host/host.js";
import { isViewable, VIEW, type View } from "../panel/view.js";
import { openReport } from "../report/open-report.js";
import { Experiment } from "../tracking/experiment.js";
import { MetricHistory } from "../tracking/metric-history.js";
import type { DisplayBundle } from "./chart-bundle.js";
import { showExperiment } from "./experiment-display.js";
import { showHistory } from "./history-chart.js";
import { showReport } from "./report-display.js";
import { isArqueroTable } from "./shown-table.js";
import { tableBundle, viewBundle } from "./view-bundle.js";

let installed = false;

/** Tells the kernel how our values and arquero's tables are shown; does nothing in a plain process, or the second time. */
export function installDisplays(): void {
  const { bridge } = host;
  if (installed || !bridge) return;
  installed = true;
  bridge.addFormatter(isArqueroTable, (table) => asBundle(tableBundle(table)));
  bridge.addFormatter(isViewable, async (value) => asBundle(await showView((value as { [VIEW](): View })[VIEW]())));
}

async function showView(view: View): Promise<DisplayBundle> {
  if (view.ref instanceof MetricHistory) return showHistory(view.ref);
  if (view.ref instanceof Experiment) return showExperiment(view.ref);
  const report = await openReport(view);
  return report ? showReport(report) : viewBundle(view);
}

const asBundle = ({ data, metadata }: DisplayBundle) => ({ data, metadata });
