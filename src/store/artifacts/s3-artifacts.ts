import { createHash } from "node:crypto";
import { createReadStream, createWriteStream, mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { S3Client } from "@aws-sdk/client-s3";
import { replaceFile } from "../../engine/durable-file.js";
import { host } from "../../host/host.js";
import { changedArtifact, hashOf } from "./artifact-hash.js";
import type { ArtifactRef, ArtifactStore, StoredArtifact } from "./artifact-store.js";
import { parseS3Address, type S3Address } from "./s3-address.js";
import { checkSize, explainS3 } from "./s3-errors.js";

const MARKER = "alphabook-store.txt";
const CONNECT_MS = 5_000;
/** Without a byte for so long a request counts as lost. */
const SILENCE_MS = 30_000;
/** What is sent from memory, and so again by the client itself when the first attempt fails. */
const SMALL_BYTES = 8_000_000;

/**
 * The files of runs in a bucket, `<prefix>artifacts/<run id>/<sha256>`. A key says its content, so that nothing is ever
 * overwritten by something else and doing anything twice does no harm.
 */
export class S3Artifacts implements ArtifactStore {
  readonly address: string;
  readonly #place: S3Address;
  #client: Promise<S3Client> | undefined;

  /** @param address Such as `s3://quant/team?endpoint=http://minio:9000`; nothing is connected yet. */
  constructor(address: string) {
    this.#place = parseS3Address(address);
    const { bucket, prefix, endpoint } = this.#place;
    this.address = `s3://${bucket}/${prefix}${endpoint === undefined ? "" : ` at ${endpoint}`}`;
  }

  keyOf(artifact: ArtifactRef): string {
    return artifact.sha256;
  }

  async put(artifact: ArtifactRef, file: string): Promise<void> {
    await this.#ask("upload", artifact, async (client) => {
      checkSize(artifact);
      const found = await hashOf(file);
      if (found !== artifact.sha256) throw changedArtifact(artifact, file, `sha256 ${found}`);
      const { PutObjectCommand } = await import("@aws-sdk/client-s3");
      const command = new PutObjectCommand({
        ...this.#object(artifact),
        Body: artifact.bytes <= SMALL_BYTES ? readFileSync(file) : createReadStream(file),
        ContentLength: artifact.bytes,
        ChecksumSHA256: Buffer.from(artifact.sha256, "hex").toString("base64"),
      });
      // Signed with the request, so that the server takes no other content.
      command.middlewareStack.add(
        (next) => (args) => {
          const { headers } = args.request as { headers: Record<string, string> };
          headers["x-amz-content-sha256"] = artifact.sha256;
          return next(args);
        },
        { step: "build", name: "contentOfArtifact" },
      );
      await client.send(command);
    });
  }

  async get(artifact: ArtifactRef, file: string): Promise<void> {
    await this.#ask("fetch", artifact, async () => {
      mkdirSync(path.dirname(file), { recursive: true });
      await replaceFile(file, (temporary) => this.#read(artifact, temporary));
    });
  }

  async has(artifact: ArtifactRef): Promise<boolean> {
    return this.#ask("look for", artifact, async (client) => {
      const { HeadObjectCommand } = await import("@aws-sdk/client-s3");
      try {
        return (await client.send(new HeadObjectCommand(this.#object(artifact)))).ContentLength === artifact.bytes;
      } catch (error) {
        if (isAbsent(error)) return false;
        throw error;
      }
    });
  }

  async verify(artifact: ArtifactRef): Promise<void> {
    await this.#ask("read", artifact, () => this.#read(artifact, undefined));
  }

  async list(run?: string): Promise<StoredArtifact[]> {
    const start = `${this.#place.prefix}artifacts/`;
    return this.#ask("list artifacts", undefined, async (client) => {
      const { ListObjectsV2Command } = await import("@aws-sdk/client-s3");
      const found: StoredArtifact[] = [];
      for (let token: string | undefined, more = true; more; more = token !== undefined) {
        await host.breathe();
        const page = await client.send(
          new ListObjectsV2Command({
            Bucket: this.#place.bucket,
            Prefix: run === undefined ? start : `${start}${run}/`,
            ...(token !== undefined && { ContinuationToken: token }),
          }),
        );
        for (const { Key = "", Size = 0 } of page.Contents ?? []) {
          const [ofRun, key] = Key.slice(start.length).split("/");
          if (ofRun && key) found.push({ run: ofRun, key, bytes: Size });
        }
        token = page.NextContinuationToken;
      }
      return found;
    });
  }

  async remove(run: string): Promise<void> {
    const objects = await this.list(run);
    await this.#ask(`remove artifacts of run ${run}`, undefined, async (client) => {
      const { DeleteObjectCommand } = await import("@aws-sdk/client-s3");
      for (const { key } of objects) {
        await host.breathe();
        await client.send(new DeleteObjectCommand(this.#object({ run, sha256: key })));
      }
    });
  }

  async owner(): Promise<string | undefined> {
    return this.#ask("look whose artifacts these are", undefined, async (client) => {
      const { GetObjectCommand } = await import("@aws-sdk/client-s3");
      try {
        const { Body } = await client.send(new GetObjectCommand(this.#marker));
        return (await Body!.transformToString()).trim();
      } catch (error) {
        if (isAbsent(error)) return undefined;
        throw error;
      }
    });
  }

  async claim(owner: string): Promise<void> {
    await this.#ask("begin a place for artifacts", undefined, async (client) => {
      const { PutObjectCommand } = await import("@aws-sdk/client-s3");
      await client.send(new PutObjectCommand({ ...this.#marker, Body: `${owner}\n` }));
    });
  }

  /** To a file, or only past the hash. */
  async #read(artifact: ArtifactRef, file: string | undefined): Promise<void> {
    const client = await this.#connect();
    const { GetObjectCommand } = await import("@aws-sdk/client-s3");
    const { Body } = await client.send(new GetObjectCommand(this.#object(artifact)));
    const hash = createHash("sha256");
    const body = Body as Readable;
    if (file === undefined) await pipeline(body, hash);
    else
      await pipeline(
        body,
        async function* (chunks: AsyncIterable<Buffer>) {
          for await (const chunk of chunks) {
            hash.update(chunk);
            yield chunk;
          }
        },
        createWriteStream(file),
      );
    const found = hash.digest("hex");
    if (found !== artifact.sha256) throw changedArtifact(artifact, this.address, `sha256 ${found}`);
  }

  #object({ run, sha256 }: Pick<ArtifactRef, "run" | "sha256">) {
    return { Bucket: this.#place.bucket, Key: `${this.#place.prefix}artifacts/${run}/${sha256}` };
  }

  get #marker() {
    return { Bucket: this.#place.bucket, Key: `${this.#place.prefix}${MARKER}` };
  }

  async #ask<T>(action: string, artifact: ArtifactRef | undefined, work: (client: S3Client) => Promise<T>): Promise<T> {
    try {
      return await work(await this.#connect());
    } catch (error) {
      throw explainS3(error, this.address, action, artifact);
    }
  }

  #connect(): Promise<S3Client> {
    return (this.#client ??= connect(this.#place));
  }
}

async function connect({ endpoint, region, forcePathStyle }: S3Address): Promise<S3Client> {
  const { S3Client } = await import("@aws-sdk/client-s3");
  // Which Node its next version will want is ours to heed, not the user's: its version is ours.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
  const configured = region ?? process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION;
  // A server with an endpoint of its own rarely has regions, and the client wants one.
  const known = configured ?? (endpoint === undefined ? undefined : "us-east-1");
  return new S3Client({
    ...(endpoint !== undefined && { endpoint }),
    ...(known !== undefined && { region: known }),
    forcePathStyle,
    maxAttempts: 3,
    // What goes wrong is thrown, in our words; nothing is printed beside it.
    logger: { trace: quiet, debug: quiet, info: quiet, warn: quiet, error: quiet },
    requestHandler: { connectionTimeout: CONNECT_MS, socketTimeout: SILENCE_MS },
    // Many servers know no other checksums; the content is signed and checked by its sha256.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
  });
}

const isAbsent = (error: unknown) => ["NoSuchKey", "NotFound"].includes((error as Error).name);

const quiet = () => {};
