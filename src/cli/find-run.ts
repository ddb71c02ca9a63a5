import { InvalidArgumentError, RecorderNotFoundError } from "../errors.js";
import type { RecorderFacade } from "../tracking/r.js";
import type { Recorder } from "../tracking/recorder.js";

/** Beginnings and ends of ids that are long enough to be meant as such. */
const PART_OF_ID = /^[0-9a-f-]{4,36}$/;

/**
 * The run that a word of a command means: its id, the beginning or the end of it, else the newest of this name.
 *
 * @throws RecorderNotFoundError when there is none. @throws InvalidArgumentError when several ids fit.
 */
export async function findRun(R: RecorderFacade, word: string): Promise<Recorder> {
  if (PART_OF_ID.test(word)) {
    const ids = new Set<string>();
    for (const like of [`${word}%`, `%${word}`]) {
      const found = await R.searchRecords({ where: { attributes: { runId: { like } } }, view: "all", limit: 6 });
      for (const id of found.array("run_id") as string[]) ids.add(id);
    }
    if (ids.size > 1)
      throw new InvalidArgumentError(
        `Cannot choose a run: the ids of ${ids.size > 5 ? "more than 5" : ids.size} runs begin or end with "${word}"\n  ${[...ids].slice(0, 5).join("\n  ")}`,
      );
    if (ids.size === 1) return R.getRecorder({ recorderId: [...ids][0]!, includeDeleted: true });
  }
  const named = await R.searchRecords({ where: { attributes: { name: word } }, limit: 1 });
  if (named.numRows() === 1) return R.getRecorder({ recorderId: named.get("run_id", 0) as string });
  throw new RecorderNotFoundError(
    `Cannot find run "${word}": it is neither an id (or 4 or more characters of one's beginning or end) nor a name\n  to see what there is: alphabook runs`,
  );
}
