import { describe, expect, it } from "vitest";
import { isSamePlace, parseS3Address } from "../../../src/store/artifacts/s3-address.js";

describe("the address of a bucket", () => {
  it("names bucket, prefix, server and region", () => {
    expect(parseS3Address("s3://quant/team/a?endpoint=http://minio:9000&region=eu-1")).toEqual({
      bucket: "quant",
      prefix: "team/a/",
      endpoint: "http://minio:9000",
      region: "eu-1",
      forcePathStyle: true,
    });
    expect(parseS3Address("s3://quant")).toMatchObject({ prefix: "", endpoint: undefined, forcePathStyle: false });
    expect(parseS3Address("s3://quant/?forcePathStyle=true")).toMatchObject({ prefix: "", forcePathStyle: true });
  });

  it.each([
    "s3://key:hunter2@quant/x",
    "s3://quant/x?secretAccessKey=hunter2",
    "s3://quant/x?X-Amz-Security-Token=hunter2",
    "s3://quant?endpoint=http://key:hunter2@minio:9000",
  ])("with credentials in it is refused without repeating them: %#", (address) => {
    expect(() => parseS3Address(address)).toThrow("that holds credentials");
    expect(() => parseS3Address(address)).not.toThrow("hunter2");
  });

  it.each(["gs://quant/x", "s3://", "./folder", "s3://quant:80/x", "s3://quant?endpoint=minio:9000"])(
    "is none of %j",
    (address) => {
      expect(() => parseS3Address(address)).toThrow(/^Cannot use .* for artifacts/);
    },
  );

  it("with an unknown option names the known ones", () => {
    expect(() => parseS3Address("s3://quant?regoin=x")).toThrow(/regoin[^]*region/);
  });

  it("means the same objects by whichever name the server is called", () => {
    expect(isSamePlace("s3://quant/b?endpoint=http://one:1", "s3://quant/b/?endpoint=http://two:2")).toBe(true);
    expect(isSamePlace("s3://quant/b", "s3://quant/c")).toBe(false);
  });
});
