// A process that simulates a practice of a YAML file in a store, to be killed at any moment.
import { OnlineManager, R, readManagerFile } from "../../dist/index.js";

const [store, file, until] = process.argv.slice(2);
R.setUri(store);
process.stdout.write("begun\n");
await new OnlineManager(await readManagerFile(file)).simulate({ until });
process.stdout.write("done\n");
