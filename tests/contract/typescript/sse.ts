/** The events of a job, as they come; reconnects by itself, and ends when the job ends. */
export async function* jobEvents(gateway: string, clientId: string, jobId: string) {
  let lastEventId = "";
  for (let ended = false; !ended; ) {
    const headers = { "X-Client-Id": clientId, Accept: "text/event-stream", ...(lastEventId && { "Last-Event-ID": lastEventId }) };
    const answer = await fetch(`${gateway}/v1/jobs/${jobId}/events`, { headers });
    if (!answer.ok || !answer.body) throw new Error((await answer.json()).code);
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let waiting = "";
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      const blocks = (waiting + chunk.value).split("\n\n");
      waiting = blocks.pop() ?? "";
      for (const block of blocks) {
        const field = (name: string) => block.match(new RegExp(`^${name}: ?(.*)$`, "m"))?.[1];
        lastEventId = field("id") ?? lastEventId;
        const data = field("data");
        if (data === undefined) continue; // a heartbeat
        const job = JSON.parse(data);
        ended = ["succeeded", "failed", "canceled"].includes(job.state);
        yield { event: field("event") ?? "message", job };
      }
    }
    if (!ended) await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}
