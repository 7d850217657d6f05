import type { AwsS3Options } from "@uppy/aws-s3";
import type { Body, Meta } from "@uppy/core";

/** Options for `uppy.use(AwsS3, aik(…))`; the asset's id is the `uploadURL` of upload-success. */
export function aik(gateway: string, clientId: string, token?: string): AwsS3Options<Meta, Body> {
  const headers: Record<string, string> = { "X-Client-Id": clientId, "Content-Type": "application/json" };
  if (token) headers["Authorization"] = `Bearer ${token}`;
  const partSize = (size: number) => Math.max(8 * 1024 * 1024, Math.ceil(size / 1000));
  async function call(method: string, path: string, body?: object) {
    const answer = await fetch(`${gateway}/v1/uploads${path}`, { method, headers, body: JSON.stringify(body) });
    const content = answer.status === 204 ? undefined : await answer.json();
    if (!answer.ok) throw new Error(`${content.code}: ${content.detail}`);
    return content;
  }
  return {
    shouldUseMultipart: true,
    getChunkSize: ({ size }) => partSize(size),
    createMultipartUpload: async ({ name, size, type }) => {
      const file = { filename: name, size, contentType: type, partSize: partSize(size ?? 0) };
      const { uploadId } = await call("POST", "", file);
      return { uploadId, key: uploadId };
    },
    signPart: async (_, { uploadId, partNumber }) =>
      (await call("POST", `/${uploadId}/parts`, { partNumbers: [partNumber] })).parts[0],
    listParts: async (_, { uploadId }) =>
      (await call("GET", `/${uploadId}`)).stored.map((part: { partNumber: number; etag: string; size: number }) => ({
        PartNumber: part.partNumber, ETag: part.etag, Size: part.size,
      })),
    completeMultipartUpload: async (_, { uploadId }) => ({
      location: (await call("POST", `/${uploadId}/complete`)).assetId,
    }),
    abortMultipartUpload: (_, { uploadId }) => call("DELETE", `/${uploadId}`),
  };
}
