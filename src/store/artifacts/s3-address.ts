import { InvalidArgumentError, UnknownNameError } from "../../errors.js";

/** A bucket, or a part of one, of an S3-compatible server. */
export interface S3Address {
  readonly bucket: string;
  /** Before every key; empty, or ending in `/`. */
  readonly prefix: string;
  /** Of a server that is not Amazon's, such as `http://minio:9000`. */
  readonly endpoint: string | undefined;
  readonly region: string | undefined;
  /** The bucket in the path instead of the host's name; default with an endpoint, as most other servers want it. */
  readonly forcePathStyle: boolean;
}

const OPTIONS = ["endpoint", "region", "forcePathStyle"];
const FORM = "s3://bucket/prefix?endpoint=http://host:9000&region=us-east-1";

/**
 * Reads `s3://bucket/prefix?endpoint=…&region=…&forcePathStyle=…`. Credentials never stand in it: they are found where other
 * programs find them (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, `~/.aws`, the machine's role).
 *
 * @throws InvalidArgumentError for another form, or credentials in it, which are not repeated. @throws UnknownNameError for
 *   another option.
 * @example
 * parseS3Address("s3://quant/team?endpoint=http://minio:9000").prefix // -> "team/"
 */
export function parseS3Address(text: string): S3Address {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new InvalidArgumentError(`Cannot use this address for artifacts: it is no address\n  expected: ${FORM}`);
  }
  const endpoint = url.searchParams.get("endpoint") ?? undefined;
  if (url.username || url.password || /\/\/[^/?]*@/.test(endpoint ?? "") || hasSecret(url))
    throw new InvalidArgumentError(
      `Cannot use an address for artifacts that holds credentials: it is kept in the store, where others read it\n  give them as AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile in AWS_PROFILE\n  expected: ${FORM}`,
    );
  if (url.protocol !== "s3:" || !/^[a-z0-9][a-z0-9._-]{1,62}$/i.test(url.hostname) || url.port || url.hash)
    throw new InvalidArgumentError(`Cannot use "${text}" for artifacts: no bucket is named\n  expected: ${FORM}`);
  for (const name of url.searchParams.keys())
    if (!OPTIONS.includes(name))
      throw new UnknownNameError("option", name, OPTIONS, { context: "Cannot use an address for artifacts" });
  if (endpoint !== undefined && !/^https?:\/\/[^/]/.test(endpoint))
    throw new InvalidArgumentError(
      `Cannot use endpoint "${endpoint}" for artifacts\n  expected: an address such as http://minio:9000`,
    );
  const pathStyle = url.searchParams.get("forcePathStyle");
  if (pathStyle !== null && !["true", "false"].includes(pathStyle))
    throw new InvalidArgumentError(
      `Cannot use forcePathStyle=${pathStyle} in an address for artifacts\n  expected: true or false`,
    );
  const prefix = decodeURIComponent(url.pathname).split("/").filter(Boolean).join("/");
  return {
    bucket: url.hostname,
    prefix: prefix === "" ? "" : `${prefix}/`,
    endpoint,
    region: url.searchParams.get("region") ?? undefined,
    forcePathStyle: pathStyle === null ? endpoint !== undefined : pathStyle === "true",
  };
}

/** Whether two addresses name the same objects; the same server may be called differently from two networks. */
export function isSamePlace(a: string, b: string): boolean {
  const [one, other] = [parseS3Address(a), parseS3Address(b)];
  return one.bucket === other.bucket && one.prefix === other.prefix;
}

const hasSecret = (url: URL) =>
  [...url.searchParams.keys()].some((name) => /secret|password|token|access.?key|signature|credential/i.test(name));
