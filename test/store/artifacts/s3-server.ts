import { createRequire } from "node:module";
import path from "node:path";
import { afterAll } from "vitest";
import { itWith } from "../../shared.js";
import { temporaryFolder } from "../../temporary-folder.js";

interface Server {
  run(): Promise<{ port: number }>;
  close(): Promise<void>;
}
type ServerClass = new (options: object) => Server;

const S3rver = findServer();

/** Tests on an S3-compatible server that they start themselves. */
export const itS3 = itWith("s3", S3rver !== undefined, "npm install --save-dev s3rver");

/** What the server takes as key and secret; the client finds them where it always does. */
export function useCredentials(key = "S3RVER"): void {
  process.env.AWS_ACCESS_KEY_ID = key;
  process.env.AWS_SECRET_ACCESS_KEY = key;
}

/** An S3-compatible server with a bucket `team`, on a port that stays the same when it comes back. */
export class S3Server {
  port = 0;
  /** The objects as files. */
  readonly folder = temporaryFolder("s3");
  #server: Server | undefined;

  constructor() {
    useCredentials();
    afterAll(() => this.stop());
  }

  async start(): Promise<this> {
    if (this.#server) return this;
    this.#server = new S3rver!({
      port: this.port,
      address: "127.0.0.1",
      silent: true,
      directory: this.folder,
      configureBuckets: [{ name: "team", configs: [] }],
    });
    this.port = (await this.#server.run()).port;
    return this;
  }

  async stop(): Promise<void> {
    await this.#server?.close();
    this.#server = undefined;
  }

  address(prefix: string, bucket = "team"): string {
    return `s3://${bucket}/${prefix}?endpoint=http://127.0.0.1:${this.port}&region=us-east-1`;
  }

  /** The file in which the server keeps an object. */
  fileOf(prefix: string, run: string, sha256: string): string {
    return path.join(this.folder, "team", prefix, "artifacts", run, `${sha256}._S3rver_object`);
  }
}

function findServer(): ServerClass | undefined {
  try {
    return createRequire(import.meta.url)("s3rver") as ServerClass;
  } catch {
    return undefined;
  }
}
