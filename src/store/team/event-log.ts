/** A part of one process's log file, whole lines. A file only grows, so a place in it always has the same bytes. */
export interface LogPiece {
  /** Name of the file in `log/` of the store whose process writes it. */
  readonly file: string;
  /** Byte of the file the piece begins at. */
  readonly start: number;
  readonly bytes: Uint8Array;
}

/** What others have added, in the order in which everybody sees it. */
export interface NewPieces {
  readonly pieces: readonly LogPiece[];
  /** To ask from the next time. */
  readonly cursor: number;
}

/**
 * The seam of a history shared by several stores: a log of logs. Each store adds what its processes log, and takes what
 * the others added, so that every store has all log files and answers questions alone.
 */
export interface EventLog {
  /** Which history it is; another one begins at cursor 0. */
  readonly history: string;
  /** Bytes it has of these files; files it has nothing of are missing. */
  lengths(files: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /**
   * Adds pieces, all or none. One that does not begin where the file ends on it is left out, so that nothing is added twice
   * and no gap comes to be. @returns For each whether it was added.
   */
  append(pieces: readonly LogPiece[]): Promise<boolean[]>;
  /** Pieces of other stores after a cursor, some megabytes at most; none when there is nothing new. */
  read(after: number): Promise<NewPieces>;
  /** Calls `onNews` soon after others have added something; `onEnd` when the connection is lost. */
  watch(onNews: () => void, onEnd: () => void): void;
  close(): Promise<void>;
}
