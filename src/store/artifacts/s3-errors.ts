import { InvalidArgumentError, MissingArtifactError, StoreError, WorkflowError } from "../../errors.js";
import { reason } from "../format.js";
import type { ArtifactRef } from "./artifact-store.js";

interface ServiceError extends Error {
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

const NO_ENTRY = [
  "AccessDenied",
  "InvalidAccessKeyId",
  "SignatureDoesNotMatch",
  "ExpiredToken",
  "InvalidToken",
  "Forbidden",
];

/** What went wrong at a server, in our words: no such file, no such bucket, not allowed in, not reached. */
export function explainS3(error: unknown, address: string, action: string, artifact?: ArtifactRef): WorkflowError {
  if (error instanceof WorkflowError) return error;
  const what = artifact ? `${action} artifact "${artifact.path}" of run ${artifact.run}` : action;
  const { name, $metadata, code } = error as ServiceError;
  const status = $metadata?.httpStatusCode;
  const options = { cause: error };
  if (name === "NoSuchBucket")
    return new StoreError(
      `Cannot ${what}: ${address} names a bucket that does not exist\n  make it there, or correct the address`,
      options,
    );
  if (artifact && (name === "NoSuchKey" || name === "NotFound" || status === 404))
    return new MissingArtifactError(
      `Cannot ${what}: ${address} has no such file\n  the computer that made it may not have uploaded it yet: open its store there (alphabook store uploads)`,
      [artifact.path],
      options,
    );
  if (name === "CredentialsProviderError" || /credential/i.test(name ?? ""))
    return new StoreError(
      `Cannot ${what}: there are no credentials for ${address}\n  set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE`,
      options,
    );
  if (NO_ENTRY.includes(name) || status === 401 || status === 403)
    return new StoreError(
      `Cannot ${what}: ${address} refuses the credentials (${name})\n  look at AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, and at what they are allowed to do`,
      options,
    );
  if (status === undefined)
    return new StoreError(
      `Cannot ${what}: ${address} is not reached: ${code ?? reason(error)}\n  look at the network and the endpoint; uploads wait in the store until it is back`,
      options,
    );
  return new StoreError(`Cannot ${what}: ${address} answered ${status} ${name}: ${reason(error)}`, options);
}

/** Amazon's and others' limit for what is sent in one piece. */
const MAX_BYTES = 5_000_000_000;

export function checkSize({ path, bytes }: ArtifactRef): void {
  if (bytes > MAX_BYTES)
    throw new InvalidArgumentError(
      `Cannot upload artifact "${path}": it has ${bytes} bytes, a server takes ${MAX_BYTES} in one piece\n  it stays in the store's folder; save it in parts to have it uploaded`,
    );
}
