/** Upload, import, ready and an edit, by the generated client; then a second upload by Uppy. */
import { readFile } from "node:fs/promises";

import AwsS3 from "@uppy/aws-s3";
import { Uppy } from "@uppy/core";

import { client } from "./client/client.gen";
import {
  completeUpload, editLyrics, getJob, getLyrics, getReady, importTrack, startUpload,
} from "./client/sdk.gen";
import { aik } from "./uppy";

const [gateway, song] = [process.env["AIK_URL"] ?? "", process.env["AIK_SONG"] ?? ""];
const clientId = "typescript";
const headers = { "X-Client-Id": clientId };
client.setConfig({ baseUrl: gateway });
const content = await readFile(song);

const upload = await startUpload({ headers, body: { filename: "song.mp3", size: content.length }, throwOnError: true });
if (!("parts" in upload.data)) throw new Error("the projector is late");
const { uploadId, partSize, parts } = upload.data;
for (const { partNumber, url } of parts) {
  const begin = (partNumber - 1) * partSize;
  const sent = await fetch(url, { method: "PUT", body: content.subarray(begin, begin + partSize) });
  if (!sent.ok) throw new Error(`part ${partNumber}: ${sent.status}`);
}
const complete = await completeUpload({ headers, path: { uploadId }, throwOnError: true });
const assetId = complete.data.assetId ?? "";
console.log("uploaded", assetId);

const lyrics = "It always seems like time stands still";
const made = await importTrack({ headers, body: { assetId, title: "Slow Motion Dream" }, throwOnError: true });
const [trackId, jobId] = [made.data.trackId ?? "", made.data.jobId ?? ""];
console.log("imported", trackId, made.response.headers.get("location"));

for (;;) {
  const ready = await getReady({ headers, path: { trackId } });
  if (ready.data) {
    console.log("ready", ready.data.version, ready.data.lyrics.lines.map((line) => line.text).join(" / "));
    break;
  }
  if (ready.error?.code !== "not-ready") throw new Error(ready.error?.code);
  const seconds = Number(ready.response?.headers.get("retry-after") ?? 1);
  console.log("not ready:", ready.error.step, ready.error.percent, "%; again in", seconds, "s");
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}
const job = await getJob({ headers, path: { jobId }, throwOnError: true });
console.log("job", job.data.state, job.data.steps.map(({ step, state }) => `${step} ${state}`).join(", "));

const read = await getLyrics({ headers, path: { trackId }, throwOnError: true });
const tag = read.response.headers.get("etag") ?? "";
const edit = await editLyrics({ headers: { ...headers, "If-Match": tag }, path: { trackId }, body: { lyrics } });
console.log("edited", edit.response?.status, edit.data);
const stale = await editLyrics({ headers: { ...headers, "If-Match": tag }, path: { trackId }, body: { lyrics } });
console.log("edited again", stale.response?.status, stale.error?.code);

// Uppy sends parts by XMLHttpRequest, which Node lacks: the same bytes by fetch.
const uppy = new Uppy().use(AwsS3, {
  ...aik(gateway, clientId),
  uploadPartBytes: async ({ signature, body }: { signature: { url: string }; body: Blob }) => {
    const sent = await fetch(signature.url, { method: "PUT", body });
    return { ETag: sent.headers.get("etag") ?? "", location: signature.url };
  },
} as ReturnType<typeof aik>);
uppy.addFile({ name: "song.mp3", type: "audio/mpeg", data: new Blob([content]) });
const result = await uppy.upload();
const [sent] = result?.successful ?? [];
if (!sent) throw new Error(JSON.stringify(result?.failed?.map((file) => file.error)));
console.log("uploaded by Uppy", sent.uploadURL);
