/** One file of a run, as the event log names it. */
export interface ArtifactRef {
  readonly run: string;
  /** Below the run's folder, with `/`. */
  readonly path: string;
  readonly bytes: number;
  /** Of the content, in hexadecimal. */
  readonly sha256: string;
}

/** What a store of artifacts holds. */
export interface StoredArtifact {
  readonly run: string;
  /** What {@link ArtifactStore.keyOf} says of its artifact: a path in a folder, the sha256 in a bucket. */
  readonly key: string;
  readonly bytes: number;
}

/**
 * Where the files of runs are kept. Two are known: a folder, and a bucket of an S3-compatible server; one suite of tests runs on
 * both. Three failures differ everywhere: `MissingArtifactError` when there is no such file, `LoadObjectError` when there is one
 * with another content than was saved, `StoreError` when the place cannot be reached or refuses.
 */
export interface ArtifactStore {
  /** For people: without anything secret. */
  readonly address: string;
  /** How the artifact is called among those of its run. */
  keyOf(artifact: ArtifactRef): string;
  /** Copies a local file in. Doing it again changes nothing; a writer that is killed leaves nothing half. @throws LoadObjectError when the file is not what the artifact says. */
  put(artifact: ArtifactRef, file: string): Promise<void>;
  /** Writes the content to a local file, which is there complete and as it was saved, or not at all. */
  get(artifact: ArtifactRef, file: string): Promise<void>;
  /** Whether it is there, with its length. */
  has(artifact: ArtifactRef): Promise<boolean>;
  /** Reads what is there, and resolves when its sha256 is the artifact's. */
  verify(artifact: ArtifactRef): Promise<void>;
  /** Everything, or of one run; by run and key. */
  list(run?: string): Promise<StoredArtifact[]>;
  /** All files of a run. None is fine. */
  remove(run: string): Promise<void>;
  /** Whose artifacts lie here; undefined when nobody has said so. */
  owner(): Promise<string | undefined>;
  /** Says whose they are. */
  claim(owner: string): Promise<void>;
}
